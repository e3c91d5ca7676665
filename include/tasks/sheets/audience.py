"""The customers of a recall list as a file for the platform's own marketing tool: order numbers, offer, wave.

Since buyers are masked, nobody but the platform can write to them: its tool takes the numbers of their orders as an
audience (人群) and sends the text or coupon itself. A line is in the file only if it is still to be sent: consent is
asked once more when the list goes out.
"""

from collections.abc import Collection

from include.tasks.channels.parcel import Parcel
from include.tasks.document import Line
from include.tasks.kinds import kind_of
from include.tasks.sheets.cells import csv_bytes, neutral
from include.words.texts import Language, say

HEADER = ("order", "offer", "wave", "channel", "customer")


def audience_files(parcel: Parcel, channels: Collection[str], language: Language) -> dict[str, bytes]:
    """File name -> CSV in UTF-8 with a BOM, one for each shop with a line whose way of contact is one of `channels`."""
    shops: dict[str, list[Line]] = {}
    for line in parcel.lines if kind_of(parcel.document.kind).has_audience else ():
        if line.payload.get("channel") in channels and line.payload.get("last_order_id"):
            shop = str(line.payload.get(f"shop_{language}") or line.payload["shop"])
            shops.setdefault(shop.replace("/", "_"), []).append(line)
    day = parcel.document.day
    return {audience_name(shop, day, language): _csv(lines, day, language) for shop, lines in sorted(shops.items())}


def audience_name(shop: str, day: str, language: Language) -> str:
    """人群_掌柜样本旗舰店_2025-11-12.csv: the file of a shop, by the name that people call it."""
    return f"{say(language, 'list.audience')}_{shop.replace('/', '_')}_{day}.csv"


def _csv(lines: list[Line], day: str, language: Language) -> bytes:
    rows = [[say(language, f"list.audience.{name}") for name in HEADER]]
    for line in lines:
        said = line.payload
        offer = said.get(f"offer_{language}") or said.get("offer")
        channel = said.get(f"channel_name_{language}") or said["channel"]
        cells = (said["last_order_id"], offer, day.replace("-", ""), channel, said["customer"])
        rows.append([neutral(str(cell)) for cell in cells])
    return csv_bytes(rows)
