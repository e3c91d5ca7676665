"""What win-back brought, experiments, customers' profiles by day, and the watch over models

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    key, day = sa.String(length=64), sa.String(length=10)
    with op.batch_alter_table("contacts", schema=None) as batch_op:
        # Unknown of contacts made before.
        batch_op.add_column(sa.Column("channel", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("offer", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("p_churn", sa.Float(), nullable=True))
        batch_op.add_column(sa.Column("rise", sa.Float(), nullable=True))
    op.create_table(
        "experiment_arms",
        sa.Column("day", day, nullable=False),
        sa.Column("customer", key, nullable=False),
        sa.Column("experiment", sa.String(length=40), nullable=False),
        sa.Column("arm", sa.String(length=40), nullable=False),
        sa.Column("propensity", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("day", "customer", "experiment", name=op.f("pk_experiment_arms")),
    )
    op.create_table(
        "customer_profiles",
        sa.Column("day", day, nullable=False),
        sa.Column("customer", key, nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("rfm", sa.String(length=16), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.Column("usual_gap_days", sa.Integer(), nullable=False),
        sa.Column("value_micros", sa.BigInteger(), nullable=False),
        sa.Column("next_category", sa.Text(), nullable=True),
        sa.Column("next_due_day", day, nullable=True),
        sa.PrimaryKeyConstraint("day", "customer", name=op.f("pk_customer_profiles")),
    )
    op.create_table(
        "lifecycle_moves",
        sa.Column("day", day, nullable=False),
        sa.Column("from_stage", sa.String(length=24), nullable=False),
        sa.Column("to_stage", sa.String(length=24), nullable=False),
        sa.Column("customers", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "from_stage", "to_stage", name=op.f("pk_lifecycle_moves")),
    )
    op.create_table(
        "win_back",
        sa.Column("day", day, nullable=False),
        sa.Column("part", sa.String(length=40), nullable=False),
        sa.Column("value", sa.String(length=100), nullable=False),
        sa.Column("listed", sa.BigInteger(), nullable=False),
        sa.Column("listed_returned", sa.BigInteger(), nullable=False),
        sa.Column("control", sa.BigInteger(), nullable=False),
        sa.Column("control_returned", sa.BigInteger(), nullable=False),
        sa.Column("difference", sa.Float(), nullable=True),
        sa.Column("low", sa.Float(), nullable=True),
        sa.Column("high", sa.Float(), nullable=True),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("listed_margin_micros", sa.BigInteger(), nullable=False),
        sa.Column("control_margin_micros", sa.BigInteger(), nullable=False),
        sa.Column("margin_difference_micros", sa.BigInteger(), nullable=True),
        sa.Column("margin_low_micros", sa.BigInteger(), nullable=True),
        sa.Column("margin_high_micros", sa.BigInteger(), nullable=True),
        sa.Column("margin_verdict", sa.Text(), nullable=False),
        sa.Column("contacted", sa.BigInteger(), nullable=False),
        sa.Column("contacted_returned", sa.BigInteger(), nullable=False),
        sa.Column("effect", sa.Float(), nullable=True),
        sa.Column("effect_measured", sa.Float(), nullable=True),
        sa.Column("effect_low", sa.Float(), nullable=True),
        sa.Column("effect_high", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("day", "part", "value", name=op.f("pk_win_back")),
    )
    op.create_table(
        "model_watch",
        sa.Column("day", day, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("measure", sa.String(length=24), nullable=False),
        sa.Column("about", key, nullable=False),
        sa.Column("model_id", key, nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("by_chance", sa.Float(), nullable=False),
        sa.Column("bound", sa.Float(), nullable=False),
        sa.Column("is_out", sa.Integer(), nullable=False),
        sa.Column("customers", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "kind", "measure", "about", name=op.f("pk_model_watch")),
    )
    op.create_index(op.f("ix_customer_profiles_customer"), "customer_profiles", ["customer", "day"])


def downgrade() -> None:
    for name in ("model_watch", "win_back", "lifecycle_moves", "customer_profiles", "experiment_arms"):
        op.drop_table(name)
    with op.batch_alter_table("contacts", schema=None) as batch_op:
        for name in ("rise", "p_churn", "offer", "channel"):
            batch_op.drop_column(name)
