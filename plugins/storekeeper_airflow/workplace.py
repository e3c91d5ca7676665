"""Where a Dag finds the merchant and the workspace. Settings are files; secrets are Airflow connections, and only that.

STOREKEEPER_MERCHANT  folder with merchant.yaml and shops/ (default: merchant/ beside dags/)
STOREKEEPER_HOME      folder for what is made: books, raw files, models, lists (default: var/)
connections           storekeeper_keys (extra: ./storekeeper keys), one for the books where the YAML says
                      `books: connection:...`, one for raw files in S3 or OSS (`raw_connection`), one for the place of
                      backups (`backups.connection`), one for each shop
                      whose source or workbooks need credentials, one for each webhook that the channels name, and
                      one for each of `desk.senders`, whose password is the secret of its signatures
"""

import logging
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from include.settings.loading import load_merchant
from include.settings.merchant import Merchant

if TYPE_CHECKING:
    from collections.abc import Iterable

    from airflow.sdk import Connection

    from include.files.locations.credentials import StorageOptions
    from include.settings.channels import Channel
    from include.warehouse.workspace import Workspace

ROOT = Path(__file__).resolve().parents[2]
KEYS_CONNECTION = "storekeeper_keys"
log = logging.getLogger("storekeeper.workplace")


def home() -> Path:
    return Path(os.environ.get("STOREKEEPER_HOME") or ROOT / "var").resolve()


def merchant() -> Merchant:
    """The merchant's settings. Read while Dags are parsed: YAML only, no database, no secrets."""
    return load_merchant(merchant_folder(), home())


def merchant_folder() -> Path:
    return Path(os.environ.get("STOREKEEPER_MERCHANT") or ROOT / "merchant")


def books_url(settings: Merchant) -> str:
    """The books' address: in the YAML where it holds no secret, else in the connection that the YAML names."""
    from airflow.sdk import Connection

    if settings.books.startswith("connection:"):
        # Airflow writes `postgres://`; SQLAlchemy and the drivers want the scheme's full name.
        uri = str(Connection.get(settings.books.removeprefix("connection:")).get_uri())
        return "postgresql://" + uri.removeprefix("postgres://") if uri.startswith("postgres://") else uri
    return settings.books


def workspace() -> "Workspace":
    """Settings, books (migrated, after a backup of those that somebody has) and keys, for a task."""
    from airflow.sdk import Connection

    from include.pipeline.recovery.upgrade import backing_up_first
    from include.warehouse.workspace import Keys, open_workspace

    settings = merchant()
    keys = Keys.from_mapping(Connection.get(KEYS_CONNECTION).extra_dejson)
    raw = _options(settings.raw, settings.raw_connection) if settings.raw_connection else None
    first = backing_up_first(datetime.now(UTC), merchant_folder(), backup_options)
    return open_workspace(settings, books_url(settings), keys, home(), raw, first)


def backup_options() -> "StorageOptions | None":
    """What opens the place of backups, if the YAML names a connection for it."""
    said = merchant().backups
    return _options(said.to, said.connection) if said.connection else None


def workbook_password(shop: str) -> str | None:
    """The password of the shop's protected workbooks, from the connection that its YAML names."""
    from airflow.sdk import Connection

    named = merchant().shop(shop).password_connection
    return Connection.get(named).password if named else None


def source_options(shop: str) -> "StorageOptions | None":
    """What opens the shop's place: from the connection that its YAML names. Its secrets do not show when printed."""
    source = merchant().shop(shop).source
    return None if source.connection is None else _options(source.path, source.connection)


def _options(address: str, connection: str) -> "StorageOptions":
    from airflow.sdk import Connection

    from include.files.locations.credentials import storage_options

    said = Connection.get(connection)
    return storage_options(
        address,
        host=said.host,
        port=said.port,
        login=said.login,
        password=said.password,
        extra=said.extra_dejson,
    )


def channel_secrets(channels: "Iterable[Channel]") -> dict[str, dict[str, str]]:
    """Channel name -> what its connection holds, as text: `host`, `port`, `user` and `password` of mail servers, `url`
    and `secret` of all others, and whatever the extra says. A channel whose connection is not there is logged and left
    out: it fails by itself, and the others get their lists."""
    from airflow.sdk import Connection
    from airflow.sdk.exceptions import AirflowNotFoundException

    found = {}
    for channel in channels:
        if channel.connection:
            try:
                said = Connection.get(channel.connection)
            except AirflowNotFoundException:
                log.error("channel %s: Airflow has no connection %s", channel.name, channel.connection)
                continue
            named = (
                {"host": said.host, "port": said.port, "user": said.login, "password": said.password}
                if channel.kind == "mail"
                else {"url": address_in(said), "secret": said.password}
            )
            whole = {**named, **said.extra_dejson}
            found[channel.name] = {name: str(value) for name, value in whole.items() if value is not None}
    return found


def sender_secret(connection: str) -> str | None:
    """The secret of a system that reports to the desk. Read anew each time: a new one counts at once."""
    from airflow.sdk import Connection
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        return Connection.get(connection).password
    except AirflowNotFoundException:
        log.error("Airflow has no connection %s, so that its sender is refused", connection)
        return None


def address_in(said: "Connection") -> str:
    """The web address that a connection names, without its login and password."""
    from include.tasks.channels.secrecy import web_address

    return web_address(
        said.host or "", kind=said.conn_type or "", port=said.port, schema=said.schema or "", extra=said.extra_dejson
    )
