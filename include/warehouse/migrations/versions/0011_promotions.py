"""Promotions as rows

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "promotions",
        sa.Column("export_id", sa.String(length=64), nullable=False),
        sa.Column("file_line", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("shop", sa.Text(), nullable=False),
        sa.Column("promotion", sa.Text(), nullable=False),
        sa.Column("for_shop", sa.Text(), nullable=True),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("first_day", sa.String(length=10), nullable=False),
        sa.Column("last_day", sa.String(length=10), nullable=False),
        sa.Column("price_micros", sa.BigInteger(), nullable=True),
        sa.Column("discount_per_mille", sa.BigInteger(), nullable=True),
        sa.Column("lift_per_mille", sa.BigInteger(), nullable=True),
        sa.Column("stock_limit", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("is_whole", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("export_id", "file_line", "number", name=op.f("pk_promotions")),
    )
    with op.batch_alter_table("promotions", schema=None) as batch_op:
        batch_op.create_index("ix_promotions_keys", ["shop", "for_shop", "promotion", "sku", "first_day"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("promotions", schema=None) as batch_op:
        batch_op.drop_index("ix_promotions_keys")
    op.drop_table("promotions")
