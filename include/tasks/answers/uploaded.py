"""A list that somebody hands back on the desk: read, doubted and entered as one in the hand-back folder is, and kept
where that one is kept. Who answers is who is logged in.

Its copy is written before anything is entered, so that what was entered is always there to be looked at again.
"""

import logging
import os
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Engine

from include.tasks.answers.answers import Answers, NotAListError, enter_answers, read_answers
from include.tasks.answers.hand_back_files import (
    MAX_BYTES,
    PROCESSED,
    REFUSED,
    display_name,
    give_name,
    refuse_links,
    unfinished,
)
from include.tasks.answers.hand_back_folder import HandBack, currency_of, digest_of_file, parted_as_handed
from include.tasks.answers.receipt import HandedBack
from include.words.texts import say

log = logging.getLogger(__name__)

Row = tuple[str, int]
"""(sheet, row) of a list, as its problems name them."""
Narrow = Callable[[Answers], Answers]
"""What a person may answer of a list; the rest becomes problems. Raises NotAListError for a list that is not theirs."""


@dataclass(frozen=True)
class Taken:
    """digest: by which the kept file is found again."""

    said: HandedBack
    digest: str


def take_upload(
    place: HandBack, books: Engine, name: str, data: bytes, who: str, at: datetime, narrow: Narrow
) -> Taken:
    """Keep a file and enter its answers. Raises OSError if it cannot be kept: then nothing is entered."""
    digest, person = digest_of_file(data), folder_of(who)
    shown = display_name(re.split(r"[/\\]", name)[-1]) or "?"
    aside = place.aside(person)
    place.make()
    refuse_links(place.folder, aside)
    aside.mkdir(parents=True, exist_ok=True)
    stem, suffix = parted_as_handed(shown)
    with unfinished(aside) as kept:
        kept.write_bytes(data[:MAX_BYTES])
        said = _entered(place, books, shown, data, who, person, at, narrow)
        if said.is_known:
            return Taken(said, digest)
        ending = f"_{at:%Y%m%d-%H%M}_{digest}{'' if said.entered else f'_{REFUSED[said.language]}'}"
        moved_to = give_name(kept, aside, stem, ending, suffix)
        os.utime(moved_to, follow_symlinks=False)
    now_at = display_name(moved_to.relative_to(place.folder.parent).as_posix())
    return Taken(replace(said, now_at=now_at), digest)


def confirm_rows(
    place: HandBack, books: Engine, digest: str, rows: Collection[Row], who: str, at: datetime, narrow: Narrow
) -> Taken | None:
    """Enter rows of a kept file that were asked about, as they are written; None if this person handed back no such."""
    aside = place.aside(folder_of(who))
    kept = place.kept(folder_of(who), digest) if aside.is_dir() else None
    if kept is None:
        return None
    refuse_links(place.folder, aside)
    read = narrow(read_answers(kept.read_bytes(), at.date().isoformat()))
    chosen = tuple(replace(one, confirmed=True) for one in read.answers if (one.sheet, one.row) in rows)
    answers = replace(read, answers=chosen, problems=())
    entered = enter_answers(books, answers, who, at, doubtful_times=place.rules.doubtful_times)
    name = "".join(parted_as_handed(kept.name))
    now_at = display_name(kept.relative_to(place.folder.parent).as_posix())
    currency = currency_of(books, answers.kind)
    return Taken(HandedBack(name, who, at, read.language, answers, entered, currency=currency, now_at=now_at), digest)


def folder_of(who: str) -> str:
    """The name of a person's folder: a name is no path."""
    return re.sub(r"[/\\]", "_", who).lstrip(".") or "_"


def _entered(
    place: HandBack, books: Engine, name: str, data: bytes, who: str, person: str, at: datetime, narrow: Narrow
) -> HandedBack:
    language = place.rules.language

    def failed(text: str, *, is_known: bool = False) -> HandedBack:
        return HandedBack(name, who, at, language, trouble=text, is_known=is_known)

    if len(data) > MAX_BYTES:
        return failed(say(language, "receipt.trouble.too_large", megabytes=round(len(data) / 1e6)))
    try:
        answers = read_answers(data, at.date().isoformat())
        language = answers.language
        answers = narrow(answers)
    except NotAListError as error:
        return failed(error.in_words(language))
    except Exception as error:  # whatever somebody sends must not be lost without a word
        log.exception("%s could not be read", name)
        named = type(error).__name__
        return failed(say(language, "receipt.trouble.unreadable", error=named, folder=PROCESSED[language]))
    before = place.handed_back_at(person, digest_of_file(data))
    if before is not None:
        return failed(say(language, "receipt.trouble.again", at=before), is_known=True)
    try:
        entered = enter_answers(books, answers, who, at, doubtful_times=place.rules.doubtful_times)
    except NotAListError as error:
        return failed(error.in_words(language))
    return HandedBack(name, who, at, language, answers, entered, currency=currency_of(books, answers.kind))
