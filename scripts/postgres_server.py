"""A PostgreSQL server of our own in a temporary folder, on a free loopback port, for as long as a ``with`` block.

    with PostgresServer() as server:
        engine = create_engine(server.url)

Uses the programs of the system's own package (``initdb``, ``postgres``); ``find_postgres`` says where they are,
or None, so that a test can skip with a reason. The server refuses to run as root: then it runs as ``postgres``.
Ours, since pytest-postgresql serves tests alone (the benchmarks and the native topology need a server, too), does not
change its account when it is root, and leaves its server behind when pytest is killed.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from scripts.warden import Warden, free_ports

# Nothing here outlives the test that made it, so nothing needs to survive a power cut.
QUICK_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def find_postgres() -> Path | None:
    """The folder of the newest installed PostgreSQL server's programs; None if there is none."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    installed = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    installed += [path.parent for path in Path("/opt/homebrew/opt").glob("postgresql*/bin/initdb")]
    return max(installed, key=lambda folder: [int(part) for part in re.findall(r"\d+", str(folder))], default=None)


class PostgresServer:
    """One server with a superuser, a password (generated unless given) and the databases named.

    A ``warden`` given by the caller keeps the server with the caller's other programs, and is ended by the caller.
    """

    def __init__(
        self,
        databases: Sequence[str] = ("storekeeper",),
        *,
        user: str = "storekeeper",
        password: str | None = None,
        port: int | None = None,
        warden: Warden | None = None,
    ) -> None:
        programs = find_postgres()
        if programs is None:
            raise RuntimeError("no PostgreSQL server is installed: no initdb on PATH or in /usr/lib/postgresql")
        self.user = user
        self.password = password or secrets.token_urlsafe(12)
        self.port = port or free_ports(1)[0]
        self._programs = programs
        self._databases = tuple(databases)
        self._own_warden = Warden() if warden is None else None
        self._warden = warden or self._own_warden
        self._account = "postgres" if os.geteuid() == 0 else None
        self._folder: Path | None = None

    @property
    def url(self) -> str:
        """SQLAlchemy's URL of the first database."""
        return self.url_of(self._databases[0])

    def url_of(self, database: str, driver: str = "psycopg") -> str:
        """A SQLAlchemy URL; ``driver`` "" for plain libpq programs and ADBC."""
        scheme = f"postgresql+{driver}" if driver else "postgresql"
        return f"{scheme}://{self.user}:{self.password}@127.0.0.1:{self.port}/{database}"

    def __enter__(self) -> PostgresServer:
        # Not pytest's tmp_path: that is closed to the account we run as, and too long for a socket's name.
        self._folder = Path(tempfile.mkdtemp(prefix="postgres-"))
        if self._account:
            shutil.chown(self._folder, self._account)
        try:
            if self._own_warden:
                self._own_warden.__enter__()
            self._start(self._folder)
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._own_warden:
            self._own_warden.stop()
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _start(self, folder: Path) -> None:
        data, password_file, log = folder / "data", folder / "password", folder / "postgres.log"
        password_file.touch(mode=0o600)
        password_file.write_text(self.password)
        if self._account:
            shutil.chown(password_file, self._account)
        self._run(
            "initdb",
            *("--pgdata", str(data), "--username", self.user, "--pwfile", str(password_file)),
            *("--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C", "--no-sync"),
        )
        settings = {
            **QUICK_SETTINGS,
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": str(folder),
            "max_connections": "200",
        }
        assert self._warden is not None
        self._warden.start(
            "postgres",
            [
                str(self._programs / "postgres"),
                *("-D", str(data)),
                *(f"--{name}={value}" for name, value in settings.items()),
            ],
            log=log,
            folder=folder,
            user=self._account,
            stop_signal=signal.SIGINT,  # "fast": does not wait for clients to leave
            foundation=True,
        )
        self._wait_until_ready()
        for database in self._databases:
            self._run("createdb", "--maintenance-db", "postgres", database)

    def _wait_until_ready(self, timeout: float = 60) -> None:
        assert self._warden is not None
        deadline = time.monotonic() + timeout
        while self._run("pg_isready", "--quiet", check=False):
            self._warden.require_running()
            if time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not accept connections within {timeout:.0f} s")
            time.sleep(0.1)

    def _run(self, program: str, *arguments: str, check: bool = True) -> int:
        connection = {"PGHOST": "127.0.0.1", "PGPORT": str(self.port), "PGUSER": self.user, "PGPASSWORD": self.password}
        result = subprocess.run(
            [str(self._programs / program), *arguments],
            env={**os.environ, **connection},
            user=self._account,
            cwd=self._folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if check and result.returncode:
            raise RuntimeError(f"{program}: exit code {result.returncode}\n{result.stdout}{result.stderr}")
        return result.returncode
