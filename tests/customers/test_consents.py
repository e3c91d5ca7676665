from datetime import datetime, time

import pandas as pd
import pytest

from include.calendar.quiet_hours import end_of_quiet
from include.customers.consents import (
    COLUMNS,
    asks_for_silence,
    consented,
    opted_out,
    read_consent_file,
    why_not,
)


def _said(*rows):
    return pd.DataFrame([(*row, "phone") for row in rows], columns=list(COLUMNS))


def test_the_newest_word_about_the_channel_or_about_any_holds():
    said = _said(
        ("gone", "call", "in", "2025-01-01 10:00:00"),
        ("gone", "any", "out", "2025-02-01 10:00:00"),
        ("back", "any", "out", "2025-01-01 10:00:00"),
        ("back", "call", "in", "2025-03-01 10:00:00"),
        ("messages", "message", "out", "2025-01-01 10:00:00"),
        ("at once", "call", "out", "2025-01-01 10:00:00"),
        ("at once", "any", "in", "2025-01-01 10:00:00"),
    )

    assert opted_out(said, "call") == {"gone", "at once"}
    assert opted_out(said, "message") == {"gone", "back", "messages"}
    assert consented(said, "call") == {"back"}


def test_without_a_word_consent_is_missing_only_where_it_is_needed():
    said = _said(("no", "any", "out", "2025-01-01 10:00:00"), ("yes", "any", "in", "2025-01-01 10:00:00"))
    customers = ["no", "yes", "silent"]

    assert why_not(customers, said, "call", consent_needed=False) == {"no": "opted out"}
    assert why_not(customers, said, "call", consent_needed=True) == {"no": "opted out", "silent": "no consent"}


def test_a_consent_file_is_read_with_pseudonyms(tmp_path):
    path = tmp_path / "consents.csv"
    path.write_text(
        "shop,buyer,channel,state,at,source\ntmall,li,call,退订,2025-03-01,sms\njd,wang,,in,2025-03-02 08:30:00,\n",
        encoding="utf-8-sig",
    )

    read = read_consent_file(path, lambda shop, buyer: f"{shop}:{buyer}")

    assert read.to_dict("split")["data"] == [
        ["tmall:li", "call", "out", "2025-03-01 00:00:00", "sms"],
        ["jd:wang", "any", "in", "2025-03-02 08:30:00", "consents.csv"],
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("shop,buyer\n", "no column channel, state, at, source"),
        ("shop,buyer,channel,state,at,source\na,b,call,perhaps,2025-01-01,x\n", "line 2, state: found 'perhaps'"),
        ("shop,buyer,channel,state,at,source\na,b,call,out,yesterday,x\n", "line 2, at: found 'yesterday'"),
        ("shop,buyer,channel,state,at,source\na,,call,out,2025-01-01,x\n", "line 2: a statement needs its shop"),
    ],
)
def test_a_consent_file_that_cannot_be_read_is_named_by_line(tmp_path, text, message):
    path = tmp_path / "consents.csv"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(ValueError, match=rf"consents\.csv.*{message}"):
        read_consent_file(path, lambda shop, buyer: buyer)


def test_a_refusal_that_asks_for_silence_is_told_from_others():
    assert asks_for_silence("refused: No contact")
    assert asks_for_silence("客户说勿扰")
    assert not asks_for_silence("number is busy")


@pytest.mark.parametrize(
    ("now", "over"),
    [
        ("2025-03-01 20:59", None),
        ("2025-03-01 21:00", "2025-03-02 08:00"),
        ("2025-03-02 07:59", "2025-03-02 08:00"),
        ("2025-03-02 08:00", None),
    ],
)
def test_quiet_hours_over_midnight_end_in_the_morning(now, over):
    expected = None if over is None else datetime.fromisoformat(over)

    assert end_of_quiet(datetime.fromisoformat(now), (time(21), time(8))) == expected
    assert end_of_quiet(datetime.fromisoformat(now), None) is None


def test_quiet_hours_at_noon_end_the_same_day():
    assert end_of_quiet(datetime(2025, 3, 1, 12, 30), (time(12), time(14))) == datetime(2025, 3, 1, 14)
    assert end_of_quiet(datetime(2025, 3, 1, 14), (time(12), time(14))) is None
