"""What a robot says of one list, of all lists of a morning, or of a failed step: markdown within its bytes, with links
and mentions."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from include.tasks.channels.notice import Notice
from include.tasks.sheets.digest import Digest

EVERYBODY = "all"


@dataclass(frozen=True)
class Card:
    """address: that its button opens; '' if there is none. people: who are mentioned, as the robot names them."""

    title: str
    text: str
    button: str = ""
    address: str = ""
    people: tuple[str, ...] = ()


def card_of(
    title: str,
    digests: Sequence[Digest],
    longest: int,
    *,
    button: str = "",
    people: Sequence[str] = (),
    mention: Callable[[str], str] = str,
) -> Card:
    """longest: bytes of the text. people: mentioned if a line is to be done now; mention: how the robot writes it."""
    is_urgent = any(one.has_urgent for one in digests)
    called = tuple(people) if is_urgent else ()
    mentions = " ".join(map(mention, called))
    text = markdown_of(digests, longest - len(mentions.encode("utf-8")) - 2, title if len(digests) > 1 else "")
    address = digests[0].address
    if len(digests) > 1:  # the desk's first page tells of all lists
        address = address.rpartition("/lists/")[0] + "/" if address else ""
    return Card(title, f"{text}\n\n{mentions}" if mentions else text, button if address else "", address, called)


def card_of_notice(notice: Notice, longest: int, people: Sequence[str], mention: Callable[[str], str]) -> Card:
    """Everybody who is named hears of it. The text carries the links, too: not every card has a button."""
    mentions = " ".join(map(mention, people))
    links = [linked(text, address) for text, address in notice.links]
    around = [f"### {plain(notice.title)}", *links, *([mentions] if mentions else [])]
    told = _cut("\n\n".join(map(plain, notice.paragraphs)), longest - _bytes("\n\n".join(around)) - _bytes("\n\n"))
    head, *tail = around
    button, address = notice.links[0] if notice.links else ("", "")
    return Card(notice.title, "\n\n".join([head, told, *tail]), button, address, tuple(people))


def markdown_of(digests: Sequence[Digest], longest: int, title: str = "") -> str:
    """The digests as markdown of at most `longest` bytes, as JSON writes them; whole paragraphs go first, from the end
    of the longest digest."""
    sections = [[f"### {linked(one.title, one.address)}", *_paragraphs(one)] for one in digests]
    head = [f"## {plain(title)}"] if title else []
    while len(max(sections, key=len)) > 1 and _bytes(_joined(head, sections)) > longest:
        max(sections, key=len).pop()
    return _cut(_joined(head, sections), longest)


def _paragraphs(digest: Digest) -> list[str]:
    parts = [plain(digest.summary), *map(plain, digest.notes)]
    parts += [linked(one.text, one.address) for one in digest.lines]
    return [part for part in (*parts, plain(digest.more)) if part]


def _joined(head: Sequence[str], sections: Sequence[Sequence[str]]) -> str:
    return "\n\n".join([*head, *(part for section in sections for part in section)])


def _bytes(text: str) -> int:
    return len(json.dumps(text, ensure_ascii=False).encode("utf-8")) - 2


def _cut(text: str, longest: int) -> str:
    """As much of the text as fits; what is left is cut by letters, since a robot takes no halves of them."""
    while text and (over := _bytes(text) - longest) > 0:
        text = text.encode("utf-8")[: -max(over // 2, 1)].decode("utf-8", "ignore")
    return text


def linked(text: str, address: str) -> str:
    return f"[{plain(text)}]({address})" if address else plain(text)


def plain(text: str) -> str:
    """Titles come from platforms: nothing in them may become a link, a mention or a tag."""
    for mark, instead in (("<", "＜"), (">", "＞"), ("[", "［"), ("]", "］"), ("@", "＠"), ("`", "'"), ("://", "：//")):
        text = text.replace(mark, instead)
    return " ".join(text.split())
