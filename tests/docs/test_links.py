"""What README and docs promise is there: files behind relative links, make targets, modules, anchors."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "README.zh-CN.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
MAKE = re.compile(r"(?<![\w-])make ([a-z]+)(?![\w-])")
MODULE = re.compile(r"python -m ((?:include|scripts|examples|benchmarks)[\w.]*)")


def names(paths: list[Path]) -> list[str]:
    return [path.relative_to(ROOT).as_posix() for path in paths]


def code_of(text: str) -> str:
    return "\n".join(CODE.findall(text))


def broken_links(page: Path, text: str) -> list[str]:
    """Relative links that lead to no file, or to no heading of theirs."""
    broken = []
    for link in LINK.findall(CODE.sub("", text)):
        if re.match(r"[a-z]+:", link):
            continue
        target, _, anchor = link.partition("#")
        path = (page.parent / target).resolve() if target else page
        is_there = path.exists() and path.is_relative_to(ROOT)
        if is_there and anchor and path.suffix == ".md":
            is_there = anchor in anchors(path.read_text(encoding="utf-8"))
        if not is_there:
            broken.append(link)
    return broken


def anchors(text: str) -> set[str]:
    """The names that a Markdown page's headings have in links."""
    headings = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))


@pytest.mark.parametrize("page", PAGES, ids=names(PAGES))
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    assert broken_links(page, page.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("page", PAGES, ids=names(PAGES))
def test_every_make_command_is_a_target(page: Path) -> None:
    assert set(MAKE.findall(code_of(page.read_text(encoding="utf-8")))) <= make_targets()


@pytest.mark.parametrize("page", PAGES, ids=names(PAGES))
def test_every_module_that_is_run_exists(page: Path) -> None:
    for module in MODULE.findall(code_of(page.read_text(encoding="utf-8"))):
        place = ROOT.joinpath(*module.rstrip(".").split("."))
        assert place.with_suffix(".py").exists() or (place / "__main__.py").exists(), module


def test_both_readmes_give_the_same_commands() -> None:
    blocks = [
        [
            re.sub(
                r'"[^"]*"', '"..."', re.sub(r"\s+#.*", "", line)
            ).strip()  # what is said in quotes is in its language
            for block in re.findall(r"```\w*\n(.*?)```", (ROOT / name).read_text(encoding="utf-8"), flags=re.DOTALL)
            for line in block.splitlines()
            if re.match(r"\s*(?:(?:make|python|airflow|cp|export|docker|git|\.venv)\b|\./storekeeper)", line)
        ]
        for name in ("README.md", "README.zh-CN.md")
    ]
    assert blocks[0] == blocks[1]
    assert {"make demo", "make test", "make demo UP=1"} <= set(blocks[0])


def test_a_broken_link_is_noticed() -> None:
    page = ROOT / "docs" / "decisions.md"
    text = "[there](decisions.md) [gone](gone.md) [web](https://example.org) [no such part](decisions.md#no-such-part)"
    assert broken_links(page, text) == ["gone.md", "decisions.md#no-such-part"]
