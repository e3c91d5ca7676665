"""What customers said about being contacted: the newest word on a channel, or on any, holds."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path

import pandas as pd

from include.calendar.business_days import MOMENT
from include.exports.values.ids import id_of

ANY = "any"
IN, OUT = "in", "out"
COLUMNS = ("customer", "channel", "state", "at", "source")
FILE_COLUMNS = ("shop", "buyer", "channel", "state", "at", "source")
# What a clerk writes into the recall list's reason when a customer wants to be left alone.
NO_CONTACT = ("no contact", "do not contact", "勿扰", "不要联系", "请勿联系", "拒绝联系")
_STATES = {"in": IN, "同意": IN, "out": OUT, "拒绝": OUT, "退订": OUT}


def read_consent_file(path: Path, pseudonym: Callable[[str, str], str]) -> pd.DataFrame:
    """COLUMNS of the merchant's consent file: a CSV in UTF-8 with FILE_COLUMNS, one statement a row, `at` as YYYY-MM-DD
    or YYYY-MM-DD HH:MM:SS, `state` in or out (同意, 拒绝, 退订). pseudonym: (shop, buyer) -> the stored key.

    Raises ValueError naming the file and the line: whom one may call is not guessed from a file that cannot be read.
    """
    rows = []
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        missing = [name for name in FILE_COLUMNS if name not in (reader.fieldnames or ())]
        if missing:
            raise ValueError(f"{path.name}: no column {', '.join(missing)}; expected {', '.join(FILE_COLUMNS)}")
        for row in reader:
            place = f"{path.name} line {reader.line_num}"
            state = _STATES.get((row["state"] or "").strip().lower())
            if state is None:
                raise ValueError(f"{place}, state: found {row['state']!r}, expected in or out (同意, 拒绝, 退订)")
            shop, buyer = id_of(row["shop"]), id_of(row["buyer"])
            if not shop or not buyer:
                raise ValueError(f"{place}: a statement needs its shop and buyer")
            rows.append(
                {
                    "customer": pseudonym(shop, buyer),
                    "channel": (row["channel"] or "").strip().lower() or ANY,
                    "state": state,
                    "at": _moment(row["at"] or "", place),
                    "source": (row["source"] or "").strip() or path.name,
                }
            )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _moment(text: str, place: str) -> str:
    try:
        return datetime.fromisoformat(text.strip()).replace(tzinfo=None).strftime(MOMENT)
    except ValueError as error:
        raise ValueError(f"{place}, at: found {text!r}, expected YYYY-MM-DD HH:MM:SS") from error


def asks_for_silence(reason: str) -> bool:
    """The reason of a refusal on the recall list says that this customer is not to be contacted any more."""
    return any(word in reason.lower() for word in NO_CONTACT)


def opted_out(consents: pd.DataFrame, channel: str) -> frozenset[str]:
    """Customers whose newest statement about `channel`, or about any, is out; of two at one moment, out holds.

    consents: COLUMNS.
    """
    return frozenset(customer for customer, state in _newest(consents, channel).items() if state == OUT)


def consented(consents: pd.DataFrame, channel: str) -> frozenset[str]:
    """Customers whose newest statement about `channel`, or about any, is in."""
    return frozenset(customer for customer, state in _newest(consents, channel).items() if state == IN)


def _newest(consents: pd.DataFrame, channel: str) -> Mapping[str, str]:
    about = consents[consents["channel"].isin([channel, ANY])]
    # 'in' sorts before 'out'.
    last = about.sort_values(["at", "state"], kind="stable").drop_duplicates("customer", keep="last")
    return dict(zip(last["customer"], last["state"], strict=True))


def why_not(customers: Iterable[str], consents: pd.DataFrame, channel: str, consent_needed: bool) -> dict[str, str]:
    """Customer -> why they may not be contacted; those who may are not in it."""
    refused, agreed = opted_out(consents, channel), consented(consents, channel)
    reasons = {}
    for customer in customers:
        if customer in refused:
            reasons[customer] = "opted out"
        elif consent_needed and customer not in agreed:
            reasons[customer] = "no consent"
    return reasons
