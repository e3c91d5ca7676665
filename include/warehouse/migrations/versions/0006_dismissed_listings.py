"""Codes that are no merchandise

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "listing_dismissals",
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("for_shop", sa.String(length=64), nullable=True),
        sa.Column("listing_code", sa.String(length=128), nullable=False),
        sa.Column("dismissed", sa.Integer(), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("at", sa.String(length=19), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_listing_dismissals")),
    )


def downgrade() -> None:
    op.drop_table("listing_dismissals")
