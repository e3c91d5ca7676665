"""`storekeeper init`: a merchant's folder that is right, by options or by answers, and nothing overwritten."""

import json
import os
import shutil
import stat
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import typer

from include.cli.app import main
from include.cli.keys import keys_at
from include.cli.watching import set_up
from include.settings.loading import load_merchant
from include.settings.saying import BilingualError
from include.warehouse.workspace import Keys
from tests.command_lines import EXAMPLE, storekeeper

TODAY = datetime(2026, 3, 1, 9)


def begun(tmp_path: Path, *words: str) -> int:
    place = ["--merchant", str(tmp_path / "merchant"), "--home", str(tmp_path / "home")]
    return storekeeper("init")([*place, *words], lambda _: TODAY)


def loaded(tmp_path: Path) -> Any:
    """As the Dags read it, once a shop is there."""
    shutil.copy(EXAMPLE / "shops" / "jd.yaml", tmp_path / "merchant" / "shops")
    return load_merchant(tmp_path / "merchant", tmp_path / "home")


@pytest.mark.parametrize("kind", ["dingtalk", "wecom", "feishu", "mail", "webhook"])
def test_a_folder_by_options_is_read_by_the_dags(tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str) -> None:
    code = begun(tmp_path, "--name", "好物: #1 掌柜", "--alerts", kind, "--heartbeat", "https://hc-ping.com/x")
    assert code == 0, capsys.readouterr().err
    merchant = loaded(tmp_path)
    assert (merchant.name, merchant.currency, merchant.language) == ("好物: #1 掌柜", "CNY", "zh")
    assert merchant.running.clock_starts.isoformat() == "2026-03-01"
    assert (merchant.alerts.channels, merchant.alerts.heartbeat.url) == (("duty",), "https://hc-ping.com/x")
    assert [(one.name, one.kind) for one in merchant.channels] == [("desk", "file"), ("duty", kind)]
    keys = tmp_path / "home" / "keys.json"
    assert stat.S_IMODE(keys.stat().st_mode) == 0o600
    assert Keys.from_mapping(json.loads(keys.read_text())).vault_key_id == "k1"
    said = capsys.readouterr().out
    assert str(keys) in said
    assert "alerts test" in said


