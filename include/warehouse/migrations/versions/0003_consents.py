"""Consents of customers, and what of an order's money was exceptional

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "consents",
        sa.Column("customer", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("at", sa.String(length=19), nullable=False),
        sa.Column("source", sa.String(length=100), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=True),
        sa.PrimaryKeyConstraint("customer", "channel", "at", "source", name=op.f("pk_consents")),
    )
    with op.batch_alter_table("facts_customer_orders", schema=None) as batch_op:
        # Facts computed before know of none: a day closed again gets its own.
        batch_op.add_column(sa.Column("exceptional_micros", sa.BigInteger(), nullable=False, server_default="0"))


def downgrade() -> None:
    with op.batch_alter_table("facts_customer_orders", schema=None) as batch_op:
        batch_op.drop_column("exceptional_micros")
    op.drop_table("consents")
