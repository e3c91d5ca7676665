"""`./storekeeper inspect --list`, and the same list in the docs."""

import re
from pathlib import Path

import pytest

from include.platforms.registry import REPORTS
from tests.command_lines import storekeeper

main = storekeeper("inspect")

PAGE = Path(__file__).parents[2] / "docs" / "adding-a-shop.md"


def test_it_lists_every_report_with_its_title(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["--list"])

    lines = capsys.readouterr().out.splitlines()
    assert code == 0
    assert len(lines) == sum(len(reports) for reports in REPORTS.values())
    assert "amazon           unshipped        Amazon Unshipped Orders (units only)" in lines
    assert any(line.startswith("taobao = tmall   orders ") for line in lines)


def test_without_a_file_it_asks_for_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "--list" in capsys.readouterr().err


def test_the_docs_list_is_whole() -> None:
    told: dict[str, set[str]] = {}
    for platforms, reports in re.findall(
        r"^\| (`[^|]*`) \| (`[^|]*`) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE
    ):
        for platform in re.findall(r"`(\w+)`", platforms):
            told[platform] = set(re.findall(r"`(\w+)`", reports))

    assert told.pop("tmall") == told["taobao"]
    assert told == {platform: set(reports) for platform, reports in REPORTS.items()}
