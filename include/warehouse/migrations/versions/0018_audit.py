"""An export's lines have another hash once a person is erased from them

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("exports", sa.Column("audited_hash", sa.String(length=64), nullable=True))


def downgrade() -> None:
    op.drop_column("exports", "audited_hash")
