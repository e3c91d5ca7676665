"""The desk: tasks can be snoozed, chosen and sorted by more; what people do on it besides answering lines

Revision ID: 0017
Revises: 0016
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

BEFORE = "state in ('open', 'accepted', 'done', 'refused', 'expired', 'withdrawn')"
STATES = "state in ('open', 'accepted', 'done', 'refused', 'snoozed', 'expired', 'withdrawn')"
OUTBOX_BEFORE = "state in ('pending', 'sending', 'sent', 'failed', 'unknown', 'superseded')"
OUTBOX_STATES = "state in ('held', 'pending', 'sending', 'sent', 'failed', 'dead', 'unknown', 'superseded')"
LETTERS = {"category": 100, "abc": 1, "title": 200}
DUE = {"restock": "last_order_day"}  # the field of the payload that was the kind's due day when this was written
AT_ONCE = 5_000
IS_OPEN = sa.text("state = 'open'")
OPEN = [
    "kind", "day", "urgency", "money_micros", "supplier", "warehouse", "category", "abc", "shop", "rank", "task_id",
]  # fmt: skip
BY_CUSTOMER = {  # a customer's page
    "ix_facts_customer_orders_customer": ("facts_customer_orders", ["customer"]),
    "ix_recall_arms_customer": ("recall_arms", ["customer", "day"]),
    "ix_experiment_arms_customer": ("experiment_arms", ["customer", "day"]),
    "ix_identity_changes_person": ("identity_changes", ["person"]),
}


def upgrade() -> None:
    with op.batch_alter_table("tasks") as table:
        for name, letters in LETTERS.items():
            table.add_column(sa.Column(name, sa.String(letters)))
        table.add_column(sa.Column("quantity", sa.BigInteger()))
        table.add_column(sa.Column("due_day", sa.String(10)))
        table.drop_constraint(op.f("ck_tasks_known_state"), type_="check")
        table.create_check_constraint(op.f("ck_tasks_known_state"), STATES)
    _fill()
    op.create_index("ix_tasks_sku_kind_day", "tasks", ["sku", "kind", "day"])
    op.create_index("ix_tasks_changed_by_changed_day", "tasks", ["changed_by", "changed_day"])
    op.create_index("ix_tasks_open", "tasks", OPEN, sqlite_where=IS_OPEN, postgresql_where=IS_OPEN)
    op.create_table(
        "desk_events",
        sa.Column("seq", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("at", sa.String(19), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("who", sa.String(100), nullable=False),
        sa.Column("what", sa.String(30), nullable=False),
        sa.Column("about", sa.String(20), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("salt", sa.String(32), nullable=False),
        sa.Column("data_hash", sa.String(64), nullable=False),
        sa.Column("previous_hash", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    op.create_index("ix_desk_events_about_subject", "desk_events", ["about", "subject", "seq"])
    op.create_index("ix_desk_events_what_day", "desk_events", ["what", "day"])
    op.create_table(
        "assignments",
        sa.Column("kind", sa.String(20), primary_key=True),
        sa.Column("subject", sa.String(200), primary_key=True),
        sa.Column("person", sa.String(100), nullable=False),
        sa.Column("assigned_by", sa.String(100), nullable=False),
        sa.Column("assigned_at", sa.String(19), nullable=False),
    )
    op.create_index("ix_assignments_person", "assignments", ["person"])
    op.create_table(
        "purchase_drafts",
        sa.Column("number", sa.String(60), primary_key=True),
        sa.Column("supplier", sa.String(100), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("made_by", sa.String(100), nullable=False),
        sa.Column("made_at", sa.String(19), nullable=False),
        sa.Column("lines", sa.Text(), nullable=False),
        sa.Column("money_micros", sa.BigInteger(), nullable=False),
        sa.Column("expected_day", sa.String(10)),
        sa.Column("approved_by", sa.String(100)),
        sa.Column("changed_seq", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.String(19), nullable=False),
        sa.CheckConstraint(
            "state in ('draft', 'waiting', 'approved', 'sent', 'dropped')", name=op.f("ck_purchase_drafts_known_state")
        ),
    )
    op.create_index("ix_purchase_drafts_state_supplier", "purchase_drafts", ["state", "supplier"])
    op.create_table(
        "overrides",
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("what", sa.String(20), nullable=False),
        sa.Column("about", sa.String(10), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("warehouse", sa.String(100), nullable=False),
        sa.Column("value", sa.String(100), nullable=False),
        sa.Column("first_day", sa.String(10), nullable=False),
        sa.Column("last_day", sa.String(10)),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("model_units", sa.BigInteger()),
        sa.Column("made_by", sa.String(100), nullable=False),
        sa.Column("made_at", sa.String(19), nullable=False),
        sa.Column("known_day", sa.String(10), nullable=False),
        sa.Column("ended_by", sa.String(100)),
        sa.Column("ended_at", sa.String(19)),
        sa.Column("ended_day", sa.String(10)),
    )
    op.create_index("ix_overrides_known_day", "overrides", ["known_day"])
    op.create_table(
        "override_forecasts",
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("sku", sa.String(100), primary_key=True),
        sa.Column("warehouse", sa.String(100), primary_key=True),
        sa.Column("first_day", sa.String(10), nullable=False),
        sa.Column("last_day", sa.String(10), nullable=False),
        sa.Column("units_without", sa.Float(), nullable=False),
        sa.Column("units_with", sa.Float(), nullable=False),
    )
    op.create_index("ix_override_forecasts_number", "override_forecasts", ["number"])
    op.create_table(
        "override_scores",
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("list_day", sa.String(10), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("unknown_places", sa.Integer(), nullable=False),
        sa.Column("units_sold", sa.Float(), nullable=False),
        sa.Column("units_without", sa.Float(), nullable=False),
        sa.Column("units_with", sa.Float(), nullable=False),
        sa.Column("better_units", sa.Float(), nullable=False),
        sa.Column("better_micros", sa.BigInteger()),
    )
    op.create_table(
        "desk_preferences",
        sa.Column("person", sa.String(100), primary_key=True),
        sa.Column("name", sa.String(100), primary_key=True),
        sa.Column("value", sa.Text(), nullable=False),
    )
    for index, (indexed, columns) in BY_CUSTOMER.items():
        op.create_index(index, indexed, columns)
    op.create_table(
        "list_views",
        sa.Column("kind", sa.String(20), primary_key=True),
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("person", sa.String(100), primary_key=True),
        sa.Column("at", sa.String(19), nullable=False),
    )
    op.create_table(
        "forecast_hits",
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("weeks", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("warehouse", sa.String(64), primary_key=True),
        sa.Column("category", sa.String(100), primary_key=True),
        sa.Column("forecasts", sa.Integer(), nullable=False),
        sa.Column("unknown", sa.Integer(), nullable=False),
        sa.Column("sold", sa.Float(), nullable=False),
        sa.Column("mean", sa.Float(), nullable=False),
        sa.Column("error", sa.Float(), nullable=False),
    )
    op.create_table(
        "stock_health",
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("warehouse", sa.String(64), primary_key=True),
        sa.Column("category", sa.String(100), primary_key=True),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("unknown_places", sa.Integer(), nullable=False),
        sa.Column("on_hand", sa.BigInteger(), nullable=False),
        sa.Column("uncosted", sa.BigInteger(), nullable=False),
        sa.Column("value_micros", sa.BigInteger(), nullable=False),
        sa.Column("cost_of_sales_micros", sa.BigInteger(), nullable=False),
        sa.Column("weight", sa.Float(), nullable=False),
        sa.Column("weight_in_stock", sa.Float(), nullable=False),
        sa.Column("weight_unknown", sa.Float(), nullable=False),
        *(sa.Column(f"excess_{grade}_micros", sa.BigInteger(), nullable=False) for grade in "sabc"),
    )
    op.create_table(
        "plan_results",
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("kind", sa.String(20), primary_key=True),
        sa.Column("what", sa.String(10), primary_key=True),
        sa.Column("place", sa.String(100), primary_key=True),
        sa.Column("category", sa.String(100), primary_key=True),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("money_micros", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "approvals",
        sa.Column("kind", sa.String(20), primary_key=True),
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("subject", sa.String(200), primary_key=True),
        sa.Column("fingerprint", sa.String(64), primary_key=True),
        sa.Column("task_id", sa.String(16)),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("money_micros", sa.BigInteger(), nullable=False),
        sa.Column("is_standing", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(10), nullable=False),
        sa.Column("decided_by", sa.String(100)),
        sa.Column("decided_at", sa.String(19)),
        sa.Column("decided_day", sa.String(10)),
        sa.Column("why", sa.String(200)),
        sa.CheckConstraint("verdict in ('', 'released', 'rejected')", name=op.f("ck_approvals_known_verdict")),
    )
    op.create_index("ix_approvals_is_standing_verdict", "approvals", ["is_standing", "verdict"])
    op.create_table(
        "list_sums",
        sa.Column("kind", sa.String(20), primary_key=True),
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("money_micros", sa.BigInteger(), nullable=False),
        sa.Column("is_held", sa.Integer(), nullable=False),
    )
    with op.batch_alter_table("outbox") as table:
        table.add_column(sa.Column("leased_until", sa.String(19)))
        table.add_column(sa.Column("purpose", sa.String(12), nullable=False, server_default="list"))
        table.drop_constraint(op.f("ck_outbox_known_state"), type_="check")
        table.create_check_constraint(op.f("ck_outbox_known_state"), OUTBOX_STATES)
    op.execute("UPDATE outbox SET leased_until = started_at WHERE state = 'sending'")  # nobody sends during a migration


def _fill() -> None:
    """The new columns of the tasks that there are, from their payloads."""
    books, after = op.get_bind(), ""
    tasks = sa.table(
        "tasks", *(sa.column(one) for one in ("task_id", "kind", "payload", "quantity", "due_day", *LETTERS))
    )
    change = (
        sa.update(tasks)
        .where(tasks.c.task_id == sa.bindparam("of_task"))
        .values({name: sa.bindparam(f"new_{name}") for name in ("quantity", "due_day", *LETTERS)})
    )
    while True:
        query = sa.select(tasks.c.task_id, tasks.c.kind, tasks.c.payload).where(tasks.c.task_id > after)
        rows = books.execute(query.order_by(tasks.c.task_id).limit(AT_ONCE)).all()
        if not rows:
            return
        after = rows[-1].task_id
        books.execute(change, [_values(row.task_id, row.kind, json.loads(row.payload)) for row in rows])


def _values(task_id: str, kind: str, payload: dict) -> dict:
    quantity = payload.get("quantity")
    texts = {name: payload.get(name) for name in LETTERS}
    return {
        "of_task": task_id,
        "new_quantity": quantity if isinstance(quantity, int) else None,
        "new_due_day": payload.get(DUE.get(kind, "")),
        **{f"new_{name}": None if text is None else str(text)[: LETTERS[name]] for name, text in texts.items()},
    }


def downgrade() -> None:
    for index, (indexed, _) in BY_CUSTOMER.items():
        op.drop_index(index, indexed)
    for table in (
        "plan_results",
        "stock_health",
        "forecast_hits",
        "list_sums",
        "approvals",
        "list_views",
        "desk_preferences",
        "override_scores",
        "override_forecasts",
        "overrides",
        "purchase_drafts",
        "assignments",
        "desk_events",
    ):
        op.drop_table(table)
    op.drop_index("ix_tasks_open", "tasks")
    op.drop_index("ix_tasks_changed_by_changed_day", "tasks")
    op.drop_index("ix_tasks_sku_kind_day", "tasks")
    op.execute("UPDATE outbox SET state = 'failed' WHERE state in ('dead', 'held')")
    op.execute("DELETE FROM outbox WHERE purpose <> 'list'")
    with op.batch_alter_table("outbox") as changed:
        changed.drop_column("leased_until")
        changed.drop_column("purpose")
        changed.drop_constraint(op.f("ck_outbox_known_state"), type_="check")
        changed.create_check_constraint(op.f("ck_outbox_known_state"), OUTBOX_BEFORE)
    op.execute("UPDATE tasks SET state = 'refused' WHERE state = 'snoozed'")
    with op.batch_alter_table("tasks") as changed:
        for name in ("due_day", "quantity", *LETTERS):
            changed.drop_column(name)
        changed.drop_constraint(op.f("ck_tasks_known_state"), type_="check")
        changed.create_check_constraint(op.f("ck_tasks_known_state"), BEFORE)
