"""Lines of traffic and of money on the platforms' accounts

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "traffic",
        sa.Column("export_id", sa.String(length=64), nullable=False),
        sa.Column("file_line", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("shop", sa.Text(), nullable=False),
        sa.Column("listing_id", sa.Text(), nullable=True),
        sa.Column("merchant_code", sa.Text(), nullable=True),
        sa.Column("part", sa.Text(), nullable=True),
        sa.Column("traffic_day", sa.String(length=10), nullable=False),
        sa.Column("visitors", sa.BigInteger(), nullable=True),
        sa.Column("views", sa.BigInteger(), nullable=True),
        sa.Column("favourites", sa.BigInteger(), nullable=True),
        sa.Column("carts", sa.BigInteger(), nullable=True),
        sa.Column("paid_buyers", sa.BigInteger(), nullable=True),
        sa.Column("paid_units", sa.BigInteger(), nullable=True),
        sa.Column("paid_micros", sa.BigInteger(), nullable=True),
        sa.Column("turnover_micros", sa.BigInteger(), nullable=True),
        sa.Column("spend_micros", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("export_id", "file_line", "number", name=op.f("pk_traffic")),
        info={"keys": ("traffic_day", "listing_id", "merchant_code", "part")},
    )
    with op.batch_alter_table("traffic", schema=None) as batch_op:
        batch_op.create_index(
            "ix_traffic_keys", ["shop", "traffic_day", "listing_id", "merchant_code", "part"], unique=False
        )

    op.create_table(
        "money_movements",
        sa.Column("export_id", sa.String(length=64), nullable=False),
        sa.Column("file_line", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("shop", sa.Text(), nullable=False),
        sa.Column("movement_id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=True),
        sa.Column("line_id", sa.Text(), nullable=True),
        sa.Column("moved_at", sa.String(length=19), nullable=True),
        sa.Column("amount_micros", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("fee", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("export_id", "file_line", "number", name=op.f("pk_money_movements")),
        info={"keys": ("movement_id",)},
    )
    with op.batch_alter_table("money_movements", schema=None) as batch_op:
        batch_op.create_index("ix_money_movements_keys", ["shop", "movement_id"], unique=False)
        batch_op.create_index("ix_money_movements_order", ["shop", "order_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("money_movements", schema=None) as batch_op:
        batch_op.drop_index("ix_money_movements_order")
        batch_op.drop_index("ix_money_movements_keys")

    op.drop_table("money_movements")
    with op.batch_alter_table("traffic", schema=None) as batch_op:
        batch_op.drop_index("ix_traffic_keys")

    op.drop_table("traffic")
