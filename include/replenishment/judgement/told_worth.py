"""What an override was worth, in words: to learn from, not to blame for."""

from __future__ import annotations

from include.settings.currencies import with_currency
from include.tasks.by_hand.overrides import Score
from include.words.texts import Language, say


def told_worth(score: Score, language: Language, currency: str) -> str:
    """A sentence or two: sold, said by both, and who was nearer by how much."""
    if score.unknown_places == score.places:
        return say(language, "judgement.worth.unknown")
    numbers = say(
        language,
        "judgement.worth.numbers",
        sold=_units(score.units_sold),
        own=_units(score.units_without),
        said=_units(score.units_with),
    )
    units = abs(round(score.better_units))
    name = "same" if not units else "nearer" if score.better_units > 0 else "further"
    money = ""
    if score.better_micros is not None and units:
        amount = with_currency(f"{abs(score.better_micros) / 1_000_000:,.0f}", currency, language)
        money = say(language, "judgement.worth.money", money=amount)
    unknown = say(language, "judgement.worth.part", n=score.unknown_places) if score.unknown_places else ""
    return numbers + say(language, f"judgement.worth.{name}", units=_units(units), money=money) + unknown


def _units(number: float) -> str:
    return f"{number:,.0f}"
