"""No text that people read is chosen by language in Python: the catalogues are its one home."""

import ast
from collections.abc import Iterator
from pathlib import Path

INCLUDE = Path(__file__).parents[2] / "include"

# Where Chinese and English still stand side by side in Python, and why.
SIDE_BY_SIDE = {
    "cli/command_line.py": "a wrong command line is told in both languages at once: nobody knows the reader's",
    "cli/replay.py": "the same",
    "cli/usage_errors.py": "the same",
    "customers/tags.py": "the tags' own names, from their YAML",
    "people/erase.py": "the stored fields why_zh of a certificate and of an erased line",
    "people/not_reached.py": "the certificate's stored field why_zh",
    "quality/findings.py": "the stored field title_zh of a check",
    "quality/quarantine.py": "the same",
    "quality/verdict.py": "the same",
    "settings/currencies.py": "names of a currency, beside the signs by which files are read",
    "settings/people/contacts.py": "the merchant's own names of channels and offers, and their usual ones",
    "settings/people/customers.py": "the same, for the channel of merchants who describe none",
    "settings/saying.py": "the error that carries both languages, until it is known who reads it",
    "settings/shops.py": "the merchant's own names of shops",
    "tasks/answers/hand_back_files.py": "names on people's disks, looked for again in both languages",
    "tasks/drafts.py": "a note's stored fields zh and en",
    "words/texts.py": "the languages themselves",
}


def chosen_by_language(tree: ast.Module) -> Iterator[str]:
    """What in a module tells languages apart: comparisons, tables by language, names that hold one of two texts."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            sides = [side.value for side in (node.left, *node.comparators) if isinstance(side, ast.Constant)]
            if {"zh", "en"} & {side for side in sides if isinstance(side, str)}:
                yield ast.unparse(node)
        elif isinstance(node, ast.Dict):
            cells = [(key.value, value) for key, value in zip(node.keys, node.values, strict=True) if is_text(key)]
            if {"zh", "en"} <= {key for key, _ in cells}:
                yield ast.unparse(node)
            yield from (key for key, value in cells if key.endswith("_zh") and is_text(value) and value.value)
        elif isinstance(node, (ast.Tuple, ast.List)):
            if [getattr(one, "value", None) for one in node.elts] in (["zh", "en"], ["en", "zh"]):
                yield ast.unparse(node)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and is_of_chinese(node.id):
            yield node.id
        elif isinstance(node, ast.arg) and is_of_chinese(node.arg):
            yield node.arg
        elif isinstance(node, ast.Attribute) and is_of_chinese(node.attr):
            yield ast.unparse(node)


def is_text(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def is_of_chinese(name: str) -> bool:
    return name.lower() in ("zh", "chinese") or name.lower().endswith("_zh")


def test_texts_are_chosen_by_language_in_the_catalogues_alone() -> None:
    found = {}
    for path in sorted(INCLUDE.rglob("*.py")):
        places = list(chosen_by_language(ast.parse(path.read_text(encoding="utf-8"))))
        if places:
            found[path.relative_to(INCLUDE).as_posix()] = places
    assert {path: places for path, places in found.items() if path not in SIDE_BY_SIDE} == {}
    assert set(SIDE_BY_SIDE) - set(found) == set(), "nothing stands side by side there any more: take it off the list"


def test_each_form_of_a_choice_is_seen() -> None:
    code = """
if language == "zh": pass
WORDS = {"zh": "共", "en": "sum"}
for each in ("zh", "en"): pass
told_zh = "共"
def told(chinese): pass
print(kind.zh, {"why_zh": "因为"})
say(language, "list.sum")
"""
    assert set(chosen_by_language(ast.parse(code))) == {
        "told_zh", "language == 'zh'", "{'zh': '共', 'en': 'sum'}", "('zh', 'en')", "chinese", "kind.zh", "why_zh",
    }  # fmt: skip
