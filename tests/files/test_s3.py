"""Exports in an S3-compatible store, from a server of our own: each arrives once and whole."""

import dataclasses
import logging
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from include.files.content import Held
from include.files.errors import SourceError
from include.files.locations.credentials import StorageOptions, storage_options
from tests.files.conftest import DAY, NAME
from tests.files.test_backup_places import use

moto_server = pytest.importorskip("moto.server", reason="moto and flask, which play the S3 server, are not installed")
BUCKET = "shop-exports"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = moto_server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def options(endpoint: str) -> StorageOptions:
    return storage_options(
        f"s3://{BUCKET}/{{day}}", login="AKIATESTING", password="very secret key", extra={"endpoint_url": endpoint}
    )


@pytest.fixture
def put(options: StorageOptions) -> Callable[..., None]:
    """Put an object into an otherwise empty bucket."""
    from pyarrow.fs import S3FileSystem

    from include.files.locations.s3_files import open_s3

    address = options["endpoint_url"].removeprefix("http://")
    store = S3FileSystem(
        access_key="a", secret_key="b", region="us-east-1", endpoint_override=address, scheme="http",
        allow_bucket_creation=True,
    )  # fmt: skip
    store.create_dir(BUCKET)
    for found in open_s3(options).find(BUCKET):
        store.delete_file(found)

    def one(content: bytes, name: str = NAME) -> None:
        with store.open_output_stream(f"{BUCKET}/{DAY}/{name}") as stream:
            stream.write(content)

    return one


@pytest.fixture
def books(options: StorageOptions, open_books_of: Callable[..., Any]) -> Any:
    source = {"path": f"s3://{BUCKET}/{{day}}", "connection": "exports_bucket", "settle_seconds": 0}
    return open_books_of(source, options)


def test_the_same_file_twice_is_nothing_new(put: Any, books: Any, orders_file: Callable[..., bytes]) -> None:
    put(orders_file(1, 2))

    assert books.are_whole()
    assert books.ingest().whole
    assert books.ingest().whole
    put(orders_file(1, 2))  # uploaded anew
    assert books.ingest().whole

    assert books.exports == [(DAY, NAME, "published", 2)]
    assert books.orders == ["1", "2"]


def test_backups_may_lie_there(put: Any, options: StorageOptions) -> None:
    use(f"s3://{BUCKET}/backups", options)


def test_raw_files_may_be_kept_there_sealed_and_go_after_the_retention(
    put: Any, books: Any, options: StorageOptions, orders_file: Callable[..., bytes]
) -> None:
    """By the same client that fetches exports, with its connection's credentials."""
    from include.files.locations.s3_files import open_s3
    from include.pipeline.upkeep import retire_raw_files

    merchant = books.workspace.merchant.model_copy(update={"raw": f"s3://{BUCKET}/raw", "retention_days": 60})
    books.workspace = dataclasses.replace(books.workspace, merchant=merchant, raw_options=options)
    content = orders_file(1, 2)
    put(content)

    assert books.ingest().whole

    files, store = open_s3(options), books.workspace.raw_store()
    (sealed,) = [path for path in files.find(f"{BUCKET}/raw") if path.endswith(".sealed")]
    assert "小树1".encode("gb18030") in content
    assert "小树1".encode("gb18030") not in files.cat_file(sealed)
    (digest,) = store.kept()
    assert store.read(digest) == content
    unnamed = store.keep(Held(b"a zip around exports")).digest
    assert retire_raw_files(books.workspace, "2026-06-30")["removed"] == 0
    assert retire_raw_files(books.workspace, "2026-07-01")["removed"] == 1
    assert list(store.kept()) == [unnamed]  # written today, by the store's clock
    later = f"{datetime.now(UTC) + timedelta(days=62):%Y-%m-%d}"
    assert retire_raw_files(books.workspace, later)["removed"] == 1
    assert not [path for path in files.find(f"{BUCKET}/raw") if path.endswith((".sealed", ".unfinished"))]
    assert "very secret key" not in repr(books.workspace)


def test_what_is_known_is_not_downloaded_again(
    put: Any, books: Any, orders_file: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    from include.files.locations.s3_files import S3Files

    put(orders_file(1))
    books.ingest()

    def no_download(*_: Any) -> Iterator[bytes]:
        raise AssertionError("downloaded again")

    monkeypatch.setattr(S3Files, "chunks", no_download)

    again = books.ingest()

    assert again.whole
    assert again.rows == 1


def test_an_object_is_whole_or_not_there(put: Any, books: Any) -> None:
    assert not books.are_whole()
    assert books.ingest().files == 0


@pytest.mark.parametrize("seconds_between", [0, 1.1])
def test_an_object_that_is_replaced_while_it_is_read_is_read_again(
    put: Any,
    books: Any,
    orders_file: Callable[..., bytes],
    monkeypatch: pytest.MonkeyPatch,
    seconds_between: float,
) -> None:
    """Even where the new bytes are as many and come within the same second: the ETag is another."""
    from include.files.locations.s3_files import S3Files

    put(orders_file(1, 2))
    fetch = S3Files.chunks

    def disturbed(self: Any, path: str, unless: str | None) -> Iterator[bytes]:
        monkeypatch.setattr(S3Files, "chunks", fetch)
        yield from fetch(self, path)
        time.sleep(seconds_between)
        put(orders_file(3, 4))

    monkeypatch.setattr(S3Files, "chunks", disturbed)

    first = books.ingest()

    assert "changed or replaced" in first.failed[NAME]
    assert books.exports == []
    assert books.ingest().whole
    assert books.orders == ["3", "4"]


def test_a_newer_version_of_a_day_s_file_counts(put: Any, books: Any, orders_file: Callable[..., bytes]) -> None:
    put(orders_file(1))
    books.ingest()
    put(orders_file(1, 2, money="9.00"))

    assert books.ingest().whole

    assert books.orders == ["1", "2"]
    assert [rows for *_, rows in books.exports] == [1, 2]


def test_a_download_that_comes_short_is_not_taken_for_whole(
    put: Any, books: Any, orders_file: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    from include.files.locations.s3_files import S3Files

    put(orders_file(1, 2))
    fetch = S3Files.chunks

    def short(self: Any, path: str, unless: str | None) -> Iterator[bytes]:
        yield b"".join(fetch(self, path))[:-20]

    monkeypatch.setattr(S3Files, "chunks", short)

    first = books.ingest()

    assert "bytes came of" in first.failed[NAME]
    assert books.exports == []
    monkeypatch.setattr(S3Files, "chunks", fetch)
    assert books.ingest().whole
    assert books.exports == [(DAY, NAME, "published", 2)]


def test_no_error_tells_the_secrets(options: StorageOptions, open_books_of: Callable[..., Any]) -> None:
    source = {"path": "s3://no-such-bucket/{day}", "connection": "exports_bucket"}

    with pytest.raises(SourceError, match="no-such-bucket") as caught:
        open_books_of(source, options).ingest()

    assert "very secret key" not in f"{caught.value!r} {options!r} {options}"
    assert "AKIATESTING" not in repr(options)
