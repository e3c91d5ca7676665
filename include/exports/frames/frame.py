"""How a canonical frame is declared: each column once, with all that reader, checks and books need of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

TEXT, MONEY, UNITS, MOMENT, DAY, TRUTH = "text", "money", "units", "moment", "day", "truth"
_UNIT_OF = {MONEY: "micros", UNITS: "units", MOMENT: "moment", DAY: "day"}


@dataclass(frozen=True)
class Column:
    """A column of a canonical frame, and of the line table that keeps its rows.

    meaning: for docs/data-dictionary.md, in Markdown. unit: if another than the kind's own.
    asked: a report that is declared in YAML must say which header it is (or give it as a constant).
    required: an export without the column is stopped. if_empty: the severity of a row without a value; None: it may be.
    never_null: the books take no null. length: characters that they take, if the column has a limit of its own.
    kept_as: its name in the books, if a keyed hash of the value is kept instead of it.
    only_in_books: publishing adds it; no export has it.
    """

    name: str
    kind: str
    meaning: str
    unit: str | None = None
    asked: bool = False
    required: bool = False
    if_empty: Literal["critical", "warning"] | None = None
    never_null: bool = False
    length: int | None = None
    kept_as: str | None = None
    only_in_books: bool = False

    @property
    def book_name(self) -> str:
        return self.kept_as or self.name

    @property
    def shown_unit(self) -> str:
        """As the data dictionary says it; empty for text and truths."""
        return self.unit if self.unit is not None else _UNIT_OF.get(self.kind, "")


def needed(name: str, kind: str, meaning: str, **more: Any) -> Column:
    """A column that no row goes without: an export that lacks it is stopped, a row without a value is held back."""
    return Column(name, kind, meaning, required=True, if_empty="critical", never_null=True, **more)


@dataclass(frozen=True)
class Frame:
    """A canonical frame, and the line table that keeps its rows.

    key: what tells its rows apart within a shop. about, more: what a row is, for docs/data-dictionary.md, where the key
    stands between. number, shop: the meaning there of what tells rows of a file line apart, and of the shop.
    """

    name: str
    about: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    more: str = ""
    number: str = "0, 1, … where one file line gives several rows"
    shop: str = "the shop, by its name in the YAML"

    @property
    def kinds(self) -> Mapping[str, str]:
        """Column -> kind, of those that an export may bring."""
        return {column.name: column.kind for column in self.columns if not column.only_in_books}

    @property
    def asked(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.asked)

    @property
    def required(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.required)

    @property
    def if_empty(self) -> Mapping[str, str]:
        """Column -> severity of a row in which it is empty."""
        return {column.name: column.if_empty for column in self.columns if column.if_empty}
