"""Who may answer: people, by names that everybody can read."""

import pytest

from include.tasks.persons import is_person, plain_name


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("小王", True),
        ("张 三", True),
        ("José", True),
        ("=cmd", True),
        ("systemwart", True),
        ("长" * 100, True),
        ("长" * 101, False),
        ("", False),
        (" \u3000", False),
        ("storekeeper", False),
        (" Storekeeper", False),
        ("ＳＹＳＴＥＭ", False),
        ("系统", False),
        ("小\n王", False),
        ("小\x00王", False),
        ("小\u202e王", False),
        ("小\u200b王", False),
        ("\udcff王", False),
    ],
)
def test_a_person_is_nobody_but_a_person(name: str, is_one: bool) -> None:
    assert is_person(name) is is_one


def test_a_name_is_the_same_however_it_was_typed() -> None:
    assert plain_name(" Ａｍｙ\u3000") == plain_name("Amy") == "Amy"
    assert plain_name("Jose\u0301") == "José", "as macOS writes the names of folders"
