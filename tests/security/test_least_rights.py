"""A role with the rights of scripts/day_role.sql lives whole days, and can neither change tables nor rewrite a log."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, make_url, select, text
from sqlalchemy.exc import ProgrammingError

from include.calendar.business_days import merchant_now
from include.people.access_log import note_access
from include.pipeline.audit.whole_audit import audit
from include.pipeline.recall import publish_recall_list
from include.pipeline.restock import look_back, publish_restock_lists
from include.pipeline.retention import retire_personal_data
from include.pipeline.upkeep import retire_raw_files, verify
from include.pipeline.write_data_docs import draw_data_docs
from include.tasks.task_tables import tasks
from tests.copies import emptied
from tests.pipeline.erp_merchant import DAY, PRODUCTS, SOLD, STOCK, SUPPLIERS, ErpMerchant, day_of, product, sale
from tests.task_books import act

pytestmark = [pytest.mark.postgres, pytest.mark.slow]

ROLE = "storekeeper_day"
RIGHTS = Path(__file__).parents[2] / "scripts" / "day_role.sql"
REFUSED = (
    "CREATE TABLE mine (n int)",
    "DROP TABLE exports",
    "ALTER TABLE exports ADD COLUMN mine int",
    "TRUNCATE exports",
    "CREATE INDEX mine ON exports (day)",
    "UPDATE alembic_version SET version_num = '0001'",
    "UPDATE task_events SET who = 'nobody'",
    "DELETE FROM task_events",
    "DELETE FROM desk_events",
    "UPDATE access_log SET who = 'nobody'",
    "DELETE FROM erasures",
    "COPY exports TO PROGRAM 'cat'",
    "COPY exports TO '/tmp/exports'",
    "SELECT pg_read_file('/etc/passwd')",
    "CREATE ROLE another",
    "CREATE DATABASE another",
)


@pytest.fixture
def day_books(postgres_url: str) -> Iterator[Engine]:
    """Empty books of another owner, as the role sees them."""
    emptied(postgres_url).dispose()
    owner = create_engine(make_url(postgres_url), isolation_level="AUTOCOMMIT")
    with owner.connect() as connection:
        connection.execute(text(f"CREATE ROLE {ROLE} LOGIN PASSWORD 'for-tests'"))
        connection.exec_driver_sql(RIGHTS.read_text(encoding="utf-8"))
    mine = create_engine(make_url(postgres_url).set(username=ROLE, password="for-tests"))
    yield mine
    mine.dispose()
    with owner.connect() as connection:
        connection.execute(text(f"DROP OWNED BY {ROLE}"))
        connection.execute(text(f"DROP ROLE {ROLE}"))
    owner.dispose()


def test_the_day_s_role_lives_a_day(tmp_path: Path, day_books: Engine) -> None:
    # given a merchant whose books are opened by the role
    shop = ErpMerchant.at(tmp_path, day_books)
    workspace, now = shop.workspace, shop.now(DAY)
    shop.put("web", DAY, "a.csv", SOLD, *(sale(str(n), "A") for n in range(8)), sale("9", "A", units=0))
    shop.put("erp", DAY, f"商品库存_{DAY}.csv", STOCK, "A,1,1,0,0,w1")
    shop.put("erp", DAY, "商品资料.csv", PRODUCTS, product("A"))
    shop.put("erp", DAY, "供应商.csv", SUPPLIERS, "G1,厂,7,7,")
    # when every step of the day is done, twice, a task is answered, somebody looks at a person, and the night comes
    for _ in range(2):
        for one in shop.live(DAY).values():
            assert not one.failed
        publish_restock_lists(workspace, DAY, now)
        publish_recall_list(workspace, DAY, now)
        look_back(workspace, DAY)
    draw_data_docs(workspace, DAY)
    clock = merchant_now(workspace.merchant.time_zone, now)
    with workspace.books.begin() as connection:
        first = connection.execute(select(tasks.c.task_id).where(tasks.c.kind == "restock")).scalars().first()
        assert first is not None
        act(connection, first, "refused", "li", clock, {"reason": "too much"})
    note_access(workspace, "li", "she called", "show", clock, "0" * 64, {})
    # then all went well, and the books are whole
    assert audit(workspace, clock).findings == ()
    assert verify(workspace, now)["events"] > 0
    assert retire_raw_files(workspace, day_of(900))["removed"] > 0
    retire_personal_data(workspace, day_of(3000))
    workspace.books.dispose()


def test_the_day_s_role_can_do_nothing_else(day_books: Engine) -> None:
    answers = {}
    with day_books.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for statement in REFUSED:
            try:
                connection.exec_driver_sql(statement)
                answers[statement] = "allowed"
            except ProgrammingError as error:
                answers[statement] = type(error.orig).__name__
    assert {one: said for one, said in answers.items() if said != "InsufficientPrivilege"} == {}
    assert len(answers) == len(REFUSED)
