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
from include.pipeline.restock import publish_restock_lists
from include.settings.saying import SaidError
from include.tasks.task_tables import task_lists
from include.warehouse.workspace import Office

Summary = Mapping[str, Any]


def require_no_connection(office: Office) -> None:
    """Raises SaidError if a shop's exports or the raw files are in a place that only an Airflow connection opens."""
    shops = [shop.name for shop in office.merchant.shops if shop.source.connection]
    if office.merchant.raw_connection:
        shops.append("raw")
    if shops:
        raise SaidError(
            f"{', '.join(shops)}: behind an Airflow connection, so only Airflow's Dags can read it",
            f"{'、'.join(shops)}：要用 Airflow 连接才能读，请让 Airflow 来跑",
        )


def ingest_shops(office: Office, day: str, now: datetime, passwords: Mapping[str, str]) -> dict[str, Ingested | None]:
    """Each shop's exports of the day; None of a shop whose exports are not all there. `now` is an aware moment."""
    done: dict[str, Ingested | None] = {}
    for shop in office.merchant.shops:
        if are_whole(shop, look_for_exports(shop, day, now)):
            done[shop.name] = ingest_shop(office, shop.name, day, now, password=passwords.get(shop.name))
        else:
            done[shop.name] = None
    return done


def close_day(office: Office, day: str, now: datetime, without_late_shops: bool) -> Summary:
    """Close the day. Raises SaidError if shops are late and are waited for."""
    closed = close(office, day, now, without_late_shops)
    if closed is None:
        late = missing_shops(office, day)
        raise SaidError(
            f"{day} waits for {', '.join(late)}; --without-late-shops closes it without them",
            f"{day} 还缺 {'、'.join(late)}；不等就加 --without-late-shops",
        )
    return closed.summary()


def publish_lists(office: Office, day: str, now: datetime, step: str, replay: bool, push: bool | None) -> Summary:
    """The lists of one step, restock or recall."""
    publish = {"restock": publish_restock_lists, "recall": publish_recall_list}[step]
    return publish(office, day, now, replay=replay, push=push)


def is_replay(office: Office, day: str) -> bool:
    """True if the day's lists are on the desk and no export was published since its last close."""
    with office.books.connect() as connection:
        is_listed = connection.execute(select(task_lists.c.list_id).where(task_lists.c.day == day)).first() is not None
    return is_listed and not needs_closing_again(office, day)


def deliver(office: Office, now: datetime) -> Summary:
    """Deliver what waits. Raises SaidError if a channel's address is in an Airflow connection, which only Airflow
    opens."""
    behind = [channel.name for channel in office.merchant.channels if channel.connection]
    if behind:
        raise SaidError(
            f"the addresses of {', '.join(behind)} are in Airflow connections: the Dag push delivers",
            f"{'、'.join(behind)} 的地址在 Airflow 连接里：由 Dag push 推送",
        )
    return deliver_waiting(office, {}, now)
