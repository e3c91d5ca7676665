"""Every command speaks the language of its merchant: what a Chinese one is told has no English sentence in it."""

import base64
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, select
from typer.core import TyperGroup
from typer.main import get_command

from include.cli.app import app, main
from include.platforms.registry import REPORTS
from include.warehouse.tables import exports, facts_customer_orders
from include.warehouse.workspace import Keys
from tests.pipeline.conftest import EXAMPLE, FIRST

DAY = FIRST.isoformat()
# Two words of small letters in a row are English; what is in quotes or brackets was typed, or is a file's.
ENGLISH = re.compile(r"(?<![\w/.\-])[a-z]{2,}(?: [a-z]{2,})+(?![\w/.\-])")
# Commands whose whole output a machine reads, or that do nothing but what another program says.
FOR_MACHINES = {("keys",), ("tasks", "document"), ("airflow",)}
# Commands that live a business for minutes: their reports are held against their texts in tests of their own.
SLOW = {("replay",), ("replay-history",), ("rebuild",)}


def english_in(text: str) -> list[str]:
    titles = [report.title for reports in REPORTS.values() for report in reports.values()]
    for title in sorted(titles, key=len, reverse=True):  # what platforms call their reports, as adapters say it
        text = text.replace(title, "")
    for words in every_command():  # a command that is named is typed as it is called
        text = text.replace(f"storekeeper {' '.join(words)}", "")
    return ENGLISH.findall(text)


def every_command() -> set[tuple[str, ...]]:
    found, waiting = set(), [((), get_command(app))]
    while waiting:
        words, command = waiting.pop()
        if isinstance(command, TyperGroup):
            waiting += [((*words, name), one) for name, one in command.commands.items()]
        else:
            found.add(words)
    return found


def called(words: tuple[str, ...]) -> tuple[str, ...]:
    """The command of a command line."""
    fitting = [one for one in every_command() if one[0] == words[0] and set(one) <= set(words)]
    return max(fitting, key=len)


