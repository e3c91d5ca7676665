"""Which shelf a stock row that was held back speaks of

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

COLUMNS = (("warehouse", sa.Text()), ("sku", sa.Text()), ("stock_day", sa.String(length=10)))


def upgrade() -> None:
    for name, kind in COLUMNS:
        op.add_column("quarantine", sa.Column(name, kind, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("quarantine") as table:
        for name, _ in COLUMNS:
            table.drop_column(name)
