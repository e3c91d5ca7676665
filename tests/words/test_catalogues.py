"""The catalogues of texts: whole, in both languages, as the code asks for them, and nothing else in the code."""

import io
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from include.tasks.kinds import KINDS
from include.words.texts import LANGUAGES, NoTextError, has_text, in_each, joined, say, say_first, say_number
from scripts.write_words import (
    catalogue_file,
    catalogues,
    is_asked_for,
    mistakes_in,
    names_asked_for,
    read_catalogue,
    updated,
    written,
)

INCLUDE = Path(__file__).parents[2] / "include"


@pytest.fixture(scope="module")
def asked() -> set[str]:
    return names_asked_for()


@pytest.mark.parametrize("name", catalogues())
def test_a_catalogue_is_whole_and_as_make_words_writes_it(name: str, asked: set[str]) -> None:
    read = {language: read_catalogue(catalogue_file(language, name), language) for language in LANGUAGES}

    assert mistakes_in(name, read) == []
    for language, catalogue in read.items():
        text = catalogue_file(language, name).read_text(encoding="utf-8")
        assert text == written(updated(catalogue, name, asked)), "run `make words`"


def catalogue_of(text: str, language: str = "en"):
    return read_po(io.BytesIO(text.encode()), locale=language)


def test_what_a_translator_can_forget_is_told() -> None:
    # given one text without a translation, one with other values, one marked fuzzy
    chinese = (
        'msgid "list.a"\nmsgstr "共 {lines} 行"\n\nmsgid "list.b"\nmsgstr ""\n\n#, fuzzy\nmsgid "list.c"\nmsgstr "丙"\n'
    )
    english = 'msgid "list.a"\nmsgstr "{line} lines"\n\nmsgid "list.b"\nmsgstr "b"\n\nmsgid "list.c"\nmsgstr "c"\n'

    told = mistakes_in("list", {"zh": catalogue_of(chinese, "zh"), "en": catalogue_of(english)})

    assert [one.rpartition("list.")[2][:20] for one in told] == [
        "a has other values i", "b has no text", "c is marked fuzzy: l",
    ]  # fmt: skip


def test_a_bracket_that_is_not_closed_is_told() -> None:
    broken = catalogue_of('msgid "list.a"\nmsgstr "{lines rows"\n')
    assert mistakes_in("list", {"en": broken}) == [
        "include/words/locales/en/LC_MESSAGES/list.po: list.a cannot be filled in: expected '}' before end of string"
    ]


def test_a_new_text_gets_an_empty_entry_and_one_that_nobody_asks_for_goes() -> None:
    old = catalogue_of('msgid "list.gone"\nmsgstr "x"\n\nmsgid "list.kept"\nmsgstr "y"\n')

    new = updated(old, "list", {"list.kept", "list.new", "receipt.title", "*.column.sku"})

    assert [(message.id, message.string) for message in new if message.id] == [("list.kept", "y"), ("list.new", "")]


def test_names_with_a_part_that_is_known_later_count_as_asked_for(asked: set[str]) -> None:
    assert {"list.urgency.*", "*.column.sku", "receipt.sheet"} <= asked
    assert is_asked_for("restock.column.sku", asked)
    assert not is_asked_for("restock.nonsense", asked)


def test_texts_are_said_in_each_language_with_their_values() -> None:
    assert say("zh", "list.summary_plain", lines=3) == "共 3 行"
    assert in_each("list.summary_plain", lines=3) == ("共 3 行", "3 lines")
    assert in_each("list.summary_plain", lines=("三", "three")) == ("共 三 行", "three lines")
    assert joined("why.and", [("甲", "a"), ("乙", "b")]) == ("甲、乙", "a, b")
    assert say_first("en", "restock.no_such", "list.sum") == "Sum"
    assert [say_number("en", "recall.talk.open_cases", n)[:20] for n in (1, 2)] == [
        "1 after-sales case s", "2 after-sales cases ",
    ]  # fmt: skip
    assert say_number("zh", "recall.talk.open_cases", 2).startswith("2 笔售后")


def test_a_text_that_there_is_not_is_named() -> None:
    assert not has_text("list.no_such")
    with pytest.raises(NoTextError, match=r"'list.no_such' in list\.po \(zh\)"):
        say("zh", "list.no_such")
    with pytest.raises(ValueError, match="'fr'"):
        say("fr", "list.sum")


# What an earlier release called things, and planners did not understand.
NOBODY_SAYS = ("保护期", "不做的损失", "平时间隔", "赶不上断货", "不为其订货", "各办法")


@pytest.mark.parametrize("name", catalogues())
def test_planners_know_the_words(name: str) -> None:
    text = catalogue_file("zh", name).read_text(encoding="utf-8")
    assert [word for word in NOBODY_SAYS if word in text] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_list_has_its_name_its_columns_and_its_outcomes_in_words(language: str) -> None:
    for kind in KINDS.values():
        assert kind.called(language)
        for column in kind.columns_in(language):
            assert column.heading(language, "CNY"), (kind.name, column.field)
            assert column.meaning(language), (kind.name, column.field)
        for outcome in kind.outcomes:
            assert outcome.called(language)
