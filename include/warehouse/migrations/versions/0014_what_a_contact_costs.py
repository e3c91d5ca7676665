"""What a customer's order cost, what a contact costs, and what win-back brought net of both

Revision ID: 0014
Revises: 0013
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

NET = ("net_difference_micros", "net_low_micros", "net_high_micros")
COLUMNS: tuple[tuple[str, str, sa.types.TypeEngine[Any]], ...] = (
    ("facts_customer_orders", "cost_micros", sa.BigInteger()),
    ("contacts", "offer_cost_micros", sa.BigInteger()),
    ("contacts", "contact_cost_micros", sa.BigInteger()),
    ("win_back", "offers_micros", sa.BigInteger()),
    ("win_back", "contacts_micros", sa.BigInteger()),
    *(("win_back", name, sa.BigInteger()) for name in NET),
    ("win_back", "net_verdict", sa.Text()),
)


def upgrade() -> None:
    for table, name, kind in COLUMNS:
        op.add_column(table, sa.Column(name, kind, nullable=True))


def downgrade() -> None:
    for table in dict.fromkeys(one[0] for one in COLUMNS):
        with op.batch_alter_table(table) as batch:
            for name in [one[1] for one in COLUMNS if one[0] == table]:
                batch.drop_column(name)
