"""The tables of task lists, tasks, their events and the outbox. JSON is kept as canonical text, never as a JSON type:
PostgreSQL would reorder its keys, and hashes are over bytes."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Connection,
    Float,
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

from include.calendar.business_days import day_after
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
    Column("category", String(100)),
    Column("abc", String(1)),
    Column("title", String(200)),  # of the product, for searching
    Column("money_micros", BigInteger),  # what the line is about, for sorting
    Column("quantity", BigInteger),  # as suggested, for sorting
    Column("due_day", Day),  # for sorting
    Column("payload", Text, nullable=False),
    Column("payload_hash", String(64), nullable=False),
    Column("changed_seq", Integer, nullable=False),  # the event that made it what it is
    Column("changed_at", Moment, nullable=False),
    Column("changed_day", Day, nullable=False),
    Column("changed_by", String(100), nullable=False),
    Column("answer", Text, nullable=False),  # data of the last change of state
    CheckConstraint(
        "state in ('open', 'accepted', 'done', 'refused', 'snoozed', 'expired', 'withdrawn')", name="known_state"
    ),
    Index("ix_tasks_kind_day_rank", "kind", "day", "rank"),
    Index("ix_tasks_state_kind_day_rank", "state", "kind", "day", "rank"),
    Index("ix_tasks_kind_subject_day", "kind", "subject", "day"),
    Index("ix_tasks_kind_changed_day", "kind", "changed_day"),
    Index("ix_tasks_sku_kind_day", "sku", "kind", "day"),
    Index("ix_tasks_changed_by_changed_day", "changed_by", "changed_day"),
)
# The open lines are few beside all that there ever were. Of them, the index answers what the desk's lists ask most:
# how many, for how much, which of these suppliers, in which order. Both conditions below are written with a literal: a
# database uses a partial index only if it can prove the condition from the statement's text.
IS_OPEN = tasks.c.state == literal_column("'open'")
Index(
    "ix_tasks_open",
    *(
        tasks.c[name]
        for name in (
            "kind", "day", "urgency", "money_micros", "supplier", "warehouse", "category", "abc", "shop", "rank",
            "task_id",
        )
    ),
    sqlite_where=IS_OPEN,
    postgresql_where=IS_OPEN,
)  # fmt: skip

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
BY_PEOPLE = task_events.c.who != literal_column(f"'{MACHINE}'")
Index("ix_task_events_by_people", task_events.c.day, sqlite_where=BY_PEOPLE, postgresql_where=BY_PEOPLE)

# A row a log: its end. Anyone who writes events updates it first, so that writers queue up behind each other, and a log
# whose end was cut off is found out.
task_log_end = Table(
    "task_log_end",
    metadata,
    Column("log", Integer, primary_key=True, autoincrement=False),
    Column("seq", Integer, nullable=False),
    Column("hash", String(64), nullable=False),
)

# What people do on the desk besides answering lines: comments, assignments, overrides, purchase orders, approvals.
# Chained as task_events are.
desk_events = Table(
    "desk_events",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("day", Day, nullable=False),  # the business day whose list is the first to know of it
    Column("who", String(100), nullable=False),
    Column("what", String(30), nullable=False),  # comment, assign, ..
    Column("about", String(20), nullable=False),  # a kind of list, or what else it is about
    Column("subject", String(200), nullable=False),
    Column("data", Text, nullable=False),
    Column("salt", String(32), nullable=False),  # of data_hash; gone where subject and data were erased
    Column("data_hash", String(64), nullable=False),  # what the chain goes over in place of subject and data
    Column("previous_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Index("ix_desk_events_about_subject", "about", "subject", "seq"),
    Index("ix_desk_events_what_day", "what", "day"),
)

# Whose line it is: the last `assign` of a subject, kept so that lists can be chosen by it.
assignments = Table(
    "assignments",
    metadata,
    Column("kind", String(20), primary_key=True),
    Column("subject", String(200), primary_key=True),
    Column("person", String(100), nullable=False),
    Column("assigned_by", String(100), nullable=False),
    Column("assigned_at", Moment, nullable=False),
    Index("ix_assignments_person", "person"),
)

# Purchase orders that are made on the desk from restock lines, as they stand; how they came to it is in desk_events.
purchase_drafts = Table(
    "purchase_drafts",
    metadata,
    Column("number", String(60), primary_key=True),
    Column("supplier", String(100), nullable=False),
    Column("state", String(10), nullable=False),
    Column("made_by", String(100), nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("lines", Text, nullable=False),  # JSON: task, sku, warehouse, title, quantity, cost_micros
    Column("money_micros", BigInteger, nullable=False),
    Column("expected_day", Day),  # the supplier's word, said when it was sent
    Column("approved_by", String(100)),
    Column("changed_seq", Integer, nullable=False),  # the event that made it what it is
    Column("changed_at", Moment, nullable=False),
    CheckConstraint("state in ('draft', 'waiting', 'approved', 'sent', 'dropped')", name="known_state"),
    Index("ix_purchase_drafts_state_supplier", "state", "supplier"),
)

# What people know better than the model, as it stands; who said and ended it is in desk_events. A row is written once:
# only its end is added.
overrides = Table(
    "overrides",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),  # 1, 2, 3 ..
    Column("what", String(20), nullable=False),
    Column("about", String(10), nullable=False),  # sku, category, event
    Column("name", String(200), nullable=False),  # of what it is about
    Column("warehouse", String(100), nullable=False),  # '' for all
    Column("value", String(100), nullable=False),  # a number, or the sku or supplier instead; '' for none
    Column("first_day", Day, nullable=False),
    Column("last_day", Day),  # null: until somebody ends it
    Column("reason", String(500), nullable=False),
    Column("model_units", BigInteger),  # what the model said of the span when it was made, in thousandths
    Column("made_by", String(100), nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("known_day", Day, nullable=False),  # the first business day whose list knows of it
    Column("ended_by", String(100)),
    Column("ended_at", Moment),
    Column("ended_day", Day),  # the first business day whose list knows that it is over
    Index("ix_overrides_known_day", "known_day"),
)

# What a forecast override did to each list's forecast, place by place, so that both can be held against what was sold.
override_forecasts = Table(
    "override_forecasts",
    metadata,
    Column("day", Day, primary_key=True),  # of the list
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("sku", String(100), primary_key=True),
    Column("warehouse", String(100), primary_key=True),
    Column("first_day", Day, nullable=False),  # the part of its span that the forecast reached
    Column("last_day", Day, nullable=False),
    Column("units_without", Float, nullable=False),
    Column("units_with", Float, nullable=False),
    Index("ix_override_forecasts_number", "number"),
)

# What a forecast override was worth, once its span was over: told by the newest day that judged it.
override_scores = Table(
    "override_scores",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("day", Day, nullable=False),  # the closed day whose books judged it
    Column("list_day", Day, nullable=False),  # whose forecast is judged
    Column("places", Integer, nullable=False),  # skus and warehouses
    Column("unknown_places", Integer, nullable=False),  # of these: empty shelves, nobody knows what would have sold
    Column("units_sold", Float, nullable=False),
    Column("units_without", Float, nullable=False),
    Column("units_with", Float, nullable=False),
    Column("better_units", Float, nullable=False),  # by which it came nearer, place by place; below zero: less near
    Column("better_micros", BigInteger),  # the same at cost; null: no cost is known
)

# How a person wants to see the desk: chosen columns, saved filters, language. No fact of the books hangs on it.
desk_preferences = Table(
    "desk_preferences",
    metadata,
    Column("person", String(100), primary_key=True),
    Column("name", String(100), primary_key=True),
    Column("value", Text, nullable=False),
)

# Who has opened a list on the desk, and when first.
list_views = Table(
    "list_views",
    metadata,
    Column("kind", String(20), primary_key=True),
    Column("day", Day, primary_key=True),
    Column("person", String(100), primary_key=True),
    Column("at", Moment, nullable=False),
)

# What of a list is held for a second person, and what they said of it; how it came to it is in desk_events. A row is
# written once: whether it stands, and what was decided, is added.
approvals = Table(
    "approvals",
    metadata,
    Column("kind", String(20), primary_key=True),
    Column("day", Day, primary_key=True),  # of the list
    Column("subject", String(200), primary_key=True),  # of the line; '' for the whole list
    Column("fingerprint", String(64), primary_key=True),  # of what waits and why: another one is asked for again
    Column("task_id", String(16)),  # null for the whole list
    Column("reasons", Text, nullable=False),  # JSON: guard, said, usual
    Column("quantity", BigInteger, nullable=False),  # that waits; of the whole list its sums
    Column("money_micros", BigInteger, nullable=False),
    Column("is_standing", Integer, nullable=False),  # 1: the list's newest revision holds it
    Column("verdict", String(10), nullable=False),  # '' as long as nobody has decided
    Column("decided_by", String(100)),
    Column("decided_at", Moment),
    Column("decided_day", Day),  # the first business day whose list knows of it
    Column("why", String(200)),
    CheckConstraint("verdict in ('', 'released', 'rejected')", name="known_verdict"),
    Index("ix_approvals_is_standing_verdict", "is_standing", "verdict"),
)

# What each list that orders something came to when it was first published, without the lines that were held.
list_sums = Table(
    "list_sums",
    metadata,
    Column("kind", String(20), primary_key=True),
    Column("day", Day, primary_key=True),
    Column("lines", Integer, nullable=False),
    Column("units", BigInteger, nullable=False),
    Column("money_micros", BigInteger, nullable=False),
    Column("is_held", Integer, nullable=False),  # 1: as a whole
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
    Column("purpose", String(12), nullable=False, server_default="list"),  # or escalation
    Column("withheld", Text, nullable=False),  # task ids of the document that are not to be sent
    Column("attempts", Integer, nullable=False),
    Column("claim", String(32)),  # of the process that is making it up, sending, or sent
    Column("leased_until", Moment),  # when the claim expires: whoever holds it is taken for dead then
    Column("stored_at", Moment, nullable=False),
    Column("not_before", Moment),  # the next attempt
    Column("started_at", Moment),
    Column("finished_at", Moment),
    Column("answer", Text, nullable=False),  # one line for each attempt, newest last, without secrets
    CheckConstraint(
        "state in ('held', 'pending', 'sending', 'sent', 'failed', 'dead', 'unknown', 'superseded')", name="known_state"
    ),
    Index("ix_outbox_state_stored_at", "state", "stored_at"),
    Index("ix_outbox_kind_day", "kind", "day"),
)


def newest_list_day(connection: Connection, kind: str | None = None) -> str | None:
    """The newest day of which there is a list of `kind`, or of any kind; None before the first."""
    query = select(func.max(task_lists.c.day))
    return connection.execute(query if kind is None else query.where(task_lists.c.kind == kind)).scalar_one()


def next_list_day(connection: Connection, kind: str | None = None) -> str | None:
    """The day after the newest list of `kind`, or of any kind; None before the first."""
    newest = newest_list_day(connection, kind)
    return day_after(newest) if newest else None


def first_day_to_know(connection: Connection, at: datetime, kind: str | None = None) -> str:
    """The business day whose list is the first to know of what is done at `at`, by the merchant's clock."""
    return max(at.date().isoformat(), next_list_day(connection, kind) or "")
