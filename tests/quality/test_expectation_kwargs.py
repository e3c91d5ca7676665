"""Arguments read once are those that Great Expectations reads one by one."""

import json

from include.quality.suites import PROJECT, great_expectations


def test_arguments_are_those_that_are_read_one_by_one() -> None:
    great_expectations()
    from great_expectations.core import ExpectationSuite

    seen = 0
    for file in sorted((PROJECT / "expectations").rglob("*.json")):
        described = json.loads(file.read_text(encoding="utf-8"))
        for one in ExpectationSuite(name=described["name"], expectations=described["expectations"]).expectations:
            assert one._get_domain_kwargs() == {key: one._get_success_kwarg(key) for key in one.domain_keys}
            keys = {*one.domain_keys, *one.success_keys}
            assert one._get_success_kwargs() == {key: one._get_success_kwarg(key) for key in keys}
            told = one._get_runtime_kwargs({"catch_exceptions": "told", "nobody_asks": 1})
            expected = {key: one._get_success_kwarg(key) for key in {*keys, *one.runtime_keys}}
            assert told.pop("catch_exceptions") == "told"
            assert told.pop("result_format")["result_format"] == "BASIC"
            assert told == {key: value for key, value in expected.items() if key in told}
            assert set(told) == set(expected) - {"catch_exceptions", "result_format"}
            seen += 1
    assert seen > 300
