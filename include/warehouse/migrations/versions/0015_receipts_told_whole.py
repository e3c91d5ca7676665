"""Receipts whose lines the reader numbers are told as a whole

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("receipts", sa.Column("told_with", sa.Text(), nullable=True))
    op.add_column("receipts", sa.Column("is_whole", sa.Integer(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("receipts") as batch:
        batch.drop_column("is_whole")
        batch.drop_column("told_with")
