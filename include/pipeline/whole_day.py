"""A business day's steps one after the other, in one process and without Airflow."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from include.pipeline.close import close, missing_shops, needs_closing_again
from include.pipeline.ingest import Ingested, are_whole, ingest_shop, look_for_exports
from include.pipeline.push import deliver_waiting
from include.pipeline.recall import publish_recall_list
from include.pipeline.restock import look_back, publish_restock_lists
from include.settings.saying import BilingualError
from include.tasks.task_tables import task_lists
from include.warehouse.workspace import Workspace
from include.words.texts import listed

Summary = Mapping[str, Any]


def require_no_connection(workspace: Workspace) -> None:
    """Raises BilingualError if only an Airflow connection opens the place of a shop's exports or of the raw files."""
    shops = [shop.name for shop in workspace.merchant.shops if shop.source.connection]
    if workspace.merchant.raw_connection:
        shops.append("raw")
    if shops:
        raise BilingualError.named("error.behind_connection", shops=listed(shops))


def ingest_shops(
    workspace: Workspace, day: str, now: datetime, passwords: Mapping[str, str]
) -> dict[str, Ingested | None]:
    """Each shop's exports of the day; None of a shop whose exports are not all there. `now` is an aware moment."""
    done: dict[str, Ingested | None] = {}
    for shop in workspace.merchant.shops:
        if are_whole(shop, look_for_exports(shop, day, now)):
            done[shop.name] = ingest_shop(workspace, shop.name, day, now, password=passwords.get(shop.name))
        else:
            done[shop.name] = None
    return done


def close_day(workspace: Workspace, day: str, now: datetime, without_late_shops: bool) -> Summary:
    """Close the day. Raises BilingualError if shops are late and are waited for."""
    closed = close(workspace, day, now, without_late_shops)
    if closed is None:
        late = missing_shops(workspace, day)
        raise BilingualError.named("error.waits_for_shops", day=day, late=listed(late))
    return closed.summary()


def publish_lists(workspace: Workspace, day: str, now: datetime, step: str, replay: bool, push: bool | None) -> Summary:
    """The lists of one step, restock or recall; with restock, what the desk looks back on."""
    publish = {"restock": publish_restock_lists, "recall": publish_recall_list}[step]
    told = publish(workspace, day, now, replay=replay, push=push)
    if step == "restock":
        look_back(workspace, day)
    return told


def is_replay(workspace: Workspace, day: str) -> bool:
    """True if the day's lists are on the desk and no export was published since its last close."""
    with workspace.books.connect() as connection:
        is_listed = connection.execute(select(task_lists.c.list_id).where(task_lists.c.day == day)).first() is not None
    return is_listed and not needs_closing_again(workspace, day)


def deliver(workspace: Workspace, now: datetime) -> Summary:
    """Deliver what waits. Raises BilingualError if a channel's address is in an Airflow connection, which only Airflow
    opens."""
    behind = [channel.name for channel in workspace.merchant.channels if channel.connection]
    if behind:
        raise BilingualError.named("error.addresses_behind_connection", behind=listed(behind))
    return deliver_waiting(workspace, {}, now)
