"""Bring the catalogues of include/words/locales in line with the code: `make words`.

A text that the code asks for and no catalogue has gets an empty entry; a text that nobody asks for goes; the files get
one shape, whatever editor wrote them. What is left to do by hand is told: empty entries, and {values} that differ.
"""

import ast
import io
import re
import sys
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from string import Formatter

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po

from include.words.texts import LANGUAGES, LOCALES

ROOT = Path(__file__).parents[1]
_KIND = "include.tasks.kind"
_OF_A_KIND = {
    "Column": ("*.column.{}", "*.column.{}.meaning"),
    "in_both": ("*.column.{}", "*.column.{}.meaning"),
    "Outcome": ("*.outcome.{}",),
}
# Texts that need other values in each language, and why.
OTHER_VALUES = {
    "recall.opening.day": "a date has other parts in each language",
    "recall.why.spent": "the English sum names the currency once",
    "note.held_back_file": "the Chinese says it of the list at hand, without the day",
    "command.tasks.refused": "an English refusal names its task itself",
    "error.no_books": "the Chinese does not repeat the demo's variables",
}
_NAME = re.compile(r"[a-z_]+(\.[a-z0-9_]+)+")
_HEADER = """msgid ""
msgstr ""
"Language: {language}\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: {plurals}\\n"

"""


def catalogues() -> list[str]:
    """The names of all catalogues: list, receipt, restock ..."""
    return sorted({path.stem for path in LOCALES.rglob("*.po")})


def catalogue_file(language: str, name: str) -> Path:
    return LOCALES / language / "LC_MESSAGES" / f"{name}.po"


def read_catalogue(file: Path, language: str) -> Catalog:
    with file.open("rb") as written:
        return read_po(written, locale=language, abort_invalid=True)


def written(catalogue: Catalog) -> str:
    """A catalogue as its file: a header without dates, a line a text."""
    body = io.BytesIO()
    write_po(body, catalogue, width=0, omit_header=True, ignore_obsolete=True)
    header = _HEADER.format(language=catalogue.locale, plurals=catalogue.plural_forms)
    return header + body.getvalue().decode().strip() + "\n"


def names_in(code: str) -> Iterator[str]:
    """The names of texts in Python code, with * for a part that is only known later."""
    tree, known = ast.parse(code), {"*", *catalogues()}
    is_of_a_kind = any(
        (isinstance(node, ast.ImportFrom) and node.module == _KIND)
        or (isinstance(node, ast.ClassDef) and node.name == "Kind")
        for node in tree.body
    )
    for node in ast.walk(tree):
        name = _text_of(node)
        if _NAME.fullmatch(name.replace("*", "x")) and name.partition(".")[0] in known:
            yield name
        if isinstance(node, ast.Call) and is_of_a_kind:
            yield from _of_a_kind(node)


def names_in_template(text: str) -> Iterator[str]:
    """The same in a template of Jinja2, where ~ joins the part that is only known later."""
    known = {*catalogues()}
    for name, joins in re.findall(r"""["']([a-z_]+\.[a-z0-9_.]+)["'](\s*~)?""", text):
        if name.partition(".")[0] in known:
            yield f"{name}*" if joins else name


def _of_a_kind(node: ast.Call) -> Iterator[str]:
    """The names of a kind's texts that a call asks for; * is the kind, or `list`."""
    if isinstance(node.func, ast.Name) and node.func.id in _OF_A_KIND and (name := _text_of(node.args[0])):
        yield from (form.format(name) for form in _OF_A_KIND[node.func.id])
    if isinstance(node.func, ast.Attribute) and node.func.attr == "say" and (name := _text_of(node.args[1])):
        yield f"*.{name}"  # kind.say(language, "how")


def _text_of(node: ast.AST) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(_text_of(part) or "*" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def names_asked_for(root: Path = ROOT) -> set[str]:
    """The names of texts in all code and templates of the product; * stands for a part that is only known later."""
    asked: set[str] = set()
    for folder in ("include", "dags", "plugins", "scripts"):
        for path in sorted((root / folder).rglob("*.py")):
            asked.update(names_in(path.read_text(encoding="utf-8")))
        for path in sorted((root / folder).rglob("*.j2")):
            asked.update(names_in_template(path.read_text(encoding="utf-8")))
    texts = {name for name in asked if not name.endswith((".css", ".js", ".j2"))}  # desk.css is a file
    return {name for name in texts if re.search("[a-z]", name.partition(".")[2])}


def is_asked_for(name: str, asked: set[str]) -> bool:
    return name in asked or any("*" in pattern and fnmatchcase(name, pattern) for pattern in asked)


def updated(catalogue: Catalog, name: str, asked: set[str]) -> Catalog:
    """The catalogue with what the code asks for, in its own order, and without what it does not."""
    new = Catalog(locale=catalogue.locale)
    for message in catalogue:
        if message.id and is_asked_for(_id(message), asked):
            new.add(message.id, message.string, flags=message.flags, user_comments=message.user_comments)
    for missing in sorted(asked):
        if missing.startswith(f"{name}.") and "*" not in missing and missing not in new:
            new.add(missing, "")
    return new


def mistakes_in(name: str, by_language: dict[str, Catalog]) -> list[str]:
    """What a person has still to do in a catalogue."""
    told = []
    names = {_id(message): None for catalogue in by_language.values() for message in catalogue if message.id}
    for text in names:
        values = {}
        for language, catalogue in by_language.items():
            message = catalogue.get(text)
            where = f"{catalogue_file(language, name).relative_to(ROOT)}: {text}"
            if message is None or not all(_strings(message)):
                told.append(f"{where} has no text")
            elif message.fuzzy:
                told.append(f"{where} is marked fuzzy: look at it and take the mark away")
            else:
                try:
                    values[language] = {value for string in _strings(message) for value in _values(string)}
                except ValueError as error:  # a bracket that is not closed
                    told.append(f"{where} cannot be filled in: {error}")
        if text not in OTHER_VALUES and len({frozenset(one) for one in values.values()}) > 1:
            told.append(f"{text} has other values in each language: {values}")
    return told


def _id(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def _strings(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string or ())


def _values(text: str) -> set[str]:
    return {field for _, field, _, _ in Formatter().parse(text) if field is not None}


def main() -> int:
    asked, told = names_asked_for(), []
    for name in catalogues():
        new: dict[str, Catalog] = {}
        for language in LANGUAGES:
            file = catalogue_file(language, name)
            old = read_catalogue(file, language) if file.exists() else Catalog(locale=language)
            new[language] = updated(old, name, asked)
            file.write_text(written(new[language]), encoding="utf-8")
        told += mistakes_in(name, new)
    print("\n".join(told) or "every text is there, in each language")
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main())
