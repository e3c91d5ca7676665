"""Units on their way from another warehouse, as stock reports say

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TABLES = ("stock", "facts_stock")


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column("moving_in", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    for table in TABLES:
        with op.batch_alter_table(table) as changed:
            changed.drop_column("moving_in")
