"""A list in a few sentences, for chat and mail: how much there is, what is missing, what comes first."""

from dataclasses import dataclass

from include.calendar.business_days import day_after
from include.settings.currencies import with_currency
from include.tasks.channels.parcel import Parcel
from include.tasks.kinds import kind_of
from include.tasks.sheets.cells import amount_of
from include.tasks.wording import WORDS, Language

MOST_LINES = 10  # that fit into one chat message


@dataclass(frozen=True)
class Digest:
    title: str
    summary: str
    notes: tuple[str, ...]
    lines: tuple[str, ...]
    more: str

    def paragraphs(self) -> list[str]:
        return [part for part in (self.summary, *self.notes, *self.lines, self.more) if part]


def digest_of(parcel: Parcel, language: Language) -> Digest:
    """The parcel's digest. Lines about customers are counted and never told: chats are read by everyone in them."""
    kind, words, lines = kind_of(parcel.document.kind), WORDS[language], parcel.lines
    told = () if "customer" in kind.subject else lines[:MOST_LINES]
    left = len(lines) - len(told)
    return Digest(
        title=title_of(parcel, language),
        summary=summary_of(parcel, language),
        notes=tuple(note[language] for note in parcel.document.notes),
        lines=tuple(
            words["digest_line"].format(
                rank=line.rank,
                title=line.payload.get("title") or line.payload.get("sku") or "",
                sku=line.payload.get("sku") or "",
                warehouse=line.payload.get("warehouse") or "",
                quantity=line.payload.get("quantity") or 0,
            )
            for line in told
        ),
        more=words["digest_more"].format(count=left) if told and left else "",
    )


def title_of(parcel: Parcel, language: Language) -> str:
    kind, words = kind_of(parcel.document.kind), WORDS[language]
    name = kind.zh if language == "zh" else kind.en.capitalize()
    title = words["list"].format(kind=name, day=parcel.document.day)
    return title + words["revised"].format(edition=parcel.edition) if parcel.edition > 1 else title


def dated_title_of(parcel: Parcel, language: Language) -> str:
    """The title with the day up to which the list knows, and the morning for which it is."""
    day = parcel.document.day
    return title_of(parcel, language) + WORDS[language]["as_of"].format(day=day[5:], next=day_after(day)[5:])


def summary_of(parcel: Parcel, language: Language) -> str:
    """How many lines, how many urgent, and the kind's totals: by default the sum of each money column."""
    kind, words, lines = kind_of(parcel.document.kind), WORDS[language], parcel.lines
    summary = words["summary" if kind.has_urgency else "summary_plain"].format(
        lines=len(lines), now=sum(line.urgency == 2 for line in lines)
    )
    for column in kind.columns:
        is_total = column.field in kind.totals if kind.totals else column.unit == "money" and column.adds_up
        if is_total and any(line.payload.get(column.field) is not None for line in lines):
            total = sum(line.payload.get(column.field) or 0 for line in lines)
            told = f"{total:,}"
            if column.unit == "money":
                told = with_currency(f"{amount_of(total):,.2f}", parcel.currency, language)
            summary += words["total"].format(heading=column.bare_heading(language), amount=told)
    return summary
