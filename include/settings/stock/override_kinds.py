"""The kinds of what people set on the desk over the model."""

from typing import Literal, get_args

What = Literal[
    "add", "replace", "multiply", "substitute", "successor", "block", "end", "service_level", "lead_time_days", "pack",
    "minimum", "supplier", "review_days",
]  # fmt: skip
"""add: so many units over the span; replace: so many a day; multiply: the forecast of the span times a number.
substitute, successor: the sku `value` sells in the place of this one, in the span or from a day on. block: not ordered.
end: sold off by `last_day`. The others: a parameter of the line."""
WHATS: tuple[What, ...] = get_args(What)
