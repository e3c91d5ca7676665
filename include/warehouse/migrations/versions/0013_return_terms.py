"""Until when suppliers take goods back, and for what fee

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

COLUMNS = ("return_days", "return_fee_percent")


def upgrade() -> None:
    for name in COLUMNS:
        op.add_column("suppliers", sa.Column(name, sa.BigInteger(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("suppliers") as table:
        for name in COLUMNS:
            table.drop_column(name)
