"""One merchant under Airflow for all the tests of this folder: they follow each other, each on what came before."""

import shutil
from collections.abc import Iterator
from datetime import timedelta

import pytest
import yaml
from sqlalchemy import NullPool, create_engine

from include.simulation.specimen import export_files
from include.simulation.specimen.business import Specimen
from include.simulation.specimen.settings import SpecimenSettings
from scripts.merchant_days import Place, airflow_at, onboard, run_day
from tests.planted import planted
from tests.scheduler.world import DAYS, HISTORY_DAYS, OPENING, ROOT, SECOND_PERSON, World


@pytest.fixture(scope="session")
def patched() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory, patched: pytest.MonkeyPatch) -> Iterator[World]:
    """A merchant under Airflow, whose exports name planted people in every personal column."""
    home = tmp_path_factory.mktemp("storekeeper")
    merchant = home / "merchant"
    shutil.copytree(ROOT / "examples" / "specimen", merchant)
    settings = yaml.safe_load((merchant / "merchant.yaml").read_text(encoding="utf-8"))
    settings["closing"] |= {"catch_up_seconds": 60, "look_every_seconds": 1}
    settings["running"]["retries"] = 0
    settings["desk"] = {"approve_above": 1}  # every purchase order waits for a second person
    (merchant / "merchant.yaml").write_text(yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8")
    first = OPENING - timedelta(days=HISTORY_DAYS - 1)
    specimen = Specimen(SpecimenSettings(seed=11, skus=30, first_day=first))
    specimen.run_history(HISTORY_DAYS)
    write = export_files.write_sheet
    patched.setattr(export_files, "write_sheet", lambda sheet, folder: write(planted(sheet), folder))
    specimen.write_history(home / "exports", OPENING)
    place = Place(merchant, home)
    with airflow_at(place, {SECOND_PERSON: "admin"}) as airflow:
        onboard(airflow.api, OPENING.isoformat(), print)
        # No pool: whoever reads the file of the books in this process, as the search for planted people does, takes the
        # locks of a connection that waits in one, and what that reads later may be old.
        yield World(airflow, place, specimen, create_engine(f"sqlite:///{home}/books.sqlite", poolclass=NullPool))


@pytest.fixture
def lived(world: World) -> World:
    """Every day has its lists: lived here where no test before did."""
    closed = {row[0] for row in world.rows("SELECT DISTINCT day FROM closes")}
    for day in DAYS:
        if day.isoformat() not in closed:
            world.put(day)
            run_day(world.airflow.api, day.isoformat(), print)
    return world
