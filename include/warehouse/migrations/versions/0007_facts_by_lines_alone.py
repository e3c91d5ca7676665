"""Orders told as a whole, facts that depend on lines alone

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# Until now the order of a line that the reader had numbered stood in the line's id only: `order#1`.
_NUMBERED = """
    UPDATE {table} SET told_with = order_id
    WHERE substr({key}, 1, length(order_id) + 1) = order_id || '#' AND length({key}) > length(order_id) + 1
"""
_BESIDE = """
    UPDATE {table} SET told_with = order_id
    WHERE told_with IS NULL AND EXISTS (
        SELECT 1 FROM {table} other
        WHERE other.shop = {table}.shop AND other.order_id = {table}.order_id
          AND other.export_id = {table}.export_id AND other.told_with IS NOT NULL
    )
"""
# Unmapped listings were written at every look, and had no versions: a day's newest rows counted unless its sales had a
# newer version.
_VERSIONS = """
    INSERT INTO fact_versions (fact, shop, day, as_of, content_hash, rows)
    SELECT 'unmapped', shop, day, as_of, 'before 0007', count(*) FROM unmapped GROUP BY shop, day, as_of
"""
_EMPTIED = """
    INSERT INTO fact_versions (fact, shop, day, as_of, content_hash, rows)
    SELECT 'unmapped', v.shop, v.day, v.as_of, 'before 0007', 0 FROM fact_versions v
    WHERE v.fact = 'sales'
      AND EXISTS (SELECT 1 FROM unmapped u WHERE u.shop = v.shop AND u.day = v.day AND u.as_of < v.as_of)
      AND NOT EXISTS (SELECT 1 FROM unmapped u WHERE u.shop = v.shop AND u.day = v.day AND u.as_of = v.as_of)
"""


def upgrade() -> None:
    op.add_column("order_lines", sa.Column("told_with", sa.Text(), nullable=True))
    op.add_column("order_lines", sa.Column("is_whole", sa.Integer(), nullable=True))
    op.add_column("refunds", sa.Column("told_with", sa.Text(), nullable=True))
    op.add_column("refunds", sa.Column("is_whole", sa.Integer(), nullable=True))
    op.add_column("listings", sa.Column("is_whole", sa.Integer(), nullable=True))
    op.add_column("exports", sa.Column("lines_hash", sa.String(length=64), nullable=True))
    op.add_column("closes", sa.Column("rules_hash", sa.String(length=64), nullable=True))
    for table, key in (("order_lines", "line_id"), ("refunds", "refund_id")):
        op.execute(_NUMBERED.format(table=table, key=key))
        op.execute(_BESIDE.format(table=table))
    op.create_index("ix_stock_day", "stock", ["shop", "stock_day"])
    op.create_table(
        "facts_order_sizes",
        sa.Column("shop", sa.String(length=64), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("as_of", sa.String(length=10), nullable=False),
        sa.Column("sku", sa.String(length=128), nullable=False),
        sa.Column("units", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("orders", sa.BigInteger(), nullable=False),
        sa.Column("is_bulk", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("shop", "day", "as_of", "sku", "units", name=op.f("pk_facts_order_sizes")),
    )
    op.create_table(
        "emptied_orders",
        sa.Column("export_id", sa.String(length=64), nullable=False),
        sa.Column("order_id", sa.String(length=128), nullable=False),
        sa.Column("shop", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("export_id", "order_id", name=op.f("pk_emptied_orders")),
    )
    op.create_index("ix_emptied_orders_order", "emptied_orders", ["shop", "order_id"])
    op.execute(_VERSIONS)
    op.execute(_EMPTIED)


def downgrade() -> None:
    op.execute("DELETE FROM fact_versions WHERE fact IN ('unmapped', 'order_sizes')")
    op.drop_table("emptied_orders")
    op.drop_table("facts_order_sizes")
    op.drop_index("ix_stock_day", table_name="stock")
    op.drop_column("closes", "rules_hash")
    op.drop_column("exports", "lines_hash")
    op.drop_column("listings", "is_whole")
    op.drop_column("refunds", "is_whole")
    op.drop_column("refunds", "told_with")
    op.drop_column("order_lines", "is_whole")
    op.drop_column("order_lines", "told_with")
