"""`targets`: what is to be paid in a year, quarter or month."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Annotated

from pydantic import Field, model_validator

from include.settings.yaml_reading.strict import Strict

PeriodName = Annotated[str, Field(pattern=r"^\d{4}(-Q[1-4]|-(0[1-9]|1[0-2]))?$")]
Amounts = Mapping[PeriodName, Annotated[Decimal, Field(gt=0)]]
MONTHS_OF_QUARTER = 3


def holds(whole: str, part: str) -> bool:
    """Whether the period `part` lies in `whole` and is not the whole: 2026 and 2026-Q4, 2026-Q4 and 2026-11."""
    if whole == part or whole[:4] != part[:4]:
        return False
    if len(whole) == len("2026"):
        return True
    is_month = "Q" not in part and len(part) > len("2026")
    return "Q" in whole and is_month and (int(part[5:]) - 1) // MONTHS_OF_QUARTER + 1 == int(whole[-1])


class Targets(Strict):
    """What is to be paid (支付金额, as the review counts it), in the merchant's currency, by period: `2026`, `2026-Q4`,
    `2026-11`. A period that says nothing has its part of the longer one, split by the calendar and the year before's
    sales; a shop that says nothing has its part of the business's."""

    paid: Amounts = Field(default_factory=dict, description="period -> of all shops together")
    shops: Mapping[str, Amounts] = Field(default_factory=dict, description="shop -> period -> of this shop alone")
    owner: str | None = Field(
        None,
        min_length=1,
        description="who is named if a target will not be reached, or if fewer visitors of a shop buy than did",
    )

    @model_validator(mode="after")
    def _parts_fit(self) -> "Targets":
        for called, amounts in self._all():
            for whole, amount in amounts.items():
                parts = {name: one for name, one in amounts.items() if holds(whole, name)}
                smallest = [name for name in parts if not any(holds(name, other) for other in parts)]
                if (stated := sum(parts[name] for name in smallest)) > amount:
                    raise ValueError(
                        f"{called}: {', '.join(sorted(smallest))} come to {stated}, more than the {amount} of {whole}"
                    )
        for period, amount in self.paid.items():
            stated = sum(own[period] for own in self.shops.values() if period in own)
            if stated > amount:
                raise ValueError(f"targets.shops come to {stated} for {period}, more than the {amount} of targets.paid")
        return self

    def _all(self) -> Iterator[tuple[str, Amounts]]:
        yield "targets.paid", self.paid
        for shop, amounts in self.shops.items():
            yield f"targets.shops.{shop}", amounts
