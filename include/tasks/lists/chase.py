"""Chase: open orders to ask the supplier about."""

from include.tasks.kind import ELSEWHERE, SINCE, SKU, SUPPLIER, TITLE, WAREHOUSE, WHY, Column, Kind, Outcome, in_both

KIND = Kind(
    name="chase",
    subject=("reference",),
    order=("-money_at_risk_micros", "-overdue_days"),
    measures=("quantity",),
    money="money_at_risk_micros",
    outcomes=(
        Outcome("asked", is_answer=False, also=("已催",)),
        Outcome("new_day", needs_day=True),
        Outcome("pulled_forward", needs_day=True),
        Outcome("postponed", needs_day=True),
        Outcome("cancelled"),
        Outcome("received"),
    ),
    columns=(
        Column("reference", "text"),
        SUPPLIER,
        SKU,
        TITLE,
        WAREHOUSE,
        *in_both("action", "text", wraps=True),
        Column("quantity", "count"),
        Column("overdue_days", "days"),
        Column("money_at_risk_micros", "money"),
        *WHY,
        Column("ordered_day", "day"),
        Column("expected_day", "day"),
        Column("counted_day", "day"),
        Column("counted", "count"),
        Column("held_back", "count"),
        Column("a_day_micros", "money"),
        Column("on_hand", "count"),
        Column("lasts_days", "days"),
        *ELSEWHERE,
        Column("accepted_task", "text"),
        SINCE,
    ),
)