def test_another_country_says_its_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = ("--language", "en", "--name", "Kontor", "--time-zone", "Europe/Berlin", "--no-keys")
    assert begun(tmp_path, *own) == 1
    assert "--currency is missing" in capsys.readouterr().err
    assert not (tmp_path / "merchant").exists()
    assert begun(tmp_path, *own, "--currency", "EUR", "--calendar", "DE") == 0
    assert not (tmp_path / "home").exists()
    merchant = loaded(tmp_path)
    assert (merchant.calendar, merchant.alerts.channels) == ("DE", ())
    text = (tmp_path / "merchant" / "merchant.yaml").read_text(encoding="utf-8")
    assert "# of business days" in text
    assert "nobody hears of failures" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("wrong", "zh", "en"),
    [
        (("--time-zone", "Asia/Shangai"), "没有叫 'Asia/Shangai' 的时区，是不是 Asia/Shanghai？",
         "no time zone is called 'Asia/Shangai'; did you mean Asia/Shanghai?"),
        (("--currency", "Yuan"), "应为三个大写字母，如 CNY、EUR，写的是 'YUAN'",
         "expected three capital letters such as CNY or EUR, found 'YUAN'"),
        (("--heartbeat", "hc-ping.com"), "应为 http:// 或 https:// 开头的地址，写的是 'hc-ping.com'",
         "expected an address that begins with http:// or https://, found 'hc-ping.com'"),
        (("--calendar", "Mars"), "没有 'MARS' 的节假日：应为国家代码，如 CN、DE、US",
         "no holidays are known of 'MARS': expected a country such as CN, DE or US"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_by_its_option_in_one_language_and_nothing_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], wrong: tuple[str, str], zh: str, en: str
) -> None:
    assert begun(tmp_path, "--name", "x", *wrong) == 1
    assert capsys.readouterr().err == f"{wrong[0]}: {zh}\n"
    own = ("--language", "en", "--time-zone", "Europe/Berlin", "--currency", "EUR", "--calendar", "DE")
    assert begun(tmp_path, "--name", "x", *own, *wrong) == 1
    assert capsys.readouterr().err == f"{wrong[0]}: {en}\n"
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_written_leaves_nothing_behind(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The home is a file: the keys cannot lie in it."""
    (tmp_path / "home").write_text("")
    assert begun(tmp_path, "--name", "x") == 1
    assert "home" in capsys.readouterr().err
    assert [one.name for one in tmp_path.iterdir()] == ["home"]


def test_keys_go_into_a_file_of_their_owner_alone_and_never_over_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "keys.json"
    assert main(["keys", "--to", str(file)]) == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    said = file.read_text(encoding="utf-8")
    assert Keys.from_mapping(json.loads(said)).vault_key_id == "k1"
    assert json.loads(said)["customers_secret"] not in capsys.readouterr().out
    assert main(["keys", "--to", str(file), "--language", "en"]) == 1
    assert str(file) in capsys.readouterr().err
    assert file.read_text(encoding="utf-8") == said


def test_an_empty_file_of_keys_is_called_empty(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text("\n")
    with pytest.raises(BilingualError, match=r"keys\.json is empty: expected a set of keys") as told:
        keys_at(tmp_path, None)
    assert "是空的" in told.value.both[0]


@pytest.mark.parametrize("there", ["merchant/merchant.yaml", "home/keys.json"])
def test_nothing_is_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str], there: str) -> None:
    file = tmp_path / there
    file.parent.mkdir()
    file.write_text("mine")
    assert begun(tmp_path, "--name", "x") == 1
    assert str(file) in capsys.readouterr().err
    assert [one for one in tmp_path.rglob("*") if one.is_file()] == [file]
    assert file.read_text() == "mine"


def test_at_a_terminal_it_asks_and_asks_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter(["zh", "好物", "Asia/Shangai", "Asia/Shanghai", "CNY", "CN", "华东仓", "smoke", "wecom", ""])
    asked = []

    def prompt(text: str, default: Any = None, err: bool = False) -> str:
        asked.append(text)
        return next(answers) or default or ""

    monkeypatch.setattr(set_up.Asked.__init__, "__defaults__", (prompt,))
    monkeypatch.setattr(set_up.typer, "prompt", prompt)
    monkeypatch.setattr(set_up.sys.stdin, "isatty", lambda: True, raising=False)
    assert begun(tmp_path) == 0
    assert len(asked) == 10
    merchant = loaded(tmp_path)
    assert (merchant.name, merchant.warehouses[0].name, merchant.channels[1].kind) == ("好物", "华东仓", "wecom")


def test_a_wide_umask_does_not_open_the_keys(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        assert begun(tmp_path, "--name", "x") == 0
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "home" / "keys.json").stat().st_mode) == 0o600


@pytest.mark.parametrize("wrong", [("--name", ""), ("--name", "a\nb"), ("--warehouse", "  "), ("--warehouse", "")])
def test_a_name_is_a_name(tmp_path: Path, capsys: pytest.CaptureFixture[str], wrong: tuple[str, str]) -> None:
    named = ("--name", "好物") if wrong[0] != "--name" else ()
    assert begun(tmp_path, *named, *wrong) == 1
    assert f"{wrong[0]} 不能为空" in capsys.readouterr().err
    assert not (tmp_path / "merchant").exists()


def test_codes_may_be_written_small(tmp_path: Path) -> None:
    assert begun(tmp_path, "--name", "Kontor", "--currency", "eur", "--calendar", "de") == 0
    assert (loaded(tmp_path).currency, loaded(tmp_path).calendar) == ("EUR", "DE")


def test_whoever_breaks_off_is_told_nothing_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def breaks_off(*_: Any, **__: Any) -> None:
        raise typer.Abort

    monkeypatch.setattr(set_up.Asked, "value", breaks_off)
    assert begun(tmp_path, "--name", "x") == 130
    assert "Traceback" not in capsys.readouterr().err
