"""What win-back brought, on a page: measured numbers, and how many customers are lacking where there are none."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Engine, insert

from include.customers.recall.lift import control_needed, newcombe
from include.settings.people.experiments import Experiment
from include.warehouse.tables import lifecycle_moves, recall_arms, win_back

UNKNOWN = "not enough data yet"


def review(day: str, part: str, value: str, listed: int, control: int, **more: Any) -> dict[str, Any]:
    """A row in which a third of the listed and a quarter of the control customers came back."""
    said = {
        "day": day, "part": part, "value": value, "listed": listed, "listed_returned": listed // 3, "control": control,
        "control_returned": control // 4, "difference": None, "low": None, "high": None, "verdict": UNKNOWN,
        "listed_margin_micros": 5_000_000, "control_margin_micros": 4_000_000, "margin_difference_micros": None,
        "margin_low_micros": None, "margin_high_micros": None, "margin_verdict": UNKNOWN, "offers_micros": None,
        "contacts_micros": None, "net_difference_micros": None, "net_low_micros": None, "net_high_micros": None,
        "net_verdict": None, "contacted": 0, "contacted_returned": 0,
    }  # fmt: skip
    return said | more


MEASURED = {
    "difference": 0.083, "low": 0.021, "high": 0.142, "verdict": "helps", "margin_difference_micros": 2_500_000,
    "margin_low_micros": 1_000_000, "margin_high_micros": 4_000_000, "margin_verdict": "helps",
    "offers_micros": 700_000, "contacts_micros": 300_000, "net_difference_micros": 1_500_000,
    "net_low_micros": -200_000,
    "net_high_micros": 3_100_000, "net_verdict": "no proof of an effect", "contacted": 500, "contacted_returned": 200,
}  # fmt: skip


def store(books: Engine, *rows: dict[str, Any], arms: list[dict[str, Any]] | None = None) -> None:
    with books.begin() as connection:
        if rows:
            connection.execute(insert(win_back), list(rows))
        if arms:
            connection.execute(insert(recall_arms), arms)


def text_of(answer: Any) -> str:
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def test_before_the_first_list_there_is_nothing_to_tell(desk: Any) -> None:
    assert "还没有召回名单" in text_of(desk.client_of().get("/lift"))


def test_lists_that_are_not_over_say_when_they_are_and_how_many_it_takes(desk: Any, listed: Engine) -> None:
    arm = {"propensity": 0.9, "channel": "call", "offer": "none", "p_churn": 0.6, "rise": 0.05}
    arms = [
        {**arm, "day": day, "customer": f"{n:064x}", "arm": "control" if n % 10 == 0 else "listed"}
        for n in range(40)
        for day in ("2025-11-09", "2025-11-10")  # who is listed twice is one customer
    ]
    store(listed, review("2025-11-11", "all", "", 0, 0), arms=arms)
    page = text_of(desk.client_of(language="en").get("/lift"))
    assert "36 listed, 4 left alone" in page
    assert "first results from 2025-12-09 on" in page
    assert "each arm needs 30 at least" in page
    needed = control_needed(0.4, 0.05, 0.1)
    assert f"{needed:,}" in page
    assert "40% to come back by themselves and 5.0 points more" in page


def test_how_customers_moved_between_stages(desk: Any, listed: Engine) -> None:
    store(listed, review("2025-12-30", "all", "", 0, 0))
    moves = [
        ("2025-12-30", "not yet a customer", "new", 41), ("2025-12-30", "declining", "dormant", 7),
        ("2025-12-29", "declining", "dormant", 1200), ("2025-12-02", "growing", "mature", 5),  # 28 days ago: not told
        ("2025-12-31", "new", "growing", 9),  # after the review
    ]  # fmt: skip
    with listed.begin() as connection:
        connection.execute(
            insert(lifecycle_moves),
            [dict(zip(("day", "from_stage", "to_stage", "customers"), one, strict=True)) for one in moves],
        )
    page = text_of(desk.client_of().get("/lift"))
    assert re.search(r"衰退\s+沉睡\s+7\s+1,207\s+还不是客户\s+新客\s+41\s+41", page)
    assert "成熟" not in page


def test_what_was_measured_stands_with_its_interval(desk: Any, listed: Engine) -> None:
    store(
        listed,
        review("2025-12-30", "all", "", 3000, 330, **MEASURED),
        review("2025-12-29", "all", "", 1, 1),  # of the day before: replaced
        review("2025-12-30", "channel", "call", 1200, 130, **MEASURED),
        review("2025-12-30", "channel", "wangwang", 80, 9),
        review("2025-12-30", "offer", "none", 900, 100, **MEASURED),
        review("2025-12-29", "month", "2025-11", 2000, 200),
        review("2025-12-30", "month", "2025-11", 2100, 210, **MEASURED),
        review("2025-12-29", "list", "2025-11-29", 150, 17),
        review("2025-12-30", "list", "2025-11-30", 151, 18),
        review("2025-12-30", "gone_experiment", "b", 40, 40),
    )
    page = text_of(desk.client_of(language="en").get("/lift"))
    assert re.search(r"\+8\.3 points between \+2\.1 and \+14\.2, with 95 % confidence ▲", page)
    assert "3,000 listed, 33.3% came back; 330 left alone, 24.8% came back" in page
    assert "¥1.50 a customer" in page
    assert "between −¥0.20 and ¥3.10" in page
    assert "¥4,500 in all" in page
    assert re.search(r"Wangwang chat 80 32\.5% 9 22\.2% – – – … not enough data yet 80 listed, 9 left alone", page)
    assert "2,100" in page
    assert "2,000" not in page, "a month is told as it was measured last"
    assert page.index("2025-11-30") < page.index("2025-11-29"), "the newest list first"
    assert "gone_experiment" not in page
    assert "500 of them were reached, and 200 of these came back" in page


def test_experiments_are_told_by_their_own_metric(
    listed: Engine, tmp_path: Path, make_desk_on: Callable[..., Any]
) -> None:
    half = {"a": {"share": 0.5}, "b": {"share": 0.5}}
    days = {"first_day": date(2025, 11, 1), "last_day": date(2025, 11, 30)}
    ran = Experiment.model_validate({"name": "later_hour", "arms": half, **days})
    by_margin = Experiment.model_validate({"name": "gift", "arms": half, "metric": "margin", **days})
    waits = Experiment.model_validate({"name": "waits", "arms": half, **days})
    desk = make_desk_on(listed, tmp_path)
    customers = desk.workspace.merchant.customers.model_copy(update={"experiments": (ran, by_margin, waits)})
    object.__setattr__(desk.workspace, "merchant", desk.workspace.merchant.model_copy(update={"customers": customers}))
    store(
        listed,
        review("2025-12-30", "all", "", 3000, 330),
        review("2025-12-30", "later_hour", "b", 300, 310, **MEASURED),
        review("2025-12-30", "gift", "b", 300, 310, **MEASURED),
    )
    page = text_of(desk.client_of(language="en").get("/lift"))
    later, gift, waiting = (page.index(name) for name in ("later_hour", "gift", "waits"))
    assert "+8.3 points" in page[later:gift]
    assert "¥2.50 ¥1.00 ~ ¥4.00" in page[gift:waiting]
    assert "no result yet: a list counts after 30 days" in page[waiting:]


def test_who_sees_some_shops_sees_no_figures_of_all(
    listed: Engine, tmp_path: Path, make_desk_on: Callable[..., Any]
) -> None:
    store(listed, review("2025-12-30", "all", "", 3000, 330, **MEASURED))
    client = make_desk_on(listed, tmp_path, scopes={"小王": {"shops": ["jd"]}}).client_of("小王")
    page = text_of(client.get("/lift"))
    assert "只能看部分店铺" in page
    assert "3,000" not in page


def test_a_viewer_sees_neither_the_page_nor_its_link(desk: Any) -> None:
    assert desk.client_of("小赵", "viewer").get("/lift").status_code == 403
    assert "/lift" not in desk.client_of("小赵", "viewer").get("/").text
    assert "/lift" in desk.client_of("小赵", "user").get("/").text


def test_so_many_customers_prove_the_effect_in_four_cases_of_five() -> None:
    base, rise, share = 0.3, 0.06, 0.2
    control = control_needed(base, rise, share)
    listed = round(control * (1 - share) / share)
    rng, times = np.random.default_rng(3), 2000
    came, stayed = rng.binomial(listed, base + rise, times), rng.binomial(control, base, times)
    proven = [newcombe(one, listed, other, control, 2.575829)[1] > 0 for one, other in zip(came, stayed, strict=True)]
    assert np.mean(proven) == pytest.approx(0.8, abs=0.03)
