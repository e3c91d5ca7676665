"""From a planner's frame to lines: plain values, stable order, nobody's personal data."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.tasks.canonical_json import NotCanonicalError, canonical_json, read_json, short_hash
from include.tasks.document import Document, Line, read_document, write_document
from include.tasks.drafts import draft, drafts_from_frame, task_id
from include.tasks.kinds import KINDS, kind_of
from include.tasks.privacy import PersonalDataError, masked

DAY = "2025-11-12"


def plan() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "sku": ["A", "B", "C"],
            "warehouse": ["w", "w", "w"],
            "quantity": np.array([5, 6, 7], dtype="int64"),
            "money_at_risk_micros": pd.array([10, 30, None], dtype="Int64"),
            "service_level": [0.95, 0.9, 0.8005],
            "daily_mean": [1.23456, 2.0, np.nan],
            "last_order_day": [None, "2025-11-20", "2025-11-13"],
            "hot_seller": [True, False, False],
        }
    )


def test_a_frame_becomes_ranked_lines_of_plain_values() -> None:
    lines = drafts_from_frame("restock", DAY, plan())
    assert [(line.payload["sku"], line.rank, line.urgency) for line in lines] == [("C", 1, 2), ("B", 2, 0), ("A", 3, 0)]
    by_sku = {line.payload["sku"]: line.payload for line in lines}
    assert by_sku["A"]["service_level"] == 950
    assert by_sku["A"]["daily_mean"] == "1.235"
    assert by_sku["B"]["daily_mean"] == 2
    assert by_sku["C"]["daily_mean"] is None
    assert by_sku["C"]["money_at_risk_micros"] is None
    assert by_sku["A"]["hot_seller"] is True
    for line in lines:
        canonical_json(line.payload)


def test_row_order_leaves_no_trace() -> None:
    frame = plan()
    assert drafts_from_frame("restock", DAY, frame) == drafts_from_frame("restock", DAY, frame.iloc[::-1])


def test_the_planners_own_rank_wins() -> None:
    lines = drafts_from_frame("restock", DAY, plan().assign(rank=[1, 2, 3]))
    assert [line.payload["sku"] for line in lines] == ["A", "B", "C"]
    assert "rank" not in lines[0].payload


@pytest.mark.parametrize(
    ("last_order_day", "urgency"),
    [("2025-11-10", 2), ("2025-11-13", 2), ("2025-11-14", 1), ("2025-11-15", 1), ("2025-11-16", 0), (None, 0)],
)
def test_urgency_follows_the_last_order_day(last_order_day: str | None, urgency: int) -> None:
    payload = {"sku": "A", "warehouse": "w", "last_order_day": last_order_day}
    assert draft(kind_of("restock"), DAY, payload).urgency == urgency


def test_an_id_is_a_function_of_kind_day_and_subject() -> None:
    assert task_id("restock", DAY, "w/A") == task_id("restock", DAY, "w/A")
    others = {task_id(k, d, s) for k in KINDS for d in (DAY, "2025-11-13") for s in ("w/A", "w/B")}
    assert len(others) == len(KINDS) * 4
    assert short_hash("ab", "c") != short_hash("a", "bc")
    assert len(task_id("restock", DAY, "w/A")) == 16


def test_a_slash_in_a_part_does_not_make_two_subjects_one() -> None:
    restock = kind_of("restock")
    one = restock.subject_of({"warehouse": "a/b", "sku": "c"})
    other = restock.subject_of({"warehouse": "a", "sku": "b/c"})
    assert one != other
    with pytest.raises(ValueError, match="a restock line needs 'sku', found ''"):
        restock.subject_of({"warehouse": "a", "sku": ""})


@pytest.mark.parametrize(
    "name", ["phone", "receiver_name", "buyer", "Buyer_Nick", "email", "shipping_address", "birthday"]
)
def test_a_personal_field_is_refused_without_its_value_in_the_message(name: str) -> None:
    with pytest.raises(PersonalDataError, match=name) as caught:
        draft(kind_of("recall"), DAY, {"customer": "c1", name: "张三 13800138000"})
    assert "13800138000" not in str(caught.value)


def test_a_customer_in_clear_is_refused() -> None:
    with pytest.raises(PersonalDataError, match="expected a pseudonym") as caught:
        draft(kind_of("recall"), DAY, {"customer": "13800138000"})
    assert "13800138000" not in str(caught.value)


def test_a_pseudonym_whose_digits_look_like_a_mobile_number_is_a_pseudonym() -> None:
    made = draft(kind_of("recall"), DAY, {"customer": "19411162514c"})
    assert made.payload["customer"] == "19411162514c"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("打13800138000没接", "打***没接"),
        ("+86 138-0013-8000", "***"),
        ("li@example.com 说不要", "*** 说不要"),
        ("身份证11010519491231002X", "身份证***"),
        ("订单 2025111300012345678", "订单 2025111300012345678"),
        ("补 12000000000 件", "补 12000000000 件"),
    ],
)
def test_free_text_is_masked(text: str, kept: str) -> None:
    assert masked(text) == kept
    assert draft(kind_of("recall"), DAY, {"customer": "c1", "why_zh": text}).payload["why_zh"] == kept


@pytest.mark.parametrize("value", [1.0, {"a": [0.5]}, {1: "a"}, {"a": object()}])
def test_what_has_no_single_spelling_is_refused(value: object) -> None:
    with pytest.raises(NotCanonicalError):
        canonical_json(value)  # type: ignore[arg-type]


PAYLOADS = st.dictionaries(
    st.text(st.characters(exclude_categories=("Cs",))),
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=("Cs",))),
)


@given(PAYLOADS)
def test_canonical_json_reads_back_and_does_not_depend_on_order(payload: dict[str, object]) -> None:
    text = canonical_json(payload)  # type: ignore[arg-type]
    assert read_json(text) == payload
    assert canonical_json(dict(reversed(payload.items()))) == text  # type: ignore[arg-type]


@given(st.lists(PAYLOADS, max_size=3))
def test_a_document_reads_back(payloads: list[dict[str, object]]) -> None:
    lines = tuple(Line(f"t{n}", f"s{n}", n, 0, DAY, payload) for n, payload in enumerate(payloads))
    document = Document("restock", DAY, lines, ({"zh": "缺\u2028少", "en": "x"},), (), {"code": "v1"})
    assert read_document(write_document(document).text) == document