@pytest.fixture
def home(
    first_day: Path, desk_at: Callable[[Path], Any], keys: Keys, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Path:
    desk = desk_at(first_day)
    vault, customers = (base64.b64encode(key).decode() for key in (keys.newest, keys.customers))
    said = {"vault": {keys.vault_key_id: vault}, "vault_key_id": keys.vault_key_id, "customers": customers}
    monkeypatch.setenv("STOREKEEPER_MERCHANT", str(EXAMPLE))
    monkeypatch.setenv("STOREKEEPER_HOME", str(desk.home))
    monkeypatch.setenv("STOREKEEPER_KEYS", json.dumps(said))
    monkeypatch.chdir(tmp_path)
    return Path(desk.home)


def test_no_command_of_a_chinese_merchant_prints_an_english_sentence(
    home: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    books = create_engine(f"sqlite:///{home / 'books.sqlite'}")
    with books.connect() as connection:
        customer = connection.execute(select(facts_customer_orders.c.customer).limit(1)).scalar_one()
        export = connection.execute(select(exports.c.export_id).where(exports.c.day == DAY).limit(1)).scalar_one()
    books.dispose()
    file = next((home / "exports" / "tmall" / DAY).glob("ExportOrderList*.csv"))
    plain = tmp_path / "plain.csv"
    plain.write_text("alpha,beta\n1,2\n", encoding="utf-8")
    tmall = ["--shop", str(EXAMPLE / "shops" / "tmall.yaml")]
    said: dict[tuple[str, ...], str] = {}

    def typed(*words: str) -> str:
        assert main(words) in (0, 1, 2), words
        told = capsys.readouterr()
        assert english_in(told.out + told.err) == [], (words, told)
        said[called(words)] = told.out + told.err
        return told.out + told.err

    # a day that is lived again, and one that cannot be
    assert "接收 tmall" in typed("day", "--day", DAY)
    assert "推送" in said[("day",)]
    assert re.findall("dead|unknown", said[("day",)]) == [], "every count is called by a word"
    typed("day", "--day", "2025-12-01", "--step", "restock")
    # tasks and lists
    task = typed("tasks", "list", "--limit", "3").split()[0]
    typed("tasks", "list", "--kind", "nothing")
    for shown in (task, "nothing"):
        typed("tasks", "show", shown)
    for act in (["accept"], ["done"], ["reopen"], ["refuse", "--reason", "不要"]):
        typed("tasks", act[0], task, "--who", "li", *act[1:])
    typed("tasks", "verify")
    typed("tasks", "approvals")
    typed("tasks", "release", task, "--who", "boss")
    typed("tasks", "reject", task, "--who", "boss", "--reason", "太多")
    assert "写好" in typed("tasks", "sheet", "补货", DAY, "--out", str(tmp_path / "again.xlsx"))
    typed("tasks", "sheet", "补货", DAY, "--out", str(tmp_path / "again.xlsx"))
    typed("tasks", "settle", "0" * 64, "sent", "--who", "li")
    assert "已送达" in typed("tasks", "deliveries")
    (pushed,) = (home / "lists").rglob(f"补货*{DAY}.xlsx")
    handed = home / "lists" / "交回" / "li"
    handed.mkdir(parents=True, exist_ok=True)
    for one in (pushed, plain):
        typed("tasks", "answers", str(one), "--who", "li")
        shutil.copy(one, handed)
    assert "个文件" in typed("tasks", "hand-back", str(handed.parent))
    assert "没有文件夹" in typed("tasks", "hand-back", str(home / "nowhere"))
    # studies
    typed("accuracy", "--day", DAY)
    typed("overrides")
    typed("win-back", "2025-10")
    typed("what-if", "--day", DAY, "--budget", "1000", "--top", "3")
    typed("promotions", "plan", "--day", DAY)
    typed("promotions", "review", "--day", DAY)
    assert "没有发现问题" in typed("audit", "--nightly")
    # how it stands, and who hears of it
    assert "结账" in typed("status", "--days", "3")
    secrets = tmp_path / "secrets.json"
    secrets.write_text("{}", encoding="utf-8")
    assert "没人会知道" in typed("alerts", "test", "--secrets", str(secrets))
    begun = ("init", "--merchant", str(tmp_path / "begun"), "--home", str(tmp_path / "begun"))
    assert "--name" in typed(*begun)
    assert "密钥在" in typed(*begun, "--name", "好物", "--alerts", "wecom")
    assert "什么都没有写" in typed(*begun, "--name", "好物")
    # what is left when a machine is lost
    assert "已把这份备份取回并恢复校验" in typed("backup")
    assert "份导出文件" in typed("backup", "--list")
    assert "没有覆盖" in typed("restore")
    assert "没有 2020-01-01 的备份" in typed("restore", "--day", "2020-01-01")
    assert "已恢复账本" in typed("restore", "--into", f"sqlite:///{tmp_path / 'restored.sqlite'}")
    assert "没有要做的" in typed("migrate")
    # codes and files
    typed("listings", "unmapped")
    typed("listings", "map", str(plain), "--day", DAY)
    for command in ("dismiss", "restore"):
        typed("listings", command, "x", "--why", "对", "--day", DAY)
    typed("listings", "dismissed")
    assert "入账行数" in typed("exports", "list", "--day", DAY)
    for command, which in (("withdraw", export), ("restore", export), ("withdraw", "nothing")):
        typed("exports", command, which, "--why", "错了")
    assert "表头行" in typed("inspect", str(file), "--rows")
    assert "没有检查" in typed("inspect", str(file), *tmall, "--rows")
    typed("inspect", str(file), "--headers")
    typed("inspect", "--list")
    for wrong in (plain, tmp_path / "nowhere.csv"):
        typed("inspect", str(wrong))
        typed("inspect", str(wrong), *tmall)
    typed("scaffold", str(plain), "--shop", "Not A Name", "--root", str(tmp_path / "new"))
    # persons
    for command in ("find", "show", "erase", "unmerge", "merge"):
        typed("people", "--as", "li", "--why", "问", command, "--customer", customer)
    typed("people", "--as", "li", "--why", "问", "rotate")
    assert "查看" in typed("people", "--as", "li", "--why", "问", "access-log")
    # a simulated merchant
    few = ["--history-days", "60", "--days", "1"]
    typed("specimen", "write", "--root", str(tmp_path / "made"), "--skus", "4", *few)
    typed("specimen", "go-on", "--root", str(tmp_path / "made"))
    typed("specimen", "german", "--root", str(tmp_path / "german"), "--skus", "2", *few)
    assert every_command() - set(said) == FOR_MACHINES | SLOW


def test_english_is_found_where_it_stands() -> None:
    assert english_in("共 3 行，there is no folder here") == ["there is no folder here"]
    assert english_in("文件夹 /var/no such/x.csv 里的 orders，模型 rule-13-weeks") == []
