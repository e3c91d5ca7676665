"""The tables of task lists, tasks, their events and the outbox. JSON is kept as canonical text, never as a JSON type:
PostgreSQL would reorder its keys, and hashes are over bytes."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    func,
    literal_column,
    select,
)

from include.warehouse.tables import Day, Moment, metadata

# Who changes a task when no person does. Reserved: `act` takes no such person.
MACHINE = "storekeeper"

task_lists = Table(
    "task_lists",
    metadata,
    Column("list_id", String(16), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("day", Day, nullable=False),
    Column("revision", Integer, nullable=False),  # 1, 2, .. : every change of the document
    Column("edition", Integer, nullable=False),  # 1, 2, .. : only changes a reader would see
    Column("content_hash", String(64), nullable=False),  # of what a reader sees: lines and notes
    Column("document_hash", String(64), nullable=False),  # of the whole document, manifest included
    Column("document", LargeBinary, nullable=False),  # canonical JSON lines, zlib; see document.py
    Column("lines", Integer, nullable=False),
    Column("stored_at", Moment, nullable=False),
    UniqueConstraint("kind", "day", "revision"),
)

tasks = Table(
    "tasks",
    metadata,
    Column("task_id", String(16), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("day", Day, nullable=False),  # the list's business day
    Column("subject", String(200), nullable=False),
    Column("state", String(10), nullable=False),
    Column("since_day", Day, nullable=False),  # the first list in a row that asked for it
    Column("revision", Integer, nullable=False),  # of the list that last wrote the payload
    Column("rank", Integer, nullable=False),  # 1 = do first
    Column("urgency", Integer, nullable=False),  # 0 normal, 1 soon, 2 now
    Column("sku", String(100)),
    Column("warehouse", String(100)),
    Column("supplier", String(100)),
    Column("shop", String(100)),
    Column("customer", String(100)),
    Column("money_micros", BigInteger),  # what the line is about, for sorting
    Column("payload", Text, nullable=False),
    Column("payload_hash", String(64), nullable=False),
    Column("changed_seq", Integer, nullable=False),  # the event that made it what it is
    Column("changed_at", Moment, nullable=False),
    Column("changed_day", Day, nullable=False),
    Column("changed_by", String(100), nullable=False),
    Column("answer", Text, nullable=False),  # data of the last change of state
    CheckConstraint("state in ('open', 'accepted', 'done', 'refused', 'expired', 'withdrawn')", name="known_state"),
    Index("ix_tasks_kind_day_rank", "kind", "day", "rank"),
    Index("ix_tasks_state_kind_day_rank", "state", "kind", "day", "rank"),
    Index("ix_tasks_kind_subject_day", "kind", "subject", "day"),
    Index("ix_tasks_kind_changed_day", "kind", "changed_day"),
)

task_events = Table(
    "task_events",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),  # 1, 2, 3 .. without a gap
    Column("task_id", String(16), ForeignKey("tasks.task_id"), nullable=False),
    Column("at", Moment, nullable=False),
    Column("day", Day, nullable=False),  # business day of the act; of the list, when a list did it
    Column("who", String(100), nullable=False),
    Column("from_state", String(10), nullable=False),  # '' for a new task
    Column("to_state", String(10), nullable=False),
    Column("data", Text, nullable=False),
    Column("salt", String(32), nullable=False),  # of data_hash; gone where the data were erased
    Column("data_hash", String(64), nullable=False),  # what the chain goes over in place of the data
    Column("previous_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Index("ix_task_events_task_id_seq", "task_id", "seq"),
)
# Written with a literal: SQLite uses a partial index only where it can prove the condition from the statement's text.
BY_PEOPLE = task_events.c.who != literal_column(f"'{MACHINE}'")
Index("ix_task_events_by_people", task_events.c.day, sqlite_where=BY_PEOPLE, postgresql_where=BY_PEOPLE)

# A row a log: its end. Whoever writes events updates it first, so that writers queue up behind each other, and a log
# whose end was cut off is found out.
task_log_end = Table(
    "task_log_end",
    metadata,
    Column("log", Integer, primary_key=True, autoincrement=False),
    Column("seq", Integer, nullable=False),
    Column("hash", String(64), nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("delivery_key", String(64), primary_key=True),
    Column("list_id", String(16), ForeignKey("task_lists.list_id"), nullable=False),
    Column("channel", String(60), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("day", Day, nullable=False),
    Column("state", String(10), nullable=False),
    Column("withheld", Text, nullable=False),  # task ids of the document that are not to be sent
    Column("attempts", Integer, nullable=False),
    Column("claim", String(32)),  # of the process that is sending, or sent
    Column("stored_at", Moment, nullable=False),
    Column("not_before", Moment),  # the next attempt
    Column("started_at", Moment),
    Column("finished_at", Moment),
    Column("answer", Text, nullable=False),  # one line for each attempt, newest last, without secrets
    CheckConstraint("state in ('pending', 'sending', 'sent', 'failed', 'unknown', 'superseded')", name="known_state"),
    Index("ix_outbox_state_stored_at", "state", "stored_at"),
    Index("ix_outbox_kind_day", "kind", "day"),
)


def newest_list_day(connection: Connection, kind: str | None = None) -> str | None:
    """The newest day of which there is a list of `kind`, or of any kind; None before the first."""
    query = select(func.max(task_lists.c.day))
    return connection.execute(query if kind is None else query.where(task_lists.c.kind == kind)).scalar_one()
