import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from include.replenishment.quantity.plan_lines import plan_lines
from include.replenishment.surplus.transfer import after_transfers, transfer_lines
from tests.replenishment.lines import plan_inputs
from tests.replenishment.policies import at_level

YUAN = 1_000_000


def stock_of(*rows: tuple[str, str, int, int, int]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["sku", "warehouse", "surplus", "shortage", "value_yuan"])
    return frame.assign(value_micros=frame["value_yuan"] * YUAN)


def test_the_shortage_that_is_worth_most_after_transport_is_met_first():
    stock = stock_of(("s", "north", 10, 0, 0), ("s", "south", 0, 8, 9), ("s", "west", 0, 8, 10))
    lanes = {("north", "south"): 1 * YUAN, ("north", "west"): 5 * YUAN}

    lines = transfer_lines(stock, lanes)

    # South gains 8 a unit, west 5: eight to the south, the last two to the west.
    assert lines[["warehouse", "quantity"]].to_numpy().tolist() == [["south", 8], ["west", 2]]
    assert lines["cost_micros"].tolist() == [8 * YUAN, 10 * YUAN]
    assert lines["saved_micros"].tolist() == [64 * YUAN, 10 * YUAN]


def test_two_givers_are_matched_together_not_one_by_one():
    # Greedily, a -> x would go first and leave b -> y, which costs 10; together a -> y and b -> x cost 3.
    stock = stock_of(("s", "a", 1, 0, 0), ("s", "b", 1, 0, 0), ("s", "x", 0, 1, 20), ("s", "y", 0, 1, 20))
    lanes = {("a", "x"): YUAN, ("a", "y"): YUAN, ("b", "x"): 2 * YUAN, ("b", "y"): 10 * YUAN}

    lines = transfer_lines(stock, lanes)

    assert lines[["from_warehouse", "warehouse"]].to_numpy().tolist() == [["a", "y"], ["b", "x"]]


def test_nothing_moves_where_transport_costs_more_than_it_saves_or_no_lane_is_open():
    stock = stock_of(("s", "north", 10, 0, 0), ("s", "south", 0, 8, 9))

    assert transfer_lines(stock, {("north", "south"): 9 * YUAN}).empty
    assert transfer_lines(stock, {("south", "north"): YUAN}).empty
    assert transfer_lines(stock, {}, default_cost_micros=YUAN)["quantity"].tolist() == [8]


def test_a_unit_leaves_only_for_where_it_is_worth_more_after_transport():
    # The first 4 units of the north are not missed; each of the next 4 is worth 6 where it is.
    stock = stock_of(("s", "north", 4, 0, 0), ("s", "north", 4, 0, 0), ("s", "south", 0, 3, 9), ("s", "south", 0, 3, 4))
    stock["give_micros"] = [0, 6 * YUAN, 0, 0]

    lines = transfer_lines(stock, {}, default_cost_micros=YUAN)

    # Three are worth 9 - 1 = 8 a unit; of the three at 4 only the one that costs nothing to give earns 3.
    assert lines[["quantity", "surplus", "shortage"]].to_numpy().tolist() == [[4, 8, 6]]
    assert lines["saved_micros"].tolist() == [27 * YUAN]


def test_units_travel_in_whole_packs():
    stock = stock_of(("s", "north", 10, 0, 0), ("s", "south", 0, 9, 9)).assign(pack=4)

    assert transfer_lines(stock, {}, default_cost_micros=0)["quantity"].tolist() == [8]


@st.composite
def stocks(draw) -> pd.DataFrame:
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    rows = []
    for sku in range(draw(st.integers(1, 5))):
        for warehouse in ("a", "b", "c", "d"):
            units = int(generator.integers(-20, 20))
            rows.append((f"s{sku}", warehouse, max(units, 0), max(-units, 0), int(generator.integers(1, 9))))
    return stock_of(*rows)


@given(stocks(), st.integers(0, 8 * YUAN))
@settings(max_examples=20, deadline=None)
def test_no_one_gives_more_than_it_has_or_gets_more_than_it_lacks_and_units_are_conserved(stock, cost):
    lines = transfer_lines(stock, {}, default_cost_micros=cost)

    given_away = lines.groupby(["sku", "from_warehouse"])["quantity"].sum()
    received = lines.groupby(["sku", "warehouse"])["quantity"].sum()
    by_place = stock.set_index(["sku", "warehouse"])
    assert (given_away <= by_place["surplus"].reindex(given_away.index)).all()
    assert (received <= by_place["shortage"].reindex(received.index)).all()
    assert (lines["saved_micros"] > 0).all()

    inputs = by_place.reset_index()[["sku", "warehouse"]].assign(on_hand=50, arriving=5, promised=3)
    after = after_transfers(inputs, lines)
    taken, come = after["promised"] - 3, after["arriving"] - 5
    assert (taken.groupby(after["sku"]).sum() == come.groupby(after["sku"]).sum()).all()
    assert (taken == after["transfer_out"]).all()
    assert (come == after["transfer_in"]).all()
    assert (after["on_hand"] - after["promised"] >= 0).all()


def test_a_transfer_is_counted_before_anything_is_bought():
    policy = at_level(0.9)
    inputs = pd.concat([plan_inputs(warehouse="east"), plan_inputs(warehouse="west", on_hand=40)], ignore_index=True)
    plan = plan_lines(inputs, policy, "2025-11-09")
    assert plan["need"].tolist() == [22, -13]

    stock = plan[["sku", "warehouse"]].assign(
        surplus=(-plan["need"]).clip(lower=0),
        shortage=plan["need"].clip(lower=0),
        value_micros=inputs["unit_price_micros"].astype("int64"),
    )
    moved = transfer_lines(stock, {}, default_cost_micros=YUAN)
    again = plan_lines(after_transfers(inputs, moved), policy, "2025-11-09")

    assert moved[["from_warehouse", "warehouse", "quantity"]].to_numpy().tolist() == [["west", "east", 13]]
    assert again["need"].tolist() == [9, 0]


def test_what_a_sku_moves_hangs_on_no_other_sku() -> None:
    """Units that are worth the same: of equal plans a programme over many skus took one, over a few another."""
    generator = np.random.default_rng(3)
    rows = [
        {"sku": f"S{number:02}", "warehouse": warehouse, "value_micros": int(generator.integers(1, 4)) * 1_000_000,
         "surplus": int(generator.integers(0, 4)), "shortage": int(generator.integers(0, 4))}
        for number in range(60) for warehouse in ("east", "north", "south") for _ in range(5)
    ]  # fmt: skip
    stock = pd.DataFrame(rows)
    together = transfer_lines(stock, {}, 500_000)
    assert together["sku"].nunique() > 30
    for sku, moved in together.groupby("sku"):
        alone = transfer_lines(stock[stock["sku"] == sku], {}, 500_000)
        pd.testing.assert_frame_equal(alone, moved.reset_index(drop=True))
