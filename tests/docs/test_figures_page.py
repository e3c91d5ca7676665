"""docs/figures.md is what scripts/figures_page.py writes; every figure is of tables that the books have."""

from include.kpi.kpi_figures import FIGURES, GOODS, SHOP
from include.warehouse.tables import metadata
from scripts import figures_page


def test_the_page_is_not_stale() -> None:
    assert figures_page.PAGE.read_text(encoding="utf-8") == figures_page.page(), "run `make pages`"


def test_every_figure_is_of_sums_and_tables_that_there_are() -> None:
    assert len({one.name for one in FIGURES}) == len(FIGURES)
    for one in FIGURES:
        assert set(one.needs) <= {*GOODS, *SHOP}, one.name
        assert set(one.tables) <= set(metadata.tables), one.name
