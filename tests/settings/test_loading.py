"""A process parses and validates the same settings once, and still sees every change of them."""

from pathlib import Path

import pytest

from include.settings import loading
from include.settings.loading import load_merchant
from include.settings.yaml_reading.yaml_files import SettingsError, YamlFile, parse_yaml
from tests.settings.test_mistakes import MERCHANT, SHOP


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that are parsed, one after the other."""
    names: list[str] = []

    def counted(path: Path, text: str) -> YamlFile:
        names.append(path.name)
        return parse_yaml(path, text)

    monkeypatch.setattr(loading, "parse_yaml", counted)
    return names


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "shops").mkdir()
    (tmp_path / "merchant.yaml").write_text(MERCHANT, encoding="utf-8")
    (tmp_path / "shops" / "tmall.yaml").write_text(SHOP, encoding="utf-8")
    return tmp_path


def test_settings_that_did_not_change_are_parsed_once(folder: Path, parsed: list[str]) -> None:
    first = load_merchant(folder, folder / "home")
    assert load_merchant(folder, folder / "home") is first
    assert parsed == ["merchant.yaml", "tmall.yaml"]


def test_a_change_of_a_file_is_seen_by_the_same_process(folder: Path, parsed: list[str]) -> None:
    load_merchant(folder, folder / "home")
    (folder / "merchant.yaml").write_text(MERCHANT.replace("tea house", "tea shed!"), encoding="utf-8")
    assert load_merchant(folder, folder / "home").name == "tea shed!"
    assert len(parsed) == 4
    (folder / "shops" / "jd.yaml").write_text(SHOP.replace("tmall", "second"), encoding="utf-8")
    assert [shop.name for shop in load_merchant(folder, folder / "home").shops] == ["second", "tmall"]


def test_each_home_has_its_own_paths(folder: Path) -> None:
    assert load_merchant(folder, Path("/a")).raw == "/a/raw"
    assert load_merchant(folder, Path("/b")).raw == "/b/raw"


def test_a_mistake_is_told_each_time(folder: Path) -> None:
    (folder / "merchant.yaml").write_text(MERCHANT + "colour: red\n", encoding="utf-8")
    for _ in range(2):
        with pytest.raises(SettingsError, match=r"line 7: colour: there is no such setting"):
            load_merchant(folder, folder)
