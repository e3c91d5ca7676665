"""Replays: what a merchant sees of the specimen, rules of thumb by hand, and a short lockstep from end to end."""

import copy
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.before import lived, require_same_world
from include.demand.bulk import bulk_rule
from include.replenishment.planning_frames import PlanningData
from include.settings.stock.demand import Bulk, Demand
from include.settings.stock.replenishment import CLASSES, Replenishment
from include.simulation.observe_specimen import Observer
from include.simulation.players import BaseStock, Habits, MinMax, Planner, sold_by_day
from include.simulation.replay_specimen import Run, cells_of, lockstep
from include.simulation.report import ratio_interval, ratios, report
from include.simulation.retrained_model import RetrainedModel
from include.simulation.specimen.business import Specimen
from include.simulation.specimen.orders import BULK
from include.simulation.specimen.settings import SpecimenSettings
from tests.command_lines import storekeeper

main = storekeeper("replay")

FIRST = date(2025, 3, 1)
LIVED = 60


@pytest.fixture(scope="module")
def business() -> Specimen:
    lived = Specimen(SpecimenSettings(seed=9, skus=16, first_day=FIRST, bulk_orders_per_day=0.0))
    lived.run_history(LIVED)
    return lived


def observer() -> Observer:
    return Observer(Demand(), bulk_rule(Bulk()))


def test_what_is_seen_is_what_was_sold_and_never_what_was_lost(business: Specimen) -> None:
    seen = Observer(Demand(), lambda orders: pd.Series(False, index=orders.index))  # no order counts as bulk
    known = seen.look(business)

    truth = business.truth("demand")
    truth = truth[truth["day"] <= business.last_day.isoformat()]
    found = seen.demand.groupby(["day", "sku", "warehouse"])["units"].sum()
    sold = truth.set_index(["day", "sku", "warehouse"])["sold"]
    assert found.sum() == sold.sum() > 500
    assert (found[found > 0] == sold.reindex(found[found > 0].index)).all()
    # A shelf that was empty all day says nothing.
    empty = seen.stock[(seen.stock["in_stock_share"] == 0) & (seen.stock["on_hand"] == 0)]
    assert len(empty) > 0
    assert np.isnan(known.panel.units).sum() >= len(empty)
    assert not (business.sales.orders["kind"] == BULK).any()


def test_a_planner_orders_by_the_levels_that_were_tuned(business: Specimen) -> None:
    class Tuned(RetrainedModel):
        def __init__(self, level: float) -> None:
            super().__init__(60)
            self.level = level

        def __call__(self, planning: PlanningData) -> None:
            return None

        def levels(self, planning: PlanningData, settings: Replenishment) -> dict[str, float]:
            return dict.fromkeys(CLASSES, self.level)

    def ordered(level: float) -> int:
        planner = Planner(Replenishment(levels_from="simulation"), observer(), Tuned(level))
        orders = planner.decide(business).orders
        assert orders is not None
        return int(orders["quantity"].sum())

    assert 0 < ordered(0.6) < ordered(0.98)


def test_looking_every_day_sees_the_same_as_looking_once_and_nothing_ahead(business: Specimen) -> None:
    young = Specimen(business.settings)
    young.run_history(LIVED - 5)
    daily = observer()
    early = daily.look(young)
    for _ in range(5):
        young.step(young.next_day)
        late = daily.look(young)
    once = observer().look(business)
    np.testing.assert_array_equal(late.panel.units, once.panel.units)
    pd.testing.assert_frame_equal(late.stock.reset_index(drop=True), once.stock.reset_index(drop=True))
    shared = early.panel.units.shape[1]
    np.testing.assert_array_equal(early.panel.units, late.panel.units[:, :shared])
    assert (early.receipts["received_day"] <= early.day).all()
    assert (early.purchase_orders["ordered_day"] <= early.day).all()


