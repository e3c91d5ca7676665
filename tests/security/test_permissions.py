"""What Storekeeper makes is its owner's alone; the merchant's own folder says who else may read lists."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from include.cli.app import main
from include.pipeline.push import deliver_waiting
from include.pipeline.recall import publish_recall_list
from include.pipeline.restock import publish_restock_lists
from include.pipeline.upkeep import back_up
from include.pipeline.write_data_docs import draw_data_docs
from include.privacy.own_files import make_as
from include.warehouse.model_registry import register
from tests.pipeline.erp_merchant import DAY, PRODUCTS, SOLD, STOCK, SUPPLIERS, ErpMerchant, day_of, product, sale

ELSE = stat.S_IRWXG | stat.S_IRWXO


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    """As a shell has it; what the code sets ends with the test."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def lived(home: Path, lists: str) -> ErpMerchant:
    """A day from exports to pushed lists, Data Docs, a model and a backup."""
    channel = {"name": "desk", "kind": "file", "lists": ["restock", "recall"], "path": lists}
    shop = ErpMerchant.at(home, channels=[channel])
    shop.put("web", DAY, "a.csv", SOLD, *(sale(str(n), "A") for n in range(8)), sale("9", "A", units=0))
    shop.put("erp", DAY, f"商品库存_{DAY}.csv", STOCK, "A,5,5,0,0,w1")
    shop.put("erp", DAY, "商品资料.csv", PRODUCTS, product("A"))
    shop.put("erp", DAY, "供应商.csv", SUPPLIERS, "G1,厂,7,7,")
    workspace, now = shop.workspace, shop.now(DAY)
    shop.live(DAY)
    saved = home / "saved"
    saved.mkdir()
    (saved / "churn.json").write_text("{}", encoding="utf-8")
    register(workspace, "churn", day_of(-1), saved, {}, is_released=True)
    publish_restock_lists(workspace, DAY, now)
    publish_recall_list(workspace, DAY, now)
    deliver_waiting(workspace, {}, now)
    draw_data_docs(workspace, DAY)
    back_up(workspace, DAY, now)
    workspace.books.dispose()
    return shop


def open_to_others(home: Path) -> dict[str, str]:
    """What is made below home and that others than its owner can do anything with -> its mode."""
    made = [path for path in home.rglob("*") if not path.is_relative_to(home / "exports")]
    modes = {str(path.relative_to(home)): stat.S_IMODE(path.stat().st_mode) for path in made}
    return {name: oct(mode) for name, mode in modes.items() if mode & ELSE}


def test_a_day_leaves_nothing_that_others_can_read(tmp_path: Path) -> None:
    lived(tmp_path, f"{tmp_path}/lists/{{day}}")
    made = {path.relative_to(tmp_path).parts[0] for path in tmp_path.rglob("*") if path.is_file()}
    assert {"books.sqlite", "raw", "lists", "models", "data_docs", "backups"} <= made
    # people put lists into it: whoever the merchant lets into the folder above it
    hand_back = "交回"
    assert {name: mode for name, mode in open_to_others(tmp_path).items() if hand_back not in name} == {}


def test_lists_are_for_whom_the_merchant_opened_their_folder(tmp_path: Path) -> None:
    lists = tmp_path / "lists"
    lists.mkdir()
    lists.chmod(0o2750)
    lived(tmp_path, f"{lists}/{{day}}")
    day = lists / DAY
    assert stat.S_IMODE(day.stat().st_mode) == 0o2750
    modes = {stat.S_IMODE(path.stat().st_mode) for path in day.iterdir() if path.is_file()}
    assert modes == {0o640}
    others = {name for name in open_to_others(tmp_path) if not name.startswith("lists")}
    assert others == set()


def test_a_folder_of_another_owner_s_tree_is_not_opened(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    os.umask(0o077)
    make_as(tmp_path / "lists" / "2025-11-11", above=tmp_path / "lists")
    assert stat.S_IMODE((tmp_path / "lists").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "lists" / "2025-11-11").stat().st_mode) == 0o700


def test_what_a_command_writes_is_its_owner_s(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["keys"]) == 0
    file = tmp_path / "made"
    file.write_text(capsys.readouterr().out)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
