"""On SQLite, rows of tables without other indexes lie in the tree of their key; nothing changes on PostgreSQL

Revision ID: 0020
Revises: 0019
"""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

TABLES = (
    "facts_demand", "facts_sales", "facts_stock", "facts_order_sizes", "unmapped", "fact_versions", "forecasts",
    "churn_scores",
)  # fmt: skip


def _make_anew(has_rowid: bool) -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    for table in TABLES:
        with op.batch_alter_table(table, recreate="always", table_kwargs={"sqlite_with_rowid": has_rowid}):
            pass


def upgrade() -> None:
    _make_anew(has_rowid=False)


def downgrade() -> None:
    _make_anew(has_rowid=True)
