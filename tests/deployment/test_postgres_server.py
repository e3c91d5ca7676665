"""A PostgreSQL of the tests' own: reachable by its password only, gone afterwards."""

import psycopg
import pytest

from scripts.postgres_server import PostgresServer, find_postgres

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(find_postgres() is None, reason="PostgreSQL is not installed (apt install postgresql)"),
]


def test_a_server_comes_and_goes():
    with PostgresServer(("first", "second")) as server:
        assert server.url == server.url_of("first")
        with psycopg.connect(server.url_of("second", "")) as connection:
            assert connection.execute("SELECT current_database()").fetchone() == ("second",)
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(host="127.0.0.1", port=server.port, user=server.user, password="wrong", dbname="first")
        folder = server._folder
        assert folder is not None

    assert not folder.exists()
    with pytest.raises(psycopg.OperationalError, match="refused"):
        psycopg.connect(server.url_of("first", ""))
