"""The receipt of a list that was handed back: what was entered, what not and why, and what it comes to."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from xlsxwriter.worksheet import Worksheet

from include.tasks.answers.answers import Answers, Entered, EnteredLine
from include.tasks.answers.plausibility import money_of
from include.tasks.kind import Outcome, state_word
from include.tasks.kinds import KINDS
from include.tasks.privacy import masked
from include.tasks.sheets.cells import amount_of, neutral, new_workbook
from include.tasks.sheets.layout import height_of
from include.tasks.sheets.spreadsheet import FONT
from include.words.texts import Language, say, say_first

WIDTHS = (11, 6.5, 34, 18, 16, 46, 24, 11, 11)  # of its columns, in characters
DECIDED = ("accepted", "done")


@dataclass(frozen=True)
class HandedBack:
    """One file and what came of it. trouble: why nothing of it was entered, in words.
    is_known: the same content was entered before. now_at: where the file lies now, as people see it; folder: where
    what is corrected is put; list_at: where the list lies as it was pushed, if it still does."""

    file: str
    who: str | None
    at: datetime
    language: Language
    answers: Answers | None = None
    entered: Entered | None = None
    trouble: str = ""
    currency: str = "CNY"
    is_known: bool = False
    now_at: str = ""
    folder: str = ""
    list_at: str = ""

    @property
    def needs_a_person(self) -> bool:
        return bool((self.trouble and not self.is_known) or (self.entered and self.entered.problems))


@dataclass(frozen=True)
class Total:
    """lines, pieces and money (micros) of the lines that were accepted or done; of others, lines only."""

    lines: int
    pieces: int = 0
    money: int = 0


def total_of(lines: Sequence[EnteredLine]) -> Total:
    decided = [line for line in lines if line.state in DECIDED]
    return Total(
        lines=len(lines),
        pieces=sum(int(line.answer.get("quantity") or 0) for line in decided),
        money=sum(money_of(line.kind, line.payload, line.answer.get("quantity")) for line in decided),
    )


def _outcome_of(line: EnteredLine) -> Outcome | None:
    return next((one for one in KINDS[line.kind].outcomes if one.code == line.answer.get("outcome")), None)


def answer_word(line: EnteredLine, language: Language) -> str:
    """What was chosen in the drop-down of its answer."""
    outcome = _outcome_of(line) if KINDS[line.kind].answers_by_outcome else None
    return state_word(language, line.state) if outcome is None else outcome.called(language)


def _by_answer(lines: Sequence[EnteredLine], language: Language) -> dict[str, list[EnteredLine]]:
    """The lines by what was chosen: accepted, done, what came of contacts, refused."""
    by: dict[str, list[EnteredLine]] = {}
    order = {state: place for place, state in enumerate(("accepted", "done", "refused", "snoozed"))}
    for line in sorted(lines, key=lambda one: order.get(one.state, len(order))):
        by.setdefault(answer_word(line, language), []).append(line)
    return by


def write_receipt(said: HandedBack) -> bytes:
    """The receipt as a workbook."""
    buffer = io.BytesIO()
    book = new_workbook(buffer, default_format_properties=dict(FONT))  # it is written into
    _Page(book, said).write()
    book.close()
    return buffer.getvalue()


class _Page:
    """The one sheet of a receipt, written from top to bottom."""

    def __init__(self, book: Any, said: HandedBack) -> None:
        self.said, self.row = said, 0
        self.sheet: Worksheet = book.add_worksheet(self._text("receipt.sheet"))
        plain = {"font_size": 10, "valign": "top", "text_wrap": True, "align": "left"}
        red = {"bg_color": "#F8CBAD", "font_color": "#9C0006", "border": 1, "border_color": "#E6A58A"}
        head = {"bold": True, "font_color": "#FFFFFF", "border": 1, "valign": "vcenter", "text_wrap": True}
        self.styles = {
            "title": book.add_format({"bold": True, "font_size": 16, "valign": "vcenter"}),
            "section": book.add_format({"bold": True, "font_size": 12, "valign": "vcenter"}),
            "header": book.add_format({**head, "bg_color": "#305496"}),
            "red_header": book.add_format({**head, "bg_color": "#C00000"}),
            "plain": book.add_format(plain),
            "text": book.add_format({**plain, "border": 1, "border_color": "#D9D9D9"}),
            "count": book.add_format(
                {**plain, "align": "right", "num_format": "#,##0", "border": 1, "border_color": "#D9D9D9"}
            ),
            "money": book.add_format(
                {**plain, "align": "right", "num_format": "#,##0.00", "border": 1, "border_color": "#D9D9D9"}
            ),
            "red": book.add_format({**plain, **red}),
            "red_count": book.add_format({**plain, **red, "align": "right", "num_format": "#,##0"}),
        }

    def write(self) -> None:
        said = self.said
        for position, width in enumerate(WIDTHS):
            self.sheet.set_column(position, position, width)
        self._say(title_of_receipt(said), "title", 27)
        who = said.who or self._text("receipt.nobody")
        at = f"{said.at:%Y-%m-%d %H:%M}"
        self._say(self._text("receipt.handed_back", file=said.file, who=who, at=at))
        if said.now_at:
            self._say(self._text("receipt.now_at", place=said.now_at))
        if said.trouble:
            self._say(self._text("receipt.trouble", trouble=said.trouble), "red")
        if said.folder and said.answers is not None and said.needs_a_person:
            name = "receipt.correct_both" if said.list_at else "receipt.correct"
            self._say(self._text(name, place=said.now_at, list=said.list_at, folder=said.folder))
            kind = KINDS.get(said.answers.kind)
            if kind is not None and "customer" not in kind.subject:
                named = kind.called(said.language)
                file = f"{named}_{said.answers.day}_2.xlsx"
                self._say(self._text("receipt.clean", kind=named, day=said.answers.day, file=file))
        if said.entered is not None:
            for notice in said.entered.notices:
                self._say(notice)
            self._totals(said.entered)
            self._problems(said.entered)
            self._taken(said.entered)
        self.sheet.set_paper(9)
        self.sheet.set_landscape()
        self.sheet.fit_to_pages(1, 0)

    def _answer(self, line: EnteredLine) -> str:
        """The answer as the list calls it, with the word that stood there if that was another."""
        answer = answer_word(line, self.said.language)
        if line.state == "snoozed":
            answer = self._text("receipt.until", answer=answer, day=line.answer["until"])
        return self._text("receipt.written", answer=answer, word=line.word) if line.word else answer

    def _text(self, name: str, **values: Any) -> str:
        return say(self.said.language, name, **values)

    def _say(self, text: str, style: str = "plain", height: float | None = None) -> None:
        width = float(sum(WIDTHS))
        self.sheet.set_row(self.row, height or height_of([(text, width)]))
        self.sheet.merge_range(self.row, 0, self.row, len(WIDTHS) - 1, "", self.styles[style])
        self.sheet.write_string(self.row, 0, neutral(text), self.styles[style])
        self.row += 1

    def _cells(self, values: Sequence[Any], styles: Sequence[str]) -> None:
        texts = [(str(value), float(WIDTHS[place])) for place, value in enumerate(values) if isinstance(value, str)]
        self.sheet.set_row(self.row, height_of(texts))
        for position, (value, style) in enumerate(zip(values, styles, strict=True)):
            if isinstance(value, str):
                self.sheet.write_string(self.row, position, neutral(value), self.styles[style])
            else:
                self.sheet.write_number(self.row, position, value, self.styles[style])
        self.row += 1

    def _totals(self, entered: Entered) -> None:
        language = self.said.language
        new = [line for line in entered.lines if line.is_new]
        old = [line for line in entered.lines if not line.is_new]
        self.row += 1
        kinds = {line.kind for line in entered.lines}
        is_counted, money = any(KINDS[kind].counted for kind in kinds), self._money_heading(kinds)
        heads = [self._text("receipt.what"), self._text("receipt.lines")]
        heads += [*([self._text("receipt.pieces")] if is_counted else []), *([money] if money else [])]
        self._cells(heads, ["header"] * len(heads))
        entered_in_all = self._text("receipt.entered")
        rows = [(entered_in_all, new)]
        rows += [
            (self._text("receipt.entered_as", state=word), lines) for word, lines in _by_answer(new, language).items()
        ]
        rows.append((self._text("receipt.known"), old))
        for name, lines in rows:
            total = total_of(lines)
            if total.lines or name == entered_in_all:
                cells = [(name, "text"), (total.lines, "count")]
                cells += [(total.pieces, "count")] if is_counted else []
                cells += [(float(amount_of(total.money)), "money")] if money else []
                self._cells([value for value, _ in cells], [style for _, style in cells])
        wrong = len({(one.sheet, one.row) for one in entered.problems})
        if wrong:
            self._cells([self._text("receipt.left_out"), wrong], ["red", "red_count"])

    def _money_heading(self, kinds: set[str]) -> str:
        """What the lists of these kinds call the worth of their units; empty where units have none."""
        language, currency = self.said.language, self.said.currency
        return next(
            (
                column.heading(language, currency)
                for kind in sorted(kinds)
                for column in KINDS[kind].columns
                if column.field == KINDS[kind].money_of_units
            ),
            "",
        )

    def _problems(self, entered: Entered) -> None:
        self.row += 1
        if not entered.problems:
            self._say(self._text("receipt.done_well" if entered.lines else "receipt.nothing"), "section", 20)
            return
        self._say(self._text("receipt.problems"), "section", 20)
        headings = [
            self._text(f"receipt.column.{name}") for name in ("row", "rank", "product", "column", "found", "expected")
        ]
        self._cells(headings, ["red_header"] * 6)
        for one in entered.problems:
            place = f"{one.sheet} {one.row}" if one.sheet else str(one.row)
            rank = "" if one.rank is None else one.rank
            self._cells([place, rank, one.product, one.column, masked(one.found), one.expected], ["red"] * 6)

    def _taken(self, entered: Entered) -> None:
        if not entered.lines:
            return
        language = self.said.language
        self.row += 1
        self._say(self._text("receipt.taken"), "section", 20)
        kinds = [KINDS[line.kind] for line in entered.lines]
        names = ["row", "rank", "product", "answer"]
        names += ["outcome"] if any(not kind.answers_by_outcome for kind in kinds) else []
        names += ["reason"]
        names += ["expected_day", "quantity"] if any(kind.counted for kind in kinds) else []
        names += ["is_new"]
        kind = self.said.answers.kind if self.said.answers else ""
        headings = {name: say_first(language, f"{kind}.receipt.{name}", f"receipt.column.{name}") for name in names}
        self._cells(list(headings.values()), ["header"] * len(names))
        for line in entered.lines:
            outcome, said = _outcome_of(line), line.answer
            is_said = outcome is not None and said.get("reason") == outcome.called("zh")
            reason = "" if is_said else str(said.get("reason") or "")
            cells = {
                "row": f"{line.sheet} {line.row}" if line.sheet else str(line.row),
                "rank": "" if line.rank is None else line.rank,
                "product": line.product,
                "answer": self._answer(line),
                "outcome": outcome.called(language) if outcome else "",
                "reason": reason,
                "expected_day": str(said.get("expected_day") or ""),
                "quantity": int(said.get("quantity") or 0) or "",
                "is_new": self._text("receipt.new" if line.is_new else "receipt.not_new"),
            }
            styles = ["count" if name in ("rank", "quantity") else "text" for name in names]
            self._cells([cells[name] for name in names], styles)


def title_of_receipt(said: HandedBack) -> str:
    answers = said.answers
    kind = KINDS.get(answers.kind) if answers else None
    if answers is None or kind is None:
        return say(said.language, "receipt.title_of_file", file=said.file)
    return say(said.language, "receipt.title", kind=kind.called(said.language), day=answers.day)


def summary_of_receipt(said: HandedBack) -> str:
    """One line: what came of the file."""
    if said.entered is None:
        return said.trouble
    return say(
        said.language,
        "answer.entered",
        changed=said.entered.changed,
        unchanged=said.entered.unchanged,
        problems=len({(one.sheet, one.row) for one in said.entered.problems}),
    )
