"""Books go up and down between releases with their data, and a release that does not know them says so."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert, inspect, select, text

from include.cli.app import main
from include.settings.location import ROOT
from include.tasks.task_tables import outbox, task_lists, tasks
from include.warehouse import migrate as migrating
from include.warehouse.books import open_books
from include.warehouse.migrate import (
    RevisionError,
    is_current,
    known_revisions,
    migrate,
    newest_revision,
    require_known,
    revision_of,
    sql_of,
    steps,
)
from include.warehouse.opening import books_at
from include.warehouse.tables import exports, metadata, recall_arms, stock
from include.words.texts import say
from tests.command_lines import english_merchant
from tests.pipeline.test_commands_in_chinese import english_in

BEFORE_AUDITS = "0017"  # the revision after it adds exports.audited_hash
# Values that the tables' own rules allow; of purposes, the one that older releases know.
SAID = {outbox: {"state": "pending", "purpose": "list"}, tasks: {"state": "open", "payload": "{}"}}
LAST = 4  # how many migrations a release may bring at once


def filled(column: Any, number: int) -> Any:
    kinds = {"BIGINT": number, "INTEGER": number, "FLOAT": number / 2, "BLOB": b"x", "BYTEA": b"x"}
    length = getattr(column.type, "length", None) or 9
    return kinds.get(str(column.type), f"{column.name[:3]}{number}"[-length:])


def fill(books: Engine) -> None:
    """Two rows a table, of some tables that the last migrations change and of others."""
    with books.begin() as connection:
        for table in (exports, stock, recall_arms, tasks, task_lists, outbox):
            for number in (1, 2):
                row = {column.name: filled(column, number) for column in table.columns}
                row |= SAID.get(table, {})
                row |= {"list_id": f"list{number}"} if "list_id" in table.c else {}
                connection.execute(insert(table).values(**row))


def content(books: Engine) -> dict[str, list[Any]]:
    with books.connect() as connection:
        return {
            table.name: sorted(map(repr, connection.execute(select(table)).mappings()))
            for table in metadata.sorted_tables
        }


@pytest.mark.parametrize("back", range(1, LAST + 1))
def test_books_go_down_and_up_again_with_their_data(books: Engine, back: int) -> None:
    fill(books)
    before = content(books)
    older = known_revisions()[-1 - back]
    gone = set()
    columns = {table: {one["name"] for one in inspect(books).get_columns(table)} for table in before}
    migrate(books, older)
    assert revision_of(books) == older
    there = set(inspect(books).get_table_names())
    for table in before:
        kept = {one["name"] for one in inspect(books).get_columns(table)} if table in there else set()
        gone |= {(table, name) for name in columns[table] - kept}
    with books.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM exports")).scalar_one() == 2
    migrate(books)
    assert is_current(books)
    after = content(books)
    for table in before:
        if not any(name == table for name, _ in gone):
            assert after[table] == before[table], table
        elif not {one for name, one in gone if name == table} >= columns[table]:
            assert len(after[table]) == len(before[table]), table  # a column that an older release has not is empty


def test_migrations_are_named_by_their_revisions_and_say_what_they_do(books: Engine) -> None:
    told = steps(None, newest_revision())
    assert [one.revision for one in told] == list(known_revisions())
    assert all(len(one.about) > 10 for one in told)
    assert [one.revision for one in steps("0018", "0016")] == ["0018", "0017"]
    assert steps("0018", "0018") == []


def test_a_dry_run_tells_the_sql_and_changes_nothing(books: Engine) -> None:
    fill(books)
    older = BEFORE_AUDITS
    migrate(books, older)
    before = {table: [one["name"] for one in inspect(books).get_columns(table)] for table in ("exports", "tasks")}
    told = [statement for statement, _ in sql_of(books)]
    assert any("ALTER TABLE exports ADD" in one and "audited_hash" in one for one in told)
    assert any(one.startswith("UPDATE alembic_version") for one in told)
    assert revision_of(books) == older
    assert before == {table: [one["name"] for one in inspect(books).get_columns(table)] for table in before}


def test_an_older_release_says_that_the_books_are_newer(books: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    with books.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for ask in (lambda: is_current(books), lambda: migrate(books), lambda: sql_of(books)):
        with pytest.raises(RevisionError, match=r"9999, which a newer release.* migrate --to "):
            ask()
    url = books.url.render_as_string(hide_password=False)
    with pytest.raises(RevisionError, match="newer release"), books_at(url):
        pass
    with pytest.raises(RevisionError) as told:
        require_known("9999")
    assert "请换回新版本" in told.value.both[0]


def test_a_reading_command_says_that_books_are_older(books: Engine) -> None:
    migrate(books, known_revisions()[-2])
    url = books.url.render_as_string(hide_password=False)
    with pytest.raises(RevisionError, match=f"works with {newest_revision()}: run storekeeper migrate"), books_at(url):
        pass


def test_the_command_backs_up_goes_there_and_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = english_merchant(tmp_path)
    assert main(["keys"]) == 0
    (tmp_path / "keys.json").write_text(capsys.readouterr().out, encoding="utf-8")
    assert main(["migrate", "--dry-run", *place]) == 1
    assert "no books at" in capsys.readouterr().err
    assert main(["migrate", *place]) == 0  # there are none: empty ones are made
    assert f"done: books at revision {newest_revision()}" in capsys.readouterr().out
    older = BEFORE_AUDITS
    assert main(["migrate", "--to", older.lstrip("0"), *place]) == 0
    told = capsys.readouterr().out
    assert f"books at revision {newest_revision()}, code at {newest_revision()}" in told
    assert "Verified: it was fetched again and restored" in told
    assert f"done: books at revision {older}" in told
    assert len(list((tmp_path / "backups" / "backups").iterdir())) == 1
    assert main(["migrate", "--dry-run", *place]) == 0
    assert "ALTER TABLE exports ADD" in capsys.readouterr().out
    books = open_books(f"sqlite:///{tmp_path / 'books.sqlite'}")
    assert revision_of(books) == older
    books.dispose()
    assert main(["migrate", "--to", "0999", *place]) == 1
    assert "there is no revision 0999: expected one from 0001 to" in capsys.readouterr().err
    assert main(["migrate", "--no-backup", *place]) == 0
    assert len(list((tmp_path / "backups" / "backups").iterdir())) == 1
    assert main(["migrate", *place]) == 0
    assert "nothing to do" in capsys.readouterr().out
    # an older image meets the books
    monkeypatch.setattr(migrating, "known_revisions", lambda: known_revisions()[:-1])
    assert main(["tasks", "list", *place]) == 1
    assert "which a newer release of Storekeeper made" in capsys.readouterr().err


def test_every_migration_is_told_in_each_language() -> None:
    told = {step.revision: step.about.rstrip(".") for step in steps(None, newest_revision())}
    assert {revision: say("en", f"recovery.schema.{revision}") for revision in told} == told
    assert not [one for one in told if english_in(say("zh", f"recovery.schema.{one}"))]


def test_every_migration_has_a_way_back() -> None:
    for file in (ROOT / "include" / "warehouse" / "migrations" / "versions").glob("[0-9]*.py"):
        assert "def downgrade()" in file.read_text(encoding="utf-8"), file.name
