"""Who is one person, contacts in a vault, who read them, and what was erased

Revision ID: 0004
Revises: 0003

The events' chain goes over a salted digest of what an event says, so that the text can be erased and the chain still
holds. Events are chained anew; one that did not fit its old chain keeps its hash, and does not fit the new one either.
"""

import hashlib
import json
import secrets

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

GENESIS = "0" * 64
_EVENTS = sa.table(
    "task_events",
    *(sa.column(name) for name in ("seq", "task_id", "at", "day", "who", "from_state", "to_state", "data")),
    *(sa.column(name) for name in ("salt", "data_hash", "previous_hash", "hash")),
)
_END = sa.table("task_log_end", sa.column("log"), sa.column("seq"), sa.column("hash"))
_HEAD = ("seq", "task_id", "at", "day", "who", "from_state", "to_state")


def upgrade() -> None:
    key, day, moment = sa.String(length=64), sa.String(length=10), sa.String(length=19)
    op.create_table(
        "identity_keys",
        sa.Column("export_id", key, nullable=False),
        sa.Column("customer", key, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("key_hash", key, nullable=False),
        sa.Column("whose", sa.String(length=16), nullable=False),
        sa.Column("shop", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("export_id", "customer", "kind", "key_hash", "whose", name=op.f("pk_identity_keys")),
    )
    op.create_index(op.f("ix_identity_keys_key_hash"), "identity_keys", ["key_hash"])
    op.create_index(op.f("ix_identity_keys_customer"), "identity_keys", ["customer"])
    op.create_table(
        "identity_statements",
        sa.Column("customer", key, nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("who", sa.String(length=100), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("day", day, nullable=True),
        sa.PrimaryKeyConstraint("customer", "at", name=op.f("pk_identity_statements")),
    )
    op.create_table(
        "identity_changes",
        sa.Column("day", day, nullable=False),
        sa.Column("customer", key, nullable=False),
        sa.Column("person", key, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=True),
        sa.Column("key_hash", key, nullable=True),
        sa.Column("with_customer", key, nullable=True),
        sa.Column("export_id", key, nullable=True),
        sa.PrimaryKeyConstraint("day", "customer", name=op.f("pk_identity_changes")),
    )
    op.create_index(op.f("ix_identity_changes_customer"), "identity_changes", ["customer"])
    op.create_table(
        "contact_vault",
        sa.Column("customer", key, nullable=False),
        sa.Column("field", sa.String(length=16), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("key_id", sa.String(length=64), nullable=False),
        sa.Column("lookup", key, nullable=True),
        sa.Column("shop", sa.Text(), nullable=False),
        sa.Column("export_id", key, nullable=False),
        sa.Column("exported_at", moment, nullable=False),
        sa.Column("day", day, nullable=False),
        sa.PrimaryKeyConstraint("customer", "field", name=op.f("pk_contact_vault")),
    )
    op.create_index(op.f("ix_contact_vault_lookup"), "contact_vault", ["lookup"])
    op.create_table(
        "access_log",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("who", sa.String(length=100), nullable=False),
        sa.Column("what", sa.String(length=20), nullable=False),
        sa.Column("subject", key, nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("previous_hash", key, nullable=False),
        sa.Column("hash", key, nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_access_log")),
    )
    op.create_index(op.f("ix_access_log_subject"), "access_log", ["subject"])
    op.create_table(
        "erasures",
        sa.Column("erasure_id", sa.String(length=32), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("who", sa.String(length=100), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("certificate", sa.Text(), nullable=False),
        sa.Column("certificate_hash", key, nullable=False),
        sa.PrimaryKeyConstraint("erasure_id", name=op.f("pk_erasures")),
    )
    op.create_table(
        "erased_keys",
        sa.Column("mark", key, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("erasure_id", sa.String(length=32), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.PrimaryKeyConstraint("mark", name=op.f("pk_erased_keys")),
    )
    op.create_table(
        "raw_replacements",
        sa.Column("content_hash", key, nullable=False),
        sa.Column("replaced_by", key, nullable=True),
        sa.Column("origin", key, nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.PrimaryKeyConstraint("content_hash", name=op.f("pk_raw_replacements")),
    )
    op.create_index(op.f("ix_raw_replacements_replaced_by"), "raw_replacements", ["replaced_by"])
    with op.batch_alter_table("task_events", schema=None) as batch_op:
        batch_op.add_column(sa.Column("salt", sa.String(length=32), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("data_hash", sa.String(length=64), nullable=False, server_default=""))
    _chain_anew(salted=True)


def downgrade() -> None:
    _chain_anew(salted=False)
    with op.batch_alter_table("task_events", schema=None) as batch_op:
        batch_op.drop_column("data_hash")
        batch_op.drop_column("salt")
    for name in (
        "raw_replacements", "erased_keys", "erasures", "access_log", "contact_vault", "identity_changes",
        "identity_statements", "identity_keys",
    ):  # fmt: skip
        op.drop_table(name)


def _chain_anew(salted: bool) -> None:
    """Every event's hash by the other rule, in order, some thousand at a time."""
    connection = op.get_bind()
    last, before, after = 0, GENESIS, GENESIS
    change = (
        sa.update(_EVENTS)
        .where(_EVENTS.c.seq == sa.bindparam("of_seq"))
        .values(
            salt=sa.bindparam("new_salt"),
            data_hash=sa.bindparam("new_data_hash"),
            previous_hash=sa.bindparam("new_previous"),
            hash=sa.bindparam("new_hash"),
        )
    )
    while rows := connection.execute(
        sa.select(_EVENTS).where(_EVENTS.c.seq > last).order_by(_EVENTS.c.seq).limit(5000)
    ).all():
        changed = []
        for row in rows:
            event = dict(row._mapping)
            digest = event["data"] if salted else event["data_hash"]
            fits = event["previous_hash"] == before and event["hash"] == _hash(before, event, digest)
            salt = secrets.token_hex(16) if salted else ""
            data_hash = _digest(salt + event["data"]) if salted else ""
            new = _hash(after, event, data_hash if salted else event["data"]) if fits else event["hash"]
            changed.append(
                {
                    "of_seq": event["seq"],
                    "new_salt": salt,
                    "new_data_hash": data_hash,
                    "new_previous": after,
                    "new_hash": new,
                }
            )
            last, before, after = event["seq"], event["hash"], new
        connection.execute(change, changed)
    if last:
        connection.execute(sa.update(_END).where(_END.c.log == 1, _END.c.hash == before).values(hash=after))


def _hash(previous: str, event: dict[str, object], digest: str) -> str:
    said = json.dumps([*(event[name] for name in _HEAD), digest], ensure_ascii=False, separators=(",", ":"))
    return _digest(previous + "\n" + said)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
