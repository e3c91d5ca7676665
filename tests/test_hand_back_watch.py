"""The watch over the hand-back folders, and what the Dag does with what lies there."""

import asyncio
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from include.cli.keys import new_keys
from include.pipeline.hand_back import take_in_lists
from include.settings.loading import load_merchant
from include.tasks.answers.hand_back_folder import hand_back_folders
from include.tasks.answers.receipt import HandedBack, write_receipt
from include.warehouse.workspace import Keys, Workspace
from tests.copies import new_workspace

EXAMPLE = Path(__file__).parents[1] / "examples" / "specimen"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STOREKEEPER_MERCHANT", str(EXAMPLE))
    monkeypatch.setenv("STOREKEEPER_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def workspace(home: Path) -> Iterator[Workspace]:
    merchant = load_merchant(EXAMPLE, home)
    made = new_workspace(merchant, merchant.books, Keys.from_mapping(new_keys()), home)
    yield made
    made.books.dispose()


def put(home: Path, name: str, content: bytes = b"a,b\n") -> Path:
    path = home / "lists" / "交回" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def events_of(steps: Any, every: float = 0.05, again: float = 60) -> list[dict[str, Any] | None]:
    """What the watch tells after each step, None if it tells nothing for ten looks."""
    from plugins.storekeeper_airflow.waiting import HandedBackTrigger

    async def watch() -> list[dict[str, Any] | None]:
        told: list[dict[str, Any] | None] = []
        heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

        async def listen() -> None:
            async for event in HandedBackTrigger(every, again).run():
                heard.put_nowait(event.payload)

        listening = asyncio.create_task(listen())
        for step in steps:
            await asyncio.to_thread(step)
            try:
                told.append(await asyncio.wait_for(heard.get(), every * 40))
            except TimeoutError:
                told.append(None)
        listening.cancel()
        return told

    return asyncio.run(watch())


def test_the_watch_tells_of_files_at_rest_once_and_names_nobody(home: Path) -> None:
    receipt = write_receipt(HandedBack("补货.csv", "小王", datetime(2025, 11, 13, 9, 31), "zh", trouble="…"))
    steps = [
        lambda: None,
        lambda: put(home, "小王/补货.csv"),
        lambda: None,
        lambda: put(home, "小王/补货.csv", b"a,b\n1,2\n"),
        lambda: put(home, "小王/回执_补货_0931.xlsx", receipt),
    ]
    assert events_of(steps) == [None, {"files": 1}, None, {"files": 1}, None]


def test_what_still_lies_there_is_told_of_again(home: Path) -> None:
    put(home, "小王/补货.csv")
    assert events_of([lambda: None, lambda: None], again=0.2) == [{"files": 1}, {"files": 1}]


def test_the_task_takes_in_what_does_not_change_any_more(workspace: Workspace, home: Path) -> None:
    put(home, "小王/补货.csv")
    growing = put(home, "小李/补货.csv")
    told = take_in_lists(
        workspace,
        lambda: datetime(2025, 11, 13, 1, 31, tzinfo=UTC),
        lambda _: growing.write_bytes(b"a,b\n1,2\n") and None,
    )
    assert told == {"files": 1, "for_a_person": 1, "withdrawn": 0}
    folder = home / "lists" / "交回"
    assert (folder / "小王" / "回执_补货_0931.xlsx").is_file(), "the merchant's clock"
    assert growing.exists()
    assert (folder / "已处理" / "小王").is_dir()


def test_a_file_that_cannot_be_moved_fails_the_task_by_name_after_the_others(workspace: Workspace, home: Path) -> None:
    os.utime(put(home, "小王/补货.csv"), (0, 0))
    put(home, "小李/补货.csv")
    (home / "lists" / "交回" / "已处理").mkdir()
    (home / "lists" / "交回" / "已处理" / "小王").write_bytes(b"")  # a file stands where the folder would be made
    with pytest.raises(RuntimeError, match=r"stay where they are: .*小王/补货\.csv \(File exists\)$"):
        take_in_lists(workspace, lambda: datetime(2025, 11, 13, 1, 31, tzinfo=UTC), lambda _: None)
    assert not (home / "lists" / "交回" / "小李" / "补货.csv").exists()


def test_folders_lie_beside_each_local_channel_in_its_language(home: Path) -> None:
    merchant = load_merchant(EXAMPLE, home)
    channel = merchant.channels[0].model_dump()
    more = [
        channel,
        {**channel, "name": "en", "language": "en", "path": f"{home}/english/{{day}}"},
        {**channel, "name": "far", "path": "s3://bucket/lists"},
    ]
    settings = type(merchant).model_validate({**merchant.model_dump(), "channels": more})
    assert [one.folder for one in hand_back_folders(settings)] == [
        home / "lists" / "交回",
        home / "english" / "hand-back",
    ]
    closed = type(merchant).model_validate({**settings.model_dump(), "hand_back": {"open": False}})
    assert hand_back_folders(closed) == []
