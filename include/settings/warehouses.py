"""A warehouse: its names, and the provinces that it serves."""

import re

from pydantic import Field, field_validator

from include.settings.yaml_reading.strict import Strict

_PROVINCE_ENDS = re.compile(r"(?<=[一-鿿]{2})(?:壮族自治区|回族自治区|维吾尔自治区|自治区|特别行政区|省|市)$")


class Warehouse(Strict):
    name: str = Field(description="its own name, by which lists call it")
    serves: tuple[str, ...] = Field((), description="provinces whose orders it should send")
    other_names: tuple[str, ...] = Field((), description="what exports call it besides: each report may have its own")

    @field_validator("serves")
    @classmethod
    def _as_orders_call_them(cls, said: tuple[str, ...]) -> tuple[str, ...]:
        """广东省 and 上海市 are 广东 and 上海 in all orders."""
        return tuple(_PROVINCE_ENDS.sub("", place.strip()) for place in said)
