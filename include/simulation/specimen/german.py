"""A second specimen: a German shop on Shopify, with an orders export, an inventory export and nothing else.

`storekeeper specimen german --root var/german` writes it.

Euros, Berlin's clock, no suppliers and no purchase orders; customers in Germany, Austria and Switzerland, who buy more
in the week of Black Friday and less on public holidays. Shopify tells no province of a German address. Goods that run
low come in overnight, since nobody is there who could be asked for them.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from include.calendar.events import black_friday, public_holidays
from include.simulation.specimen.writers.sheet import columns
from include.simulation.specimen.writers.shopify import HEADER

BERLIN = ZoneInfo("Europe/Berlin")
LOCATION = "Lager Leipzig"
INVENTORY_HEADER = columns(
    "Handle,Title,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Option3 Name,Option3 Value,SKU,HS Code,COO,"
    "Location,Incoming,Unavailable,Committed,Available,On hand (current),On hand (new)"
)
THINGS = ("Kaffee Röstung Nr.", "Teekanne Größe", "Becher Motiv", "Müsli Sorte", "Küchentuch Farbe", "Öl Jahrgang")
CITIES = (("DE", "Berlin"), ("DE", "München"), ("DE", "Köln"), ("DE", "Hamburg"), ("AT", "Wien"), ("CH", "Zürich"))
SHARES = (0.3, 0.22, 0.2, 0.16, 0.08, 0.04)
WEEKDAYS = (1.05, 1.0, 0.95, 0.95, 0.9, 1.0, 1.15)  # Monday first
VAT = 19  # per cent, in the prices


@dataclass
class Line:
    sku: int
    quantity: int


@dataclass
class Order:
    number: int
    moment: datetime
    customer: int
    place: int
    lines: list[Line] = field(default_factory=list)


@dataclass
class GermanShop:
    """A shop lived day by day. prices: cents; pace: units a day; on_hand: at the day's end."""

    prices: np.ndarray
    pace: np.ndarray
    on_hand: np.ndarray
    rng: np.random.Generator
    number: int = 1_000

    @classmethod
    def founded(cls, skus: int, seed: int) -> GermanShop:
        rng = np.random.default_rng(seed)
        pace = np.round(rng.lognormal(0.4, 0.7, skus), 2)
        prices = rng.integers(5, 60, skus) * 100 + 90
        return cls(prices, pace, np.ceil(pace * 40).astype(np.int64), rng)

    def live(self, day: date) -> list[Order]:
        """The day's orders; nobody gets what is not there."""
        wanted = self.rng.poisson(self.pace * _rush(day))
        units = np.minimum(wanted, self.on_hand)
        self.on_hand = self.on_hand - units
        orders: list[Order] = []
        for sku in np.repeat(np.arange(len(units)), units).tolist():
            if not orders or self.rng.random() < 0.7:
                self.number += 1
                clock = time(int(self.rng.integers(7, 23)), int(self.rng.integers(60)), int(self.rng.integers(60)))
                place = int(self.rng.choice(len(CITIES), p=SHARES))
                customer = int(self.rng.integers(1, 900))
                orders.append(Order(self.number, datetime.combine(day, clock, BERLIN), customer, place))
            order = orders[-1] if self.rng.random() < 0.8 else orders[int(self.rng.integers(len(orders)))]
            for line in order.lines:
                if line.sku == sku:
                    line.quantity += 1
                    break
            else:
                order.lines.append(Line(sku, 1))
        return [order for order in orders if order.lines]

    def restock(self) -> None:
        """What has run low overnight is brought up to forty days again, if the supplier happens to come by."""
        low = (self.on_hand < self.pace * 6) & (self.rng.random(len(self.pace)) < 0.5)
        self.on_hand = np.where(low, np.ceil(self.pace * 40).astype(np.int64), self.on_hand)

    def sku(self, number: int) -> str:
        return f"{THINGS[number % len(THINGS)][:2].upper()}-{number:03d}".replace("Ö", "O").replace("Ü", "U")

    def title(self, number: int) -> str:
        return f"{THINGS[number % len(THINGS)]} {number // len(THINGS) + 1}"


