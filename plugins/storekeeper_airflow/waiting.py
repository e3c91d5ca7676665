"""Waiting without holding a worker: for a shop's exports, for a day to be closed or its cut-off to pass, and for lists
that people hand back."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from typing import Any

from airflow.triggers.base import BaseEventTrigger, BaseTrigger, TriggerEvent


class ExportsTrigger(BaseTrigger):
    """Fires {"came": True, "seen": ...} when all required exports of a shop's day are there and settled,
    {"came": False} when `give_up_at` (ISO, aware) passes first. Looks every `every_seconds`; a place that cannot be
    reached is looked at again. seen: path -> [size, time of change, since when it looks so], for `seen_before`."""

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
        from include.files.errors import SourceError
        from include.pipeline.ingest import are_whole, look_for_exports
        from plugins.storekeeper_airflow.workplace import merchant, source_options

        shop = merchant().shop(self.shop)
        options = await asyncio.to_thread(source_options, self.shop)
        give_up_at = datetime.fromisoformat(self.give_up_at)
        arrivals = None
        while True:
            now = datetime.now(UTC)
            seen = arrivals.seen if arrivals else None
            try:
                arrivals = await asyncio.to_thread(look_for_exports, shop, self.day, now, seen, storage_options=options)
            except SourceError as error:
                self.log.warning("%s; it is looked at again in %s seconds", error, self.every_seconds)
            else:
                if are_whole(shop, arrivals):
                    yield TriggerEvent({"came": True, "seen": _as_json(arrivals.seen)})
                    return
            if now >= give_up_at:
                yield TriggerEvent({"came": False})
                return
            await asyncio.sleep(self.every_seconds)


def _as_json(seen: Mapping[str, Any]) -> dict[str, list[Any]]:
    return {path: [look.size, look.modified_at.isoformat(), look.at.isoformat()] for path, look in seen.items()}


def seen_before(event: Mapping[str, Any]) -> dict[str, Any]:
    """What the trigger saw, for the look that reads: a file from a clock ahead of ours is settled once watched."""
    from include.files.arrivals import Seen

    return {
        path: Seen(size, datetime.fromisoformat(modified_at), datetime.fromisoformat(at))
        for path, (size, modified_at, at) in event.get("seen", {}).items()
    }


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
        from include.facts.close_day import newest_close
        from include.warehouse.books import open_books
        from include.warehouse.migrate import is_current
        from plugins.storekeeper_airflow.workplace import books_url, merchant

        engine = open_books(await asyncio.to_thread(books_url, merchant()))
        await asyncio.to_thread(is_current, engine)
        until = datetime.fromisoformat(self.until)
        while True:
            if await asyncio.to_thread(newest_close, engine, self.day) is not None:
                yield TriggerEvent({"closed": True})
                return
            if datetime.now(UTC) >= until:
                yield TriggerEvent({"closed": False})
                return
            await asyncio.sleep(self.every_seconds)


class HandedBackTrigger(BaseEventTrigger):
    """Fires {"files": n} whenever lists lie at rest in the hand-back folders: they look as they did at the look before.

    Looks every `every_seconds`, without a run while nothing is there. The same files are told of again only after
    `again_seconds`, should the run that was to read them have failed. No name of a file or person leaves it.
    """

    def __init__(self, every_seconds: float, again_seconds: float = 300) -> None:
        super().__init__()
        self.every_seconds, self.again_seconds = every_seconds, again_seconds

    def serialize(self) -> tuple[str, dict[str, Any]]:
        return (
            f"{type(self).__module__}.{type(self).__qualname__}",
            {"every_seconds": self.every_seconds, "again_seconds": self.again_seconds},
        )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        from include.pipeline.hand_back import looks_of
        from include.tasks.answers.hand_back_folder import hand_back_folders
        from plugins.storekeeper_airflow.workplace import merchant

        before: Mapping[Any, Any] = {}
        told: dict[Any, float] = {}
        while True:
            try:
                looks = await asyncio.to_thread(lambda: looks_of(hand_back_folders(merchant())))
            except OSError as error:
                self.log.warning("%s; it is looked at again in %s seconds", error, self.every_seconds)
                looks = {}
            settled = [each for each in looks.items() if before.get(each[0]) == each[1]]
            now = time.monotonic()
            fresh = [each for each in settled if now - told.get(each, -self.again_seconds) >= self.again_seconds]
            if fresh:
                told = {each: told.get(each, now) for each in settled} | dict.fromkeys(fresh, now)
                yield TriggerEvent({"files": len(settled)})
            before = looks
            await asyncio.sleep(self.every_seconds)
