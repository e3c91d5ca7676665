"""Great Expectations' arguments of an expectation, read once a call.

Its own methods build the whole configuration anew for every single argument, dozens of times for each metric of each
expectation: a third of what a suite costs before it has looked at a row. These return the same. Import this module
through `include.quality.suites.great_expectations`.
"""

from collections.abc import Iterable
from typing import Any

from great_expectations.expectations.expectation import Expectation, parse_result_format


def domain_kwargs(expectation: Expectation) -> dict[str, Any]:
    """`Expectation._get_domain_kwargs`."""
    return _said_or_default(expectation, expectation.domain_keys)


def success_kwargs(expectation: Expectation) -> dict[str, Any]:
    """`Expectation._get_success_kwargs`."""
    return _said_or_default(expectation, [*expectation.success_keys, *expectation.domain_keys])


def runtime_kwargs(expectation: Expectation, runtime_configuration: dict[str, Any] | None = None) -> dict[str, Any]:
    """`Expectation._get_runtime_kwargs`."""
    kwargs = _said_or_default(expectation, expectation.runtime_keys)
    kwargs |= {key: value for key, value in (runtime_configuration or {}).items() if key in kwargs}
    kwargs |= success_kwargs(expectation)
    kwargs["result_format"] = parse_result_format(kwargs["result_format"])
    return kwargs


def _said_or_default(expectation: Expectation, keys: Iterable[str]) -> dict[str, Any]:
    said = expectation.configuration.kwargs
    return {key: said[key] if key in said else expectation._get_default_value(key) for key in keys}


for _name, _way in {
    "_get_domain_kwargs": domain_kwargs,
    "_get_success_kwargs": success_kwargs,
    "_get_runtime_kwargs": runtime_kwargs,
}.items():
    setattr(Expectation, _name, _way)
