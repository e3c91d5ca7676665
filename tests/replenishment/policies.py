"""Policies for tests: the settings' defaults with changes."""

from dataclasses import replace
from typing import Any

from include.replenishment.policy import StockPolicy, policy_of
from include.settings.stock.replenishment import CLASSES, Replenishment


def a_policy(**changes: Any) -> StockPolicy:
    """The policy of a merchant whose YAML says nothing, with `changes` by field."""
    return replace(policy_of(Replenishment()), **changes)


def at_level(level: float, **changes: Any) -> StockPolicy:
    """The same with one service level for every class."""
    return a_policy(service_levels=dict.fromkeys(CLASSES, level), **changes)
