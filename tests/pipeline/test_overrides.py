"""Overrides in the lists of days: heeded from their day on, silent in replays of earlier days, judged when they are
over."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from include.tasks.by_hand.overrides import NewOverride, What, end_override, scores, set_override
from include.tasks.task_tables import override_forecasts

FIRST, SECOND, THIRD = date(2025, 11, 1), date(2025, 11, 2), date(2025, 11, 3)
KINDS = ("restock", "transfer", "chase", "excess")


def say(desk: Any, what: What, line: Any, value: str, day: date = SECOND, **more: Any) -> int:
    """On the morning of `day`, of the line's sku and warehouse, for ten days."""
    told = {
        "about": "sku", "name": line["sku"], "warehouse": line["warehouse"], "first_day": "2025-11-03",
        "last_day": "2025-11-12", "reason": "直播加推", **more,
    }  # fmt: skip
    with desk.workspace.books.begin() as connection:
        at = datetime(day.year, day.month, day.day, 9)
        return set_override(connection, NewOverride(what=what, value=value, **told), "li", at, day.isoformat()).number


def line_of(desk: Any, day: date, sku: str, warehouse: str) -> Any:
    found = [one.payload for one in desk.document("restock", day).lines]
    return next((one for one in found if (one["sku"], one["warehouse"]) == (sku, warehouse)), None)


def test_an_override_is_heeded_from_its_day_on_and_by_no_earlier_replay(desk: Any) -> None:
    before = {kind: desk.text(kind, FIRST) for kind in KINDS}
    desk.lists(SECOND)
    plain = desk.text("restock", SECOND)
    assert "override" not in plain
    lines = [one.payload for one in desk.document("restock", SECOND).lines]
    line = own = next(one for one in lines if one["lost_before_arrival"] == 0 and one["on_hand"] > 0)

    say(desk, "add", line, "40")
    desk.lists(SECOND, replay=True)
    told = line_of(desk, SECOND, line["sku"], line["warehouse"])
    assert told["overrides"] == ["J1"]
    assert told["own_forecast"] == own["period_forecast"] < told["period_forecast"]
    assert told["need"] > own["need"]
    assert f"预测 {told['period_forecast']}（人工改前 {own['period_forecast']}）" in told["why_zh"]
    assert "J1 li：2025-11-03 至 2025-11-12 共加 40 件，因为：直播加推" in told["why_zh"]
    assert f"(the model's own: {own['period_forecast']})" in told["why_en"]
    manifest = desk.document("restock", SECOND).manifest
    assert manifest["overrides"] == ["J1"]
    others = [one.payload for one in desk.document("restock", SECOND).lines if "overrides" not in one.payload]
    assert others, "only the lines that it touches say so"

    heeded = {kind: desk.text(kind, SECOND) for kind in KINDS}
    desk.lists(SECOND, replay=True)
    assert {kind: desk.text(kind, SECOND) for kind in KINDS} == heeded
    desk.lists(FIRST, replay=True)
    assert {kind: desk.text(kind, FIRST) for kind in KINDS} == before

    with desk.workspace.books.begin() as connection:
        end_override(connection, 1, "li", datetime(2025, 11, 3, 9), "2025-11-03")
    desk.lists(SECOND, replay=True)
    assert {kind: desk.text(kind, SECOND) for kind in KINDS} == heeded, "it was ended later"
    with desk.workspace.books.connect() as connection:
        days = connection.scalars(select(override_forecasts.c.day).distinct()).all()
    assert days == ["2025-11-02"]


def test_what_is_blocked_is_on_no_list_and_a_note_says_so(second_day: Path, desk_at: Callable[[Path], Any]) -> None:
    desk = desk_at(second_day)
    line = desk.document("restock", FIRST).lines[0].payload
    desk.lists(SECOND)
    assert line_of(desk, SECOND, line["sku"], line["warehouse"]) is not None
    say(desk, "block", line, "", last_day=None, first_day="2025-11-02")
    desk.lists(SECOND, replay=True)
    assert line_of(desk, SECOND, line["sku"], line["warehouse"]) is None
    assert any("有人停了订货" in note["zh"] for note in desk.document("restock", SECOND).notes)


