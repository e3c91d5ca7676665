"""The arms of recall lists are called so

Revision ID: 0016
Revises: 0015
"""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.rename_table("contacts", "recall_arms")


def downgrade() -> None:
    op.rename_table("recall_arms", "contacts")
