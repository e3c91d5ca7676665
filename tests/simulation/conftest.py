from datetime import date
from pathlib import Path

import pytest

from include.simulation.specimen.business import Specimen
from include.simulation.specimen.settings import SpecimenSettings

FIRST_DAY, DAYS = date(2025, 8, 15), 92  # ends on 2025-11-14, with all of Double 11 inside
FORMATS = Path(__file__).parents[2].parent / "shared" / "FORMATS.md"


def settings(**changes: object) -> SpecimenSettings:
    values: dict = {"seed": 11, "skus": 60, "first_day": FIRST_DAY} | changes
    return SpecimenSettings(**values)


@pytest.fixture(scope="session")
def lived() -> Specimen:
    """A business of 60 skus that has lived through 92 days. Read only."""
    specimen = Specimen(settings())
    specimen.run_history(DAYS)
    return specimen


@pytest.fixture(scope="session")
def written(lived: Specimen, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The root of that business's exports of its last day but one. Read only."""
    root = tmp_path_factory.mktemp("exports")
    lived.write_day(root, date(2025, 11, 13))
    return root


@pytest.fixture(scope="session")
def formats() -> str:
    """The text that says how the platforms' files look."""
    if not FORMATS.exists():
        pytest.skip("FORMATS.md is not at hand, headers cannot be compared with it")
    return FORMATS.read_text(encoding="utf-8")
