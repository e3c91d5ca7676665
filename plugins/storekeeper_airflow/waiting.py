"""Waiting without holding a worker: for a shop's exports, and for a day to be closed or its cut-off to pass."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from airflow.triggers.base import BaseTrigger, TriggerEvent


class ExportsTrigger(BaseTrigger):
    """Fires {"came": True} when all required exports of a shop's day are there and settled, {"came": False} when
    `give_up_at` (ISO, aware) passes first. Looks every `every_seconds`."""

    def __init__(self, shop: str, day: str, give_up_at: str, every_seconds: float) -> None:
        super().__init__()
        self.shop, self.day, self.give_up_at, self.every_seconds = shop, day, give_up_at, every_seconds

    def serialize(self) -> tuple[str, dict[str, Any]]:
        return (
            f"{type(self).__module__}.{type(self).__qualname__}",
            {
                "shop": self.shop,
                "day": self.day,
                "give_up_at": self.give_up_at,
                "every_seconds": self.every_seconds,
            },
        )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        from include.day.ingest import are_whole, look_for_exports
        from plugins.storekeeper_airflow.workplace import merchant

        shop = merchant().shop(self.shop)
        give_up_at = datetime.fromisoformat(self.give_up_at)
        arrivals = None
        while True:
            now = datetime.now(UTC)
            seen = arrivals.seen if arrivals else None
            arrivals = await asyncio.to_thread(look_for_exports, shop, self.day, now, seen)
            if are_whole(shop, arrivals):
                yield TriggerEvent({"came": True})
                return
            if now >= give_up_at:
                yield TriggerEvent({"came": False})
                return
            await asyncio.sleep(self.every_seconds)


class ClosedTrigger(BaseTrigger):
    """Fires {"closed": True} when the day is closed, {"closed": False} when `until` (ISO, aware) passes first."""

    def __init__(self, day: str, until: str, every_seconds: float) -> None:
        super().__init__()
        self.day, self.until, self.every_seconds = day, until, every_seconds

    def serialize(self) -> tuple[str, dict[str, Any]]:
        return (
            f"{type(self).__module__}.{type(self).__qualname__}",
            {"day": self.day, "until": self.until, "every_seconds": self.every_seconds},
        )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        from include.warehouse.books import open_books
        from include.warehouse.close import newest_close
        from plugins.storekeeper_airflow.workplace import books_url, merchant

        engine = open_books(await asyncio.to_thread(books_url, merchant()))
        until = datetime.fromisoformat(self.until)
        while True:
            if await asyncio.to_thread(newest_close, engine, self.day) is not None:
                yield TriggerEvent({"closed": True})
                return
            if datetime.now(UTC) >= until:
                yield TriggerEvent({"closed": False})
                return
            await asyncio.sleep(self.every_seconds)
