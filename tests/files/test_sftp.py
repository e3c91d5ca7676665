"""Exports over SFTP, from a real server: what is interrupted, slow, renamed or replaced arrives once and whole."""

import getpass
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from include.files.errors import SourceError
from include.files.locations.credentials import StorageOptions, storage_options
from tests.files.conftest import DAY, NAME

SSHD = shutil.which("sshd") or ("/usr/sbin/sshd" if Path("/usr/sbin/sshd").exists() else None)
pytestmark = pytest.mark.skipif(SSHD is None, reason="OpenSSH's server is not installed (apt install openssh-server)")


@dataclass
class Server:
    port: int
    folder: Path
    private_key: str
    host_key: str
    process: subprocess.Popen

    @property
    def source(self) -> dict[str, str]:
        return {"path": f"sftp://127.0.0.1:{self.port}{self.folder}/{{day}}", "connection": "sftp_tmall"}

    def options(self, **more: Any) -> StorageOptions:
        extra = {"private_key": self.private_key, "host_key": self.host_key, "timeout": 10, **more}
        return storage_options(self.source["path"], host="127.0.0.1", login=getpass.getuser(), extra=extra)

    def put(self, content: bytes, name: str = NAME, age_seconds: float = 600) -> Path:
        path = self.folder / DAY / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        os.utime(path, (time.time() - age_seconds,) * 2)
        return path


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """An sshd of our own on a free loopback port, run by whoever runs the tests."""
    home = tmp_path / "sshd"
    home.mkdir(mode=0o700)
    for name in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", home / name], check=True)
    (home / "authorized_keys").write_text((home / "user.pub").read_text())
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (home / "config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {home}/host\nAuthorizedKeysFile {home}/authorized_keys\n"
        "PidFile none\nUsePAM no\nStrictModes no\nPasswordAuthentication no\nPermitRootLogin yes\n"
        "Subsystem sftp internal-sftp\n"
    )
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # where sshd of root wants to lock itself in
    with (home / "log").open("wb") as log:
        process = subprocess.Popen([str(SSHD), "-D", "-e", "-f", str(home / "config")], stderr=log)
    try:
        _wait_for(port, process, home / "log")
        folder = tmp_path / "exports"
        folder.mkdir()
        host_key = " ".join((home / "host.pub").read_text().split()[:2])
        yield Server(port, folder, (home / "user").read_text(), host_key, process)
    finally:
        process.terminate()
        process.wait(timeout=10)


def _wait_for(port: int, process: subprocess.Popen, log: Path) -> None:
    for _ in range(100):
        if process.poll() is not None:
            pytest.skip(f"sshd does not start here: {log.read_text()[-300:]}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail("sshd did not listen within five seconds")


@pytest.fixture
def books(server: Server, open_books_of: Callable[..., Any]) -> Any:
    return open_books_of(server.source, server.options())


def test_the_same_file_twice_is_nothing_new(server: Server, books: Any, orders_file: Callable[..., bytes]) -> None:
    server.put(orders_file(1, 2))

    first, again = books.ingest(), books.ingest()

    assert first.whole
    assert again.whole
    assert books.exports == [(DAY, NAME, "published", 2)]
    assert books.orders == ["1", "2"]


def test_a_file_that_still_grows_is_waited_for(server: Server, books: Any, orders_file: Callable[..., bytes]) -> None:
    whole = orders_file(1, 2, 3)
    # given a sender that is half-way
    server.put(whole[:150], age_seconds=0)

    early = books.ingest()

    assert not books.are_whole()
    assert early.unsettled == [NAME]
    assert early.worth_trying_again
    assert books.exports == []

    # when it is done, and a minute has passed
    server.put(whole, age_seconds=0)
    assert books.are_whole(later_seconds=61)
    assert books.ingest(later_seconds=61).whole
    assert books.exports == [(DAY, NAME, "published", 3)]


def test_a_file_under_its_sender_s_unfinished_name_is_not_there_yet(
    server: Server, books: Any, orders_file: Callable[..., bytes]
) -> None:
    path = server.put(orders_file(1), name=NAME + ".filepart")
    assert not books.are_whole()

    path.rename(path.with_name(NAME))

    assert books.ingest().whole
    assert books.exports == [(DAY, NAME, "published", 1)]


@pytest.fixture
def between(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Callable[[], None]], None]:
    """Have something happen once, before or after the next file's bytes are fetched."""
    from include.files.locations.sftp_files import SftpFiles

    def arrange(when: str, happen: Callable[[], object]) -> None:
        fetch = SftpFiles.chunks

        def disturbed(self: Any, path: str, unless: str | None) -> Iterator[bytes]:
            monkeypatch.setattr(SftpFiles, "chunks", fetch)
            if when == "before":
                happen()
            yield from fetch(self, path)
            if when == "after":
                happen()

        monkeypatch.setattr(SftpFiles, "chunks", disturbed)

    return arrange


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_file_that_is_replaced_while_it_is_read_is_read_again(
    server: Server, books: Any, orders_file: Callable[..., bytes], between: Any, when: str
) -> None:
    # given another file of the same length under the same name, put in between
    server.put(orders_file(1, 2))
    between(when, lambda: server.put(orders_file(3, 4), age_seconds=300))

    first = books.ingest()

    assert list(first.failed) == [NAME]
    assert "changed or replaced while it was read" in first.failed[NAME]
    assert books.exports == []
    assert books.ingest().whole
    assert books.orders == ["3", "4"]


