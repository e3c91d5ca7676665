"""Erased means: not in a free page, a statistic, an index, a log or a temporary file either. Bytes are looked at."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from include.cli.keys import new_keys
from include.people.erase import erase
from include.people.find import find
from include.warehouse import books
from include.warehouse.workspace import Keys
from tests.copies import emptied
from tests.pipeline.small_merchant import SmallDesk
from tests.pipeline.test_personal_data import BOBS, CLEAR, FIRST, MAIL, PHONE, annas, listed, spoil

pytestmark = pytest.mark.slow


def lived(home: Path, url: str | None = None) -> SmallDesk:
    """Anna buys in three shops, Bob beside her; both are listed, a clerk writes about her."""
    desk = SmallDesk.at(home, Keys.from_mapping(new_keys()), url, consents=f"{home}/consents.csv")
    (home / "consents.csv").write_text(
        f"shop,buyer,channel,state,at,source\nbeta,安娜贝,call,in,{FIRST} 08:00:00,web\n", encoding="utf-8"
    )
    desk.sells("alpha", FIRST, f"a1 annabel {PHONE} {MAIL} 王小安", f"a2 bob {BOBS} bob@example.com 李大宝")
    desk.sells("beta", FIRST, f"b1 安娜贝 {PHONE}", f"b2 bob {BOBS}", f"b3 安娜贝 {PHONE} - - call_{PHONE}")
    desk.sells_on_taobao(FIRST, f"90001 tina_shop {PHONE} 王小安")
    spoil(desk)
    desk.live(FIRST)
    listed(desk)
    return desk


def words_of(desk: SmallDesk) -> list[bytes]:
    """What stood in the books of Anna: her pseudonyms, and what was written about her in clear."""
    pseudonyms = [name for one in annas(desk) for name in (one, one[:12])]
    return [word.encode() for word in (*CLEAR, *pseudonyms)]


def erase_anna(desk: SmallDesk) -> list[str]:
    chosen = find(desk.workspace, "li", "she asked", desk.clock(FIRST), phone=PHONE)
    return erase(desk.workspace, chosen, "li", "she asked", desk.clock(FIRST)).left


def holding(files: Iterator[Path], words: list[bytes]) -> set[str]:
    """The names of the files in whose bytes a word stands."""
    return {path.name for path in files if path.is_file() and any(word in path.read_bytes() for word in words)}


def test_sqlite_s_file_and_log_hold_no_byte_of_her(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    temporary, home = tmp_path / "temporary", tmp_path / "home"
    for folder in (temporary, home):
        folder.mkdir()
    monkeypatch.setenv("SQLITE_TMPDIR", str(temporary))
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    desk = lived(home)
    words = words_of(desk)

    def files() -> Iterator[Path]:
        yield from (*home.glob("books.sqlite*"), *(home / "lists").rglob("*"), *temporary.rglob("*"))

    with closing(desk.workspace.books.raw_connection()) as reader:
        reader.execute("SELECT count(*) FROM exports").fetchone()
        assert "books.sqlite" in holding(files(), words) or "books.sqlite-wal" in holding(files(), words)
    assert erase_anna(desk) == []
    assert holding(files(), words) == set()
    assert holding(files(), [desk.customer("alpha", "bob").encode()]), "Bob stays"
    desk.workspace.books.dispose()


READER = """
import sqlite3, sys
books = sqlite3.connect(sys.argv[1])
books.execute("BEGIN")
books.execute("SELECT count(*) FROM exports").fetchone()
print("reading", flush=True)
sys.stdin.read()
"""


def test_a_reader_that_holds_the_log_open_is_told_on_the_certificate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(books, "LOCK_WAIT_SECONDS", 1)
    desk = lived(tmp_path)
    # a process of its own: two connections of one process would share their locks
    with subprocess.Popen(
        [sys.executable, "-c", READER, str(tmp_path / "books.sqlite")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as reader:
        assert reader.stdout is not None
        assert reader.stdout.readline() == b"reading\n"
        try:
            (left,) = erase_anna(desk)
        finally:
            reader.communicate()
    assert "books.sqlite-wal: somebody reads the books" in left
    assert erase_anna_again(desk) == []
    desk.workspace.books.dispose()


def erase_anna_again(desk: SmallDesk) -> list[str]:
    return erase(desk.workspace, annas(desk), "li", "she asked", desk.clock(FIRST)).left


@pytest.mark.postgres
def test_postgresql_s_files_hold_no_byte_of_her(tmp_path: Path, postgres_url: str) -> None:
    emptied(postgres_url).dispose()
    desk = lived(tmp_path, postgres_url)
    words = words_of(desk)
    server = create_engine(make_url(postgres_url), isolation_level="AUTOCOMMIT")

    def tables() -> Iterator[Path]:
        with server.connect() as connection:
            connection.execute(text("CHECKPOINT"))
            folder = connection.execute(text("SHOW data_directory")).scalar_one()
            number = connection.execute(text("SELECT oid FROM pg_database WHERE datname = current_database()"))
            yield from Path(str(folder), "base", str(number.scalar_one())).rglob("*")

    with server.connect() as connection:
        connection.execute(text("ANALYZE"))
    if not os.access(next(tables()), os.R_OK):
        pytest.skip("the server's files belong to another account")
    assert holding(tables(), words)
    assert erase_anna(desk) == []
    assert holding(tables(), words) == set()
    assert holding(tables(), [desk.customer("alpha", "bob").encode()]), "Bob stays"
    server.dispose()
    desk.workspace.books.dispose()
