"""Who may read what this process writes: its owner alone."""

import os
import stat
from pathlib import Path

NOBODY_ELSE = 0o077


def write_for_owner_alone() -> None:
    """Files that this process makes from now on are 0600, folders 0700: books, raw files, lists, models and backups
    tell of people. What the caller's umask takes away besides stays away."""
    os.umask(os.umask(NOBODY_ELSE) | NOBODY_ELSE)


def make_as(folder: Path, above: Path) -> None:
    """Make a folder. If `above`, a folder over it, is there, whoever may enter that may enter those that are made below
    it: a merchant opens the lists' folder to the planners' group once, and not again every day."""
    missing = [one for one in (folder, *folder.parents) if one.is_relative_to(above) and not one.exists()]
    is_there = above.is_dir()
    folder.mkdir(parents=True, exist_ok=True)
    if is_there:
        for one in missing:
            one.chmod(0o700 | stat.S_IMODE(above.stat().st_mode) & 0o2077)
