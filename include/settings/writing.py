"""How a shop's files write numbers, times and quantities, if that is not how its platform writes them."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from include.settings.saying import BilingualError

Thousands = Literal[",", ".", " ", "'"]


class Writing(BaseModel):
    """Words that a shop, one of its reports or a declaration may say; the narrowest that says one counts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    decimal: Literal[".", ","] | None = Field(
        None, description='the sign before the cents: `decimal: ","` reads 1.234,50 (a point unless said)'
    )
    thousands: Thousands | None = Field(
        None, description="the sign between thousands, if it is not the other of comma and point"
    )
    day_first: bool | None = Field(
        None, description="12.11.2025 is the 12th of November (true) or 11/12/2025 is (false); unsaid, neither is read"
    )
    time_format: str | tuple[str, ...] | None = Field(
        None, description='how times are written, in the letters of strptime, e.g. "%d.%m.%Y %H:%M"'
    )
    units: Mapping[str, Annotated[int, Field(ge=1)]] | None = Field(
        None, description="word after a quantity -> pieces it stands for, e.g. {箱: 24, dozen: 12}"
    )

    @field_validator("time_format")
    @classmethod
    def _says_a_day(cls, said: str | tuple[str, ...] | None) -> str | tuple[str, ...] | None:
        for one in (said,) if isinstance(said, str) else said or ():
            if not all(any(letter in one for letter in part) for part in (("%d",), ("%m", "%b", "%B"), ("%y", "%Y"))):
                raise BilingualError.named("setting.time_format", said=repr(one))
        return said

    @model_validator(mode="after")
    def _two_signs(self) -> "Writing":
        if self.thousands is not None and self.thousands == (self.decimal or "."):
            raise BilingualError.named("setting.two_signs", sign=repr(self.thousands))
        return self

    @property
    def decimal_sign(self) -> str:
        return self.decimal or ("," if self.thousands == "." else ".")

    @property
    def time_formats(self) -> tuple[str, ...]:
        return (self.time_format,) if isinstance(self.time_format, str) else self.time_format or ()

    def over(self, wider: "Writing") -> "Writing":
        """What this says, and what `wider` says of the rest. Numbers are said as a whole, and so are times."""
        said: dict[str, Any] = {}
        for names in (("decimal", "thousands"), ("day_first", "time_format"), ("units",)):
            own = any(getattr(self, name) is not None for name in names)
            said |= {name: getattr(self if own else wider, name) for name in names}
        return Writing(**said)


AS_USUAL = Writing()
"""A point before the cents, commas between thousands, the year first."""
