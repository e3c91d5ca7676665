"""Models in the books: which one is champion for a day, and how a challenger becomes it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import delete, select, update

from include.calendar.business_days import day_after
from include.warehouse.books import publication, read_frame
from include.warehouse.tables import models
from include.warehouse.workspace import Workspace


def folder_hash(folder: Path) -> str:
    """One hash of all files of a saved model."""
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def register(
    workspace: Workspace,
    kind: str,
    day: str,
    saved: Path,
    card: Mapping[str, Any],
    is_released: bool,
    newest_list: str | None = None,
) -> tuple[str, str | None]:
    """Write a model trained as of `day` into the books; returns (model id, the first day it is champion for, or None).

    A champion serves the lists of days after the one it was trained on, and of no day whose list is already made: what
    a list was made with stays what it was made with. newest_list: the newest day of which there is a list.
    """
    model_id = f"{kind}-{day}-{folder_hash(saved)}"
    home = Path(workspace.merchant.models) / model_id
    if not home.exists():
        home.parent.mkdir(parents=True, exist_ok=True)
        saved.rename(home)
    before = read_frame(workspace.books, select(models.c.champion_since).where(models.c.model_id == model_id))
    since = None
    if is_released:
        since = before["champion_since"].iloc[0] if len(before) and pd.notna(before["champion_since"].iloc[0]) else None
        since = since or max(day_after(day), day_after(newest_list) if newest_list else "")
    row = {
        "model_id": model_id,
        "kind": kind,
        "day": day,
        "path": model_id,
        "card": json.dumps(dict(card), ensure_ascii=False, sort_keys=True, default=str),
        "state": "champion" if is_released else "challenger",
        "champion_since": since,
    }
    with publication(workspace.books) as change:
        if is_released:
            change.execute(
                update(models).where(models.c.kind == kind, models.c.state == "champion").values(state="retired")
            )
        change.execute(delete(models).where(models.c.model_id == model_id))
        change.insert(models, pd.DataFrame([row]))
    return model_id, since


@dataclass(frozen=True)
class Champion:
    """A released model and its folder."""

    model_id: str
    folder: Path

    def files(self) -> tuple[tuple[str, int, int], ...]:
        """Name, size and time of change of the model's files: they tell without reading whether one was touched."""
        found = sorted(one for one in self.folder.rglob("*") if one.is_file())
        return tuple((str(one.relative_to(self.folder)), one.stat().st_size, one.stat().st_mtime_ns) for one in found)

    def damage(self) -> str | None:
        """What is wrong with the model's files; None if they are what was registered: a model's id ends with the hash
        of its folder."""
        if not self.folder.is_dir():
            return f"{self.folder} is not there"
        registered, found = self.model_id.rpartition("-")[2], folder_hash(self.folder)
        if found == registered:
            return None
        return f"{self.folder} holds other files than were registered ({found}, not {registered})"


def champion_of(workspace: Workspace, kind: str, day: str) -> Champion | None:
    """The champion for the lists of `day`; None if no model was released by then."""
    statement = (
        select(models.c.model_id, models.c.path)
        .where(models.c.kind == kind, models.c.champion_since <= day)
        .order_by(models.c.champion_since.desc(), models.c.day.desc(), models.c.model_id)
        .limit(1)
    )
    found = read_frame(workspace.books, statement)
    if found.empty:
        return None
    return Champion(str(found["model_id"].iloc[0]), Path(workspace.merchant.models) / str(found["path"].iloc[0]))


def card_of(workspace: Workspace, model_id: str) -> dict[str, Any]:
    """A model's card."""
    found = read_frame(workspace.books, select(models.c.card).where(models.c.model_id == model_id))
    return dict(json.loads(found["card"].iloc[0]))
