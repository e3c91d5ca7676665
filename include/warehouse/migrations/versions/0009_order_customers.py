"""Which customer an order is of, told by an ERP or CRM, and until when its buyer can be called

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "order_customers",
        sa.Column("export_id", sa.String(length=64), nullable=False),
        sa.Column("file_line", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("shop", sa.Text(), nullable=False),
        sa.Column("for_shop", sa.String(length=100), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("customer", sa.String(length=64), nullable=True),
        sa.Column("tier", sa.Text(), nullable=True),
        sa.Column("consent", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("export_id", "file_line", "number", name=op.f("pk_order_customers")),
    )
    with op.batch_alter_table("order_customers", schema=None) as batch_op:
        batch_op.create_index("ix_order_customers_keys", ["shop", "for_shop", "order_id"], unique=False)
        batch_op.create_index("ix_order_customers_order", ["for_shop", "order_id"], unique=False)
    op.add_column("orders", sa.Column("contact_until", sa.String(length=19), nullable=True))


def downgrade() -> None:
    op.drop_column("orders", "contact_until")
    with op.batch_alter_table("order_customers", schema=None) as batch_op:
        batch_op.drop_index("ix_order_customers_order")
        batch_op.drop_index("ix_order_customers_keys")
    op.drop_table("order_customers")