def test_a_file_that_is_renamed_while_it_is_looked_at_is_found_again(
    server: Server, books: Any, orders_file: Callable[..., bytes], between: Any
) -> None:
    path = server.put(orders_file(1))
    renamed = "ExportOrderList202605020011.csv"
    between("before", lambda: path.rename(path.with_name(renamed)))

    first = books.ingest()

    assert "renamed or removed" in first.failed[NAME]
    assert books.ingest().whole
    assert books.exports == [(DAY, renamed, "published", 1)]


def test_a_connection_that_breaks_costs_a_retry_and_no_other_file(
    server: Server, books: Any, orders_file: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    import paramiko

    server.put(orders_file(1))
    server.put(orders_file(2), name="ExportOrderList202605020011.csv")
    read, broken = paramiko.SFTPFile.read, []

    def cut(file: Any, size: int | None = None) -> bytes:
        if not broken:
            broken.append(file)
            file.sftp.get_channel().get_transport().close()  # as when the line goes down
            raise EOFError
        content: bytes = read(file, size)
        return content

    monkeypatch.setattr(paramiko.SFTPFile, "read", cut)

    first = books.ingest()

    assert list(first.failed) == [NAME]
    assert books.orders == ["2"]
    assert books.ingest().whole
    assert books.orders == ["1", "2"]


def test_a_server_that_is_not_the_known_one_gets_nothing(
    server: Server, open_books_of: Callable[..., Any], orders_file: Callable[..., bytes], tmp_path: Path
) -> None:
    server.put(orders_file(1))
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "other"], check=True)
    other = " ".join((tmp_path / "other.pub").read_text().split()[:2])

    with pytest.raises(SourceError, match="does not match"):
        open_books_of(server.source, server.options(host_key=other)).ingest()
    (tmp_path / "known_hosts").write_text("")
    options = server.options(known_hosts=str(tmp_path / "known_hosts"))
    del options["host_key"]
    books = open_books_of(server.source, options)
    with pytest.raises(SourceError, match="not found in known_hosts"):
        books.ingest()


def test_no_error_tells_the_secrets(server: Server, open_books_of: Callable[..., Any], tmp_path: Path) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "stranger"], check=True)
    stranger = (tmp_path / "stranger").read_text()
    options = server.options(private_key=stranger)
    options["password"] = "correct horse"

    with pytest.raises(SourceError) as caught:
        open_books_of(server.source, options).ingest()

    assert "Authentication" in str(caught.value)
    told = f"{caught.value!r} {caught.value.__cause__!r} {options!r}"
    assert "correct horse" not in told
    assert not re.search(re.escape(stranger.splitlines()[2]), told)


def test_a_server_that_is_down_is_named(server: Server, books: Any) -> None:
    server.process.terminate()
    server.process.wait(timeout=10)

    with pytest.raises(SourceError, match=rf"sftp://127\.0\.0\.1:{server.port}/.*{DAY} cannot be read"):
        books.ingest()