def test_min_max_orders_up_to_its_highest_once_below_its_lowest(business: Specimen) -> None:
    lived = copy.deepcopy(business)
    goods = lived.catalogue
    lived.trailing = np.full((goods.skus, 3), 2.0)
    lived.stock.on_hand = lived.stock.promised + 1000
    lived.stock.on_hand[0, 0] = lived.stock.promised[0, 0]
    on_order = int(lived.supply.in_transit(lived.last_day)[0, 0])

    orders = MinMax(lowest=400.0, highest=450.0, boost=1.0).decide(lived).orders

    assert orders is not None
    row = orders[(orders["sku"] == goods.sku_codes[0]) & (orders["warehouse"] == "华东仓")].iloc[0]
    lead = int(goods.suppliers.lead_days[goods.supplier[0]])
    need = 2 * (lead + 450) - on_order
    pack = int(goods.pack[0])
    assert row["quantity"] == -(-max(need, int(goods.moq[0])) // pack) * pack


def test_base_stock_and_habits_decide_from_sales_alone(business: Specimen) -> None:
    sold = sold_by_day(business, 30)
    truth = business.truth("demand")
    recent = truth[
        (truth["day"] > (business.last_day - timedelta(days=30)).isoformat()) & (truth["day"] < "2025-04-30")
    ]
    assert sold.sum() == recent["sold"].sum()
    orders = BaseStock(0.9).decide(business).orders
    assert orders is not None
    assert (orders["quantity"] > 0).all()
    assert Habits().decide(business).orders is None


def test_players_meet_the_same_demand_and_the_sums_agree(business: Specimen) -> None:
    first = business.next_day
    settings = Replenishment()
    runs = {
        "planner": Run(copy.deepcopy(business), Planner(settings, observer(), lambda known: None)),
        "habits": Run(copy.deepcopy(business), Habits()),
    }
    lockstep(runs, 4, tell=lambda text: None)

    ours, theirs = (cells_of(run.business, first, settings) for run in runs.values())
    assert (ours["wanted"] == theirs["wanted"]).all()
    truth = runs["planner"].business.truth("demand")
    truth = truth[(truth["day"] >= first.isoformat()) & (truth["day"] <= runs["planner"].business.last_day.isoformat())]
    assert ours["wanted"].sum() == truth["wanted"].sum()
    assert ours["lost"].sum() == (truth["lost"] + truth["lost_with_bundle"]).sum()
    assert ours["order_lines"].sum() > 0
    assert ours["handling_cost"].sum() == pytest.approx(5.3125 * ours["order_lines"].sum())


def test_ratios_are_of_sums_and_bracketed() -> None:
    rows = [
        (seed, player, f"S{sku}", lost)
        for seed in (1, 2)
        for sku in range(20)
        for player, lost in (("ours", 1.0 + sku % 2), ("min-max", 3.0))
    ]
    cells = pd.DataFrame(rows, columns=["seed", "player", "sku", "lost"])
    mean, low, high = ratio_interval(cells, "ours", "min-max", "lost")
    assert mean == pytest.approx(0.5)
    assert low < mean < high


def met(player: str, wanted: float, lost: float) -> pd.DataFrame:
    """Three skus of seed 1 in one warehouse, as in cells.csv."""
    sums = dict.fromkeys(("held", "held_value", "sold_cost", "holding_cost", "transport_cost", "moved"), 1.0)
    sums |= dict.fromkeys(("order_lines", "handling_cost", "stock_out_days", "selling_days", "bought_yuan"), 1.0)
    place = {"seed": 1, "player": player, "sku": ["A", "B", "C"], "warehouse": "east", "days": 180}
    return pd.DataFrame({**place, **sums, "wanted": wanted, "lost": lost, "lost_margin": lost, "budget_used": 0.02})


def test_the_plan_of_an_earlier_checkout_is_a_rival_if_its_customers_wanted_the_same() -> None:
    before, ours = met("before", 40.0, 4.0), met("planner", 40.0, 2.0)

    require_same_world(before, ours)
    told = report(pd.concat([ours, before], ignore_index=True), "en")

    assert "| planner | 0.50 (0.50 .. 0.50) | 1.00" in told.split("Against the earlier code's plan")[1]
    with pytest.raises(ValueError, match="of A in east, seed 1, 41 were wanted there and 40 here"):
        require_same_world(met("before", 41.0, 4.0), ours)
    with pytest.raises(ValueError, match="of C in east"):
        require_same_world(before.iloc[:2], ours)
    require_same_world(before, ours.assign(seed=2))


@pytest.mark.slow
def test_another_checkout_lives_the_days_of_a_replay(tmp_path: Path) -> None:
    """This checkout as the other: the same customers, the same plan, the same lines."""
    span = {"first": "2025-10-01", "days": "3", "retrain_days": "60", "history_days": "150", "warm_up_days": "0"}
    cells, days = lived(Path(__file__).parents[2], tmp_path, "3", "12", span)
    few = ["--seeds", "3", "--skus", "12", "--days", "3", "--warm-up", "0", "--history-days", "150"]
    assert main(["--out", str(tmp_path / "now"), *few, "--retrain-days", "60", "--players", "planner"]) == 0

    now = pd.read_csv(tmp_path / "now" / "cells.csv")
    require_same_world(cells, now)
    assert set(cells["player"]) == set(days["player"]) == {"before"}
    assert cells["order_lines"].sum() > 0
    for column in ("lost", "held", "order_lines", "handling_cost"):
        assert cells[column].tolist() == pytest.approx(now[column].tolist()), column


@pytest.mark.slow
def test_the_command_writes_a_report_with_plots(tmp_path: Path) -> None:
    few = ["--seeds", "3", "--skus", "12", "--days", "5", "--warm-up", "2", "--history-days", "150"]
    assert main(["--out", str(tmp_path), *few, "--players", "planner,habits"]) == 0
    text = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert "满足率" in text, "the example merchant speaks Chinese"
    cells = pd.read_csv(tmp_path / "cells.csv")
    assert report(cells, "zh") in text
    ours = cells[cells["player"] == "planner"]
    paid = ours[["lost_margin", "holding_cost", "transport_cost", "handling_cost"]].to_numpy().sum() / 5
    assert f"元/天 | {paid:,.2f} |" in text.split("总成本")[1]
    assert (tmp_path / "stock.svg").read_text(encoding="utf-8").count("<polyline") == 2


def test_where_there_is_nothing_to_compare_no_number_is_shown() -> None:
    # given two seeds: nobody loses anything, and only `ours` pays for transport
    rows = [
        {"player": player, "seed": seed, "sku": "A", "lost": 0.0, "transport": 5.0 * (player == "ours"), "held": 4.0}
        for player in ("min-max", "ours")
        for seed in (1, 2)
    ]
    table = ratios(pd.DataFrame(rows), "min-max", {"lost": "lost", "transport": "transport", "held": "held"}, "player")
    assert table.splitlines()[-1] == "| ours | - (- .. -) | ∞ (∞ .. ∞) | 1.00 (1.00 .. 1.00) |"
