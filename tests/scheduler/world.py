"""The merchant that the tests under Airflow's own scheduler share."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import Engine, text

from include.simulation.specimen.business import Specimen
from scripts.local_airflow import LocalAirflow
from scripts.merchant_days import Place

ROOT = Path(__file__).parents[2]
OPENING = date(2025, 11, 7)
DAYS = [OPENING + timedelta(days=n) for n in range(1, 5)]  # the last is the demo's last, which README speaks of
HISTORY_DAYS = 150
SECOND_PERSON = "boss"


@dataclass
class World:
    airflow: LocalAirflow
    place: Place
    specimen: Specimen
    books: Engine

    def rows(self, query: str, **values: str) -> list[tuple]:
        with self.books.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query), values)]

    @property
    def exports(self) -> Path:
        return self.place.home / "exports"

    def put(self, day: date) -> None:
        """The merchant lives the day, and its exports lie where they are looked for."""
        self.specimen.step(day)
        self.specimen.write_day(self.exports, day)