def test_a_parameter_tells_the_number_that_it_stands_instead_of(
    second_day: Path, desk_at: Callable[[Path], Any]
) -> None:
    desk = desk_at(second_day)
    line = desk.document("restock", FIRST).lines[0].payload
    desk.lists(SECOND)
    own = line_of(desk, SECOND, line["sku"], line["warehouse"])
    say(desk, "pack", line, "7", first_day="2025-11-02", last_day=None)
    desk.lists(SECOND, replay=True)
    told = line_of(desk, SECOND, line["sku"], line["warehouse"])
    assert (told["pack"], told["quantity"] % 7) == (7, 0)
    assert f"箱规 7 件（原 {own['pack']}）" in told["why_zh"]
    assert told["period_forecast"] == own["period_forecast"]


def test_once_its_days_are_over_it_is_judged(third_day: Path, desk_at: Callable[[Path], Any]) -> None:
    desk = desk_at(third_day)
    line = desk.document("restock", FIRST).lines[0].payload
    say(desk, "add", line, "900", last_day="2025-11-03")
    desk.lists(SECOND, replay=True)
    with desk.workspace.books.connect() as connection:
        assert scores(connection) == {}
    desk.lists(THIRD)
    with desk.workspace.books.connect() as connection:
        found = scores(connection)[1]
    assert (found.list_day, found.day, found.places) == ("2025-11-02", "2025-11-03", 1)
    assert found.units_with - found.units_without in (900, 0)
    assert found.unknown_places or found.better_units < -500, "nobody bought nine hundred"
    assert "override" not in desk.text("restock", THIRD), "it ended by itself"


def test_all_kinds_together_leave_every_sum_whole_and_every_replay_the_same(
    second_day: Path, desk_at: Callable[[Path], Any]
) -> None:
    desk = desk_at(second_day)
    desk.lists(SECOND)
    plain = {one.payload["sku"]: one.payload for one in desk.document("restock", SECOND).lines}
    skus = sorted(plain)
    one, other, third, fourth = (plain[sku] for sku in skus[:4])
    everywhere: dict[str, Any] = {"warehouse": "", "last_day": None}
    say(desk, "successor", one, other["sku"], **everywhere)
    say(desk, "substitute", third, fourth["sku"], warehouse="")
    say(desk, "multiply", one, "1.5", about="event", name="double_11", warehouse="", first_day="2025-11-10")
    say(desk, "replace", one, "30", about="category", name=one["category"], last_day="2025-11-04", warehouse="")
    say(desk, "end", plain[skus[4]], "", warehouse="", last_day="2025-11-20")
    for what, value in (("lead_time_days", "25"), ("service_level", "0.9"), ("minimum", "300"), ("review_days", "2"),
                        ("supplier", one["supplier"])):  # fmt: skip
        say(desk, what, fourth, value, first_day="2025-11-02", last_day="2025-12-01")  # type: ignore[arg-type]
    desk.lists(SECOND, replay=True)
    told = {kind: desk.text(kind, SECOND) for kind in KINDS}
    lines = [line.payload for line in desk.document("restock", SECOND).lines]
    for line in lines:
        sold = line["protection_demand"] + line["safety_stock"] + line["promised"]
        assert sold - line["on_hand"] - line["arriving"] == line["need"]
        assert line["period_forecast"] - line["lost_before_arrival"] == line["protection_demand"]
    touched = [line for line in lines if line.get("overrides")]
    assert {code for line in touched for code in line["overrides"]} >= {"J1", "J2", "J3"}
    assert all("人工判断：" in line["why_zh"] and "人工判断：" in line["brief_zh"] for line in touched)
    assert all("Set by people:" in line["why_en"] for line in touched)
    set_by_hand = next(line for line in lines if line["sku"] == fourth["sku"] and "J6" in line.get("overrides", ()))
    assert (set_by_hand["service_level"], set_by_hand["moq"]) == (900, 300)
    assert "到货按 25 天（原 " in set_by_hand["why_zh"]
    desk.lists(SECOND, replay=True)
    assert {kind: desk.text(kind, SECOND) for kind in KINDS} == told
