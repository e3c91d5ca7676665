"""A list in a few sentences, for chat and mail: how much there is, what is missing, what is most urgent."""

from collections.abc import Sequence
from dataclasses import dataclass

from include.calendar.business_days import day_after
from include.settings.currencies import with_currency
from include.tasks.channels.parcel import Parcel
from include.tasks.document import Line
from include.tasks.holds.hold import reasons_of, reasons_told
from include.tasks.kind import NOW, Kind
from include.tasks.kinds import kind_of
from include.tasks.sheets.cells import amount_of
from include.words.texts import Language, say

MAX_LINES = 5  # that are read on a phone before somebody opens the list
LONGEST_TITLE = 40  # letters of a product's name; the list has it whole


@dataclass(frozen=True)
class DigestLine:
    """address: of the line on the desk; '' if nobody says where the desk is."""

    text: str
    address: str = ""


@dataclass(frozen=True)
class Digest:
    """address: of the list on the desk; '' if nobody says where the desk is. has_urgent: a line is to be done now."""

    title: str
    summary: str
    notes: tuple[str, ...]
    lines: tuple[DigestLine, ...]
    more: str
    address: str = ""
    has_urgent: bool = False

    def paragraphs(self) -> list[str]:
        return [part for part in (self.summary, *self.notes, *(one.text for one in self.lines), self.more) if part]


def digest_of(parcel: Parcel, language: Language, desk: str = "") -> Digest:
    """The parcel's digest. Lines about customers are counted and never told: chats are read by everyone in them.

    desk: the address that the desk's pages stand below, without a slash at its end; '': there are no links."""
    kind, lines = kind_of(parcel.document.kind), parcel.lines
    first = sorted(lines, key=lambda line: (-line.urgency, line.rank))[:MAX_LINES]
    told = () if "customer" in kind.subject else tuple(first)
    left = len(lines) - len(told)
    is_list = parcel.purpose == "list"
    return Digest(
        title=title_of(parcel, language),
        summary=summary_of(parcel, language) if is_list else _escalated(parcel, kind, language),
        notes=tuple(parcel.document.told_first(language)) if is_list else (),
        lines=tuple(_told(line, parcel, kind, language, desk) for line in told),
        more=say(language, "list.digest_more", count=left) if told and left else "",
        address=f"{desk}/lists/{kind.name}" if desk else "",
        has_urgent=any(line.urgency == NOW for line in lines),
    )


def digests_of(parcel: Parcel, language: Language, desk: str = "") -> list[Digest]:
    """Of the parcel and of the other lists that go out with it; without those that have no line, if another has one."""
    parcels = (parcel, *parcel.also)
    return [digest_of(one, language, desk) for one in parcels if one.lines] or [digest_of(parcel, language, desk)]


def common_title(digests: Sequence[Digest], day: str, language: Language) -> str:
    """The title of a message with these lists."""
    return digests[0].title if len(digests) == 1 else say(language, "list.digest_title", day=day, lists=len(digests))


def _told(line: Line, parcel: Parcel, kind: Kind, language: Language, desk: str) -> DigestLine:
    title = str(line.payload.get("title") or line.payload.get("sku") or "")
    text = say(
        language,
        "list.digest_line",
        rank=line.rank,
        title=title if len(title) <= LONGEST_TITLE else f"{title[:LONGEST_TITLE]}…",
        sku=line.payload.get("sku") or "",
        warehouse=line.payload.get("warehouse") or "",
        quantity=line.payload.get("quantity") or 0,
    )
    money = line.payload.get(kind.money) if kind.money else None
    if isinstance(money, int):
        heading = next((one.bare_heading(language) for one in kind.columns if one.field == kind.money), "")
        amount = with_currency(f"{amount_of(money):,.2f}", parcel.currency, language)
        text += say(language, "list.digest_money", heading=heading, amount=amount)
    if kind.has_urgency and line.urgency == NOW:
        text = say(language, "list.digest_now", line=text)
    if reasons := reasons_of(line.payload):
        text = say(language, "list.digest_held", line=text, reasons=reasons_told(reasons, language))
    return DigestLine(text, f"{desk}/tasks/{line.task_id}" if desk else "")


def _escalated(parcel: Parcel, kind: Kind, language: Language) -> str:
    """How many urgent lines nobody has looked at, and what they are about in money."""
    told = say(language, "list.escalation_summary", lines=len(parcel.lines))
    worth = [line.payload.get(kind.money) for line in parcel.lines] if kind.money else []
    total = sum(one for one in worth if isinstance(one, int))
    if total:
        heading = next((one.bare_heading(language) for one in kind.columns if one.field == kind.money), "")
        amount = with_currency(f"{amount_of(total):,.2f}", parcel.currency, language)
        told += say(language, "list.total", heading=heading, amount=amount)
    return told


def title_of(parcel: Parcel, language: Language) -> str:
    name = kind_of(parcel.document.kind).called(language).capitalize()
    title = say(language, "list.title", kind=name, day=parcel.document.day)
    if parcel.purpose == "escalation":
        return say(language, "list.escalation", list=title)
    return title + say(language, "list.revised", edition=parcel.edition) if parcel.edition > 1 else title


def dated_title_of(parcel: Parcel, language: Language) -> str:
    """The title with the day up to which the list knows, and the morning for which it is."""
    day = parcel.document.day
    return title_of(parcel, language) + say(language, "list.as_of", day=day[5:], next=day_after(day)[5:])


def summary_of(parcel: Parcel, language: Language) -> str:
    """How many lines, how many urgent, and the kind's totals: by default the sum of each money column."""
    kind, lines = kind_of(parcel.document.kind), parcel.lines
    name = "list.summary" if kind.has_urgency else "list.summary_plain"
    summary = say(language, name, lines=len(lines), now=sum(line.urgency == 2 for line in lines))
    for column in kind.columns:
        is_total = column.field in kind.totals if kind.totals else column.unit == "money" and column.adds_up
        if is_total and any(line.payload.get(column.field) is not None for line in lines):
            total = sum(line.payload.get(column.field) or 0 for line in lines)
            told = f"{total:,}"
            if column.unit == "money":
                told = with_currency(f"{amount_of(total):,.2f}", parcel.currency, language)
            summary += say(language, "list.total", heading=column.bare_heading(language), amount=told)
    return summary