def _rush(day: date) -> float:
    """How much more than usual is wanted: the weekday, the week of Black Friday, December, public holidays."""
    friday = black_friday(day.year)
    lift = WEEKDAYS[day.weekday()]
    if 0 <= (friday - day).days <= 4 or 0 <= (day - friday).days <= 3:
        lift *= 2.2 if day == friday else 1.5
    if day.month == 12 and day.day < 20:
        lift *= 1.3
    if any(day in days for days in public_holidays("DE", day.year).values()):
        lift *= 0.6
    return lift


def orders_export(shop: GermanShop, orders: list[Order]) -> str:
    """orders_export.csv: the order's own cells on its first line, a line an item."""
    rows = []
    for order in orders:
        cents = sum(int(shop.prices[line.sku]) * line.quantity for line in order.lines)
        freight = 0 if cents >= 4_900 else 490
        total = cents + freight
        country, city = CITIES[order.place]
        written = order.moment.strftime("%Y-%m-%d %H:%M:%S %z")
        for nth, line in enumerate(order.lines):
            row = {
                "Name": f"#{order.number}",
                "Email": f"kundin{order.customer}@example.com",
                "Created at": written,
                "Lineitem quantity": line.quantity,
                "Lineitem name": shop.title(line.sku),
                "Lineitem price": _euros(int(shop.prices[line.sku])),
                "Lineitem sku": shop.sku(line.sku),
                "Lineitem discount": "0.00",
                "Lineitem requires shipping": "true",
                "Lineitem taxable": "true",
            }
            if nth == 0:
                row |= {
                    "Financial Status": "paid",
                    "Paid at": written,
                    "Fulfillment Status": "fulfilled",
                    "Currency": "EUR",
                    "Subtotal": _euros(cents),
                    "Shipping": _euros(freight),
                    "Taxes": _euros(total * VAT // (100 + VAT)),
                    "Total": _euros(total),
                    "Shipping City": city,
                    "Shipping Zip": "'04109",
                    "Shipping Country": country,
                    "Payment Method": "PayPal Express Checkout",
                    "Refunded Amount": "0.00",
                    "Outstanding Balance": "0.00",
                    "Id": str(6_100_000_000_000 + order.number),
                    "Source": "web",
                }
            rows.append(row)
    return _csv(HEADER, rows)


def inventory_export(shop: GermanShop) -> str:
    """inventory_export.csv of one location. A gift card is a variant that no location stocks."""
    rows = [
        {
            "Handle": shop.title(number).lower().replace(" ", "-"),
            "Title": shop.title(number),
            "Option1 Name": "Title",
            "Option1 Value": "Default Title",
            "SKU": shop.sku(number),
            "Location": LOCATION,
            "Incoming": 0,
            "Unavailable": 0,
            "Committed": 0,
            "Available": int(shop.on_hand[number]),
            "On hand (current)": int(shop.on_hand[number]),
        }
        for number in range(len(shop.pace))
    ]
    rows.append(
        {
            "Handle": "gutschein",
            "Title": "Gutschein",
            "Option1 Name": "Betrag",
            "Option1 Value": "25 €",
            "SKU": "GUTSCHEIN-25",
            "Location": LOCATION,
            **dict.fromkeys(("Incoming", "Unavailable", "Committed", "Available", "On hand (current)"), "not stocked"),
        }
    )
    return _csv(INVENTORY_HEADER, rows)


def write_german_shop(
    root: Path, until: date, days: int = 3, history_days: int = 400, skus: int = 24, seed: int = 7
) -> GermanShop:
    """`root`/shopify/history and a folder for each of the last days, up to `until`."""
    shop = GermanShop.founded(skus, seed)
    first_day = until - timedelta(days=days - 1)
    past: list[Order] = []
    for back in range(history_days, 0, -1):
        past += shop.live(first_day - timedelta(days=back))
        shop.restock()
    _write(
        root / "shopify" / "history", f"orders_export_{first_day - timedelta(days=1)}.csv", orders_export(shop, past)
    )
    for ahead in range(days):
        day = first_day + timedelta(days=ahead)
        orders = shop.live(day)
        folder = root / "shopify" / day.isoformat()
        _write(folder, f"orders_export_{day}.csv", orders_export(shop, orders))
        _write(folder, f"inventory_export_{day}.csv", inventory_export(shop))
        shop.restock()
    return shop


def _euros(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def _csv(header: list[str] | tuple[str, ...], rows: list[dict[str, object]]) -> str:
    written = io.StringIO()
    writer = csv.DictWriter(written, header, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return written.getvalue()


def _write(folder: Path, name: str, text: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
