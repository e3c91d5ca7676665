"""Writes docs/figures.md: every figure of the review, what it means, where it comes from, how it can be cut.

python -m scripts.figures_page            # writes the page
python -m scripts.figures_page --check    # ends with 1 if the page is stale
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from include.kpi.kpi_figures import FIGURES, Figure
from include.words.texts import say
from scripts.generated_page import write_or_check

PAGE = Path(__file__).resolve().parents[1] / "docs" / "figures.md"
HEAD = """# Figures of the business

Written by `make pages` from `include/kpi/kpi_figures.py`, which declares each figure once, and the catalogue `review`.
The desk's page `/review` (经营) shows them, see [desk.md](desk.md#review). All are as of the newest close. Sums are
whole micros; a figure of which one part is not known is unknown, and never zero.
"""
UNITS = {"count": "count", "money": "money", "price": "money each", "ratio": "number", "share": "per cent"}


def page() -> str:
    return "\n".join([HEAD, *("\n".join(_told(one)) for one in FIGURES)])


def _told(figure: Figure) -> list[str]:
    zh, en = (say(language, f"review.figure.{figure.name}") for language in ("zh", "en"))
    good = {"up": "higher", "down": "lower", "either": "neither by itself"}[figure.good]
    ripens = ", but it still grows after its period" if figure.ripens else ""
    tables = ", ".join(f"`{one}`" for one in figure.tables)
    cuts = "shop, platform, category" if figure.is_by_category else "shop, platform"
    return [
        f"## {en} · {zh}",
        say("en", f"review.meaning.{figure.name}"),
        "",
        say("zh", f"review.meaning.{figure.name}"),
        "",
        f"`{figure.name}`, {UNITS[figure.unit]}; good: {good}{ripens}; from {tables}; by {cuts}.",
        "",
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    return write_or_check(PAGE, lambda _: page(), __doc__, arguments)


if __name__ == "__main__":
    sys.exit(main())
