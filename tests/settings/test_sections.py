"""Every number that is the merchant's judgement stands in the settings, with its reason and one default."""

import logging
import re
from collections.abc import Iterator
from dataclasses import MISSING, fields
from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError

from include.replenishment.policy import StockPolicy, TransportCosts, policy_of
from include.settings.channels import HandBack
from include.settings.checking import Checking
from include.settings.people.customers import Customers
from include.settings.stock.demand import Bulk, Demand
from include.settings.stock.excess import Excess
from include.settings.stock.replenishment import Replenishment

ROOT = Path(__file__).parents[2]


def sections(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """A section and those within it."""
    yield model
    for field in model.model_fields.values():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from sections(field.annotation)


@pytest.mark.parametrize("value", [StockPolicy, TransportCosts])
def test_what_is_made_of_the_settings_has_no_default_of_its_own(value: type) -> None:
    given = [one.name for one in fields(value) if one.default is not MISSING or one.default_factory is not MISSING]
    assert given == []


def test_what_stood_beside_the_excess_section_still_answers() -> None:
    said = {"excess_cover_days": 60, "excess_min_saving": 5, "excess_patience_days": 0, "excess": {"thin_margin": 0.2}}
    assert Replenishment.model_validate(said).excess == Excess(
        cover_days=60, min_saving=5, patience_days=0, thin_margin=0.2
    )


def test_what_is_said_under_its_old_and_its_new_name_is_an_error() -> None:
    said = {"excess_cover_days": 60, "excess": {"cover_days": 60}}
    with pytest.raises(ValidationError, match=r"keep excess\.cover_days"):
        Replenishment.model_validate(said)


def test_severe_is_twice_the_usual_unless_it_is_said() -> None:
    twice = policy_of(Replenishment(excess=Excess(cover_days=60))).excess
    assert (twice.severely_slow_days, twice.severely_old_days) == (120, 180)
    said = Excess(cover_days=60, severe_cover_days=100, age_days=30, severe_age_days=45)
    assert (said.severely_slow_days, said.severely_old_days) == (100, 45)
    with pytest.raises(ValidationError, match=r"severe_cover_days \(50\) is below cover_days \(60\)"):
        Excess(cover_days=60, severe_cover_days=50)


@pytest.mark.parametrize("section", [s for top in (Replenishment, Customers, Demand, HandBack) for s in sections(top)])
def test_no_setting_is_without_effect(section: type[BaseModel]) -> None:
    """Each is read somewhere, by its own name."""
    files = [path for top in ("include", "plugins", "dags") for path in (ROOT / top).rglob("*.py")]
    text = "\n".join(path.read_text(encoding="utf-8") for path in files)
    unread = [name for name in section.model_fields if not re.search(rf"\.{name}\b", text)]
    assert unread == []


@pytest.mark.parametrize(
    ("section", "old", "now", "value"),
    [
        (Customers, "most_contacts", "max_contacts", (2, 90)),
        (Customers, "least_silence_days", "min_silence_days", 21),
        (Replenishment, "holding_cost_a_year", "holding_cost_per_year", 0.3),
        (Replenishment, "urgent_loss_a_day", "urgent_loss_per_day", 50.0),
        (Checking, "most_units_a_line", "max_units_per_line", 7),
        (Bulk, "least_times", "min_times", 4.0),
    ],
)
def test_bounds_answer_to_what_they_were_called(
    section: type[BaseModel], old: str, now: str, value: object, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert getattr(section.model_validate({old: value}), now) == value
    assert f"the setting {old} is called {now} now" in caplog.text
    with pytest.raises(ValidationError, match=f"{old} and {now} say the same thing"):
        section.model_validate({old: value, now: value})
    with pytest.raises(ValidationError, match="least_of_nothing"):
        section.model_validate({"least_of_nothing": 1})
