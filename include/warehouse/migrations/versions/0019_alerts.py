"""Alerts, and marks of what is kept an eye on

Revision ID: 0019
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alerts",
        sa.Column("alert_id", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("reason_hash", sa.String(length=64), nullable=False),
        sa.Column("first_at", sa.String(length=19), nullable=False),
        sa.Column("last_at", sa.String(length=19), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.String(length=19), nullable=True),
        sa.Column("alarm", sa.Text(), nullable=False),
        sa.Column("places", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("alert_id", name="pk_alerts"),
    )
    op.create_index("ix_alerts_state", "alerts", ["state", "last_at"])
    op.create_table(
        "watch_marks",
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("at", sa.String(length=19), nullable=False),
        sa.Column("is_well", sa.Integer(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_watch_marks"),
    )


def downgrade() -> None:
    op.drop_table("watch_marks")
    op.drop_index("ix_alerts_state", table_name="alerts")
    op.drop_table("alerts")
