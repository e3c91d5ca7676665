"""A mistake in the settings is told with file, line and key, and never taken for something else."""

import base64
import os
from datetime import date, time
from pathlib import Path

import pytest

from include import platforms
from include.cli.keys import new_keys
from include.platforms.registry import REPORTS
from include.settings import report_names
from include.settings.loading import load_merchant
from include.settings.merchant import Merchant
from include.settings.yaml_reading.yaml_files import SettingsError
from include.warehouse.workspace import Keys
from tests.pipeline.test_commands_in_chinese import english_in

MERCHANT = """\
name: tea house
language: en
running:
  clock_starts: 2100-01-01
warehouses:
  - name: w1
"""
SHOP = """\
name: tmall
platform: taobao
source: {path: "/in/{day}"}
reports:
  orders: {pattern: "ExportOrderList*"}
"""


def load(folder: Path, merchant: str = MERCHANT, **shops: str) -> Merchant:
    (folder / "shops").mkdir(parents=True, exist_ok=True)
    (folder / "merchant.yaml").write_text(merchant, encoding="utf-8")
    for name, text in (shops or {"tmall": SHOP}).items():
        (folder / "shops" / f"{name}.yaml").write_text(text, encoding="utf-8")
    return load_merchant(folder, folder / "home")


def error_of(folder: Path, merchant: str = MERCHANT, **shops: str) -> str:
    with pytest.raises(SettingsError) as error:
        load(folder, merchant, **shops)
    return str(error.value)


@pytest.mark.parametrize("written", ["10:30", '"10:30"', "'10:30:00'"])
def test_a_time_of_day_is_what_is_written_with_and_without_quotes(tmp_path: Path, written: str) -> None:
    settings = load(tmp_path, MERCHANT + f"closing:\n  cut_off: {written}\n")
    assert settings.closing.cut_off == time(10, 30)


@pytest.mark.parametrize("written", ["630", "10.5"])
def test_a_number_is_no_time_of_day(tmp_path: Path, written: str) -> None:
    told = error_of(tmp_path, MERCHANT + f"closing:\n  cut_off: {written}\n")
    assert f'merchant.yaml, line 8: closing.cut_off: a time of day is written "06:30", found {written}' in told


def test_a_key_that_stands_twice_is_an_error_with_both_lines(tmp_path: Path) -> None:
    told = error_of(tmp_path, MERCHANT + "customers:\n  capacity: 3\ncustomers:\n  capacity: 4\n")
    assert "merchant.yaml, line 9: customers stands twice, first on line 7" in told
    told = error_of(tmp_path, tmall=SHOP + '  orders: {pattern: "x*"}\n')
    assert "tmall.yaml, line 6: reports.orders stands twice, first on line 5" in told


def test_a_misspelt_setting_is_told_with_the_nearest(tmp_path: Path) -> None:
    told = error_of(tmp_path, MERCHANT + "closing:\n  cutoff: '06:30'\n")
    assert "merchant.yaml, line 8: closing.cutoff: there is no such setting; did you mean cut_off?" in told
    told = error_of(tmp_path, tmall=SHOP.replace("pattern", "patern"))
    assert "tmall.yaml, line 5: reports.orders.patern: there is no such setting; did you mean pattern?" in told
    told = error_of(tmp_path, MERCHANT.replace("language: en", "language: zh") + "closing:\n  cutoff: '06:30'\n")
    assert "merchant.yaml，第 8 行: closing.cutoff: 没有这个设置，是不是 cut_off？" in told


def test_names_of_time_zone_platform_and_report_are_looked_at_when_the_settings_are_read(tmp_path: Path) -> None:
    told = error_of(tmp_path, MERCHANT + "time_zone: Asia/Shangai\n")
    assert (
        "merchant.yaml, line 7: time_zone: no time zone is called 'Asia/Shangai'; did you mean Asia/Shanghai?" in told
    )
    told = error_of(tmp_path, tmall=SHOP.replace("taobao", "toabao"))
    assert "tmall.yaml, line 1: platform 'toabao' is not known; did you mean taobao?" in told
    told = error_of(tmp_path, tmall=SHOP.replace("orders:", "order:"))
    assert "taobao has no report 'order'; did you mean orders?" in told


def test_a_day_that_is_none_is_told_with_its_key(tmp_path: Path) -> None:
    told = error_of(tmp_path, MERCHANT.replace("2100-01-01", "2100-13-01"))
    assert "merchant.yaml, line 4: running.clock_starts: expected a day such as 2026-05-12, found '2100-13-01'" in told
    assert load(tmp_path).running.clock_starts == date(2100, 1, 1)


def test_what_is_wrong_with_the_whole_does_not_print_the_whole(tmp_path: Path) -> None:
    told = error_of(tmp_path, a=SHOP, b=SHOP)
    assert "two shops are called tmall" in told
    assert "ExportOrderList" not in told
    told = error_of(tmp_path, tmall=SHOP.replace("/in/", "sftp://me:s3cret@host/in/"))
    assert "an address must not hold a password" in told
    assert "s3cret" not in told


def test_a_file_that_is_no_yaml_or_no_utf_8_is_named_with_its_line(tmp_path: Path) -> None:
    assert "merchant.yaml, line 3: not YAML" in error_of(tmp_path, "name: x\nlanguage: [en\n")
    (tmp_path / "merchant.yaml").write_bytes("name: 茶".encode("gbk"))
    with pytest.raises(SettingsError, match=r"merchant\.yaml: not UTF-8"):
        load_merchant(tmp_path, tmp_path)


def test_the_names_beside_the_settings_are_those_of_the_adapters() -> None:
    folders = {path.parent.name for path in Path(platforms.__file__).parent.glob("*/__init__.py")}
    own = {platform: set(reports) for platform, reports in REPORTS.items()}
    for platform, other in report_names.OTHER_NAMES:
        own[platform].add(other)
    assert {platform: set(names) for platform, names in report_names.REPORTS.items()} == own
    assert set(own) == folders


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"vault_secret": "k1"}, "vault_secret: expected key ids with their keys"),
        ({"vault_secret": {}}, "the keys lack vault_secret"),
        ({"vault_secret": {"k1": "abc"}}, "vault_secret.k1: expected 32 bytes in base64"),
        ({"vault_secret": {"k1": "***"}}, "vault_secret.k1: expected 32 bytes in base64 .* this is masked"),
        ({"customers_secret": base64.b64encode(os.urandom(16)).decode()}, "customers_secret: expected 32 bytes"),
        ({"customers_secret": 12}, "customers_secret: .* no text but int"),
        ({"vault_key_id": "k9"}, "'k9', which is not in the vault"),
    ],
)
def test_a_wrong_key_is_named_and_not_shown(change: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says) as error:
        Keys.from_mapping({**new_keys(), **change})
    assert "abc" not in str(error.value)


def test_keys_that_are_not_there_at_all_are_told_so() -> None:
    with pytest.raises(ValueError, match="the keys lack vault_secret, vault_key_id, customers_secret"):
        Keys.from_mapping({})


def test_a_word_that_yaml_takes_for_a_truth_is_what_is_written(tmp_path: Path) -> None:
    found = load(tmp_path, MERCHANT.replace("w1", "NO") + "calendar: NO\n")

    assert (found.warehouses[0].name, found.calendar) == ("NO", "NO")
    assert "expected a whole number, found 'yes'" in error_of(
        tmp_path / "2", MERCHANT + "replenishment: {default_lead_time_days: yes}\n"
    )


def test_what_people_call_the_yuan_is_no_code(tmp_path: Path) -> None:
    assert "RMB is no currency's code, CNY is" in error_of(tmp_path, tmall=SHOP + "currency: RMB\n")


def test_a_warehouse_serves_provinces_by_their_full_names_too(tmp_path: Path) -> None:
    found = load(tmp_path, MERCHANT + "    serves: [浙江省, 上海市, 广西壮族自治区, Bayern]\n")

    assert found.warehouse_of() == dict.fromkeys(("浙江", "上海", "广西", "Bayern"), "w1")


@pytest.mark.parametrize(
    ("section", "key", "line"),
    [
        ("customers", "most_contacts: many", 9),
        ("customers", "max_contacts: many", 9),
        ("replenishment", "holding_cost_a_year: dear", 9),
        ("replenishment", "budget_yuan: much", 9),
        ("replenishment", "excess_cover_days: long", 9),
    ],
)
def test_a_mistake_under_an_old_name_is_told_as_it_is_written(
    section: str, key: str, line: int, tmp_path: Path
) -> None:
    (tmp_path / "shops").mkdir()
    (tmp_path / "shops" / "tmall.yaml").write_text(SHOP, encoding="utf-8")
    (tmp_path / "merchant.yaml").write_text(f"{MERCHANT}{section}:\n  # a line\n  {key}\n", encoding="utf-8")
    with pytest.raises(SettingsError) as wrong:
        load_merchant(tmp_path, tmp_path)
    assert f"merchant.yaml, line {line}: {section}.{key.partition(':')[0]}: " in str(wrong.value)


RELATIVE = """
raw: kept
models: learnt
books: sqlite:///own.sqlite
backups: {to: spare}
channels:
  - {name: desk, kind: file, lists: [restock], path: "lists/{day}"}
"""


@pytest.mark.parametrize("home", [Path("var"), Path("/srv/storekeeper")])
def test_a_relative_folder_begins_in_the_home_wherever_a_command_runs(tmp_path: Path, home: Path) -> None:
    load(tmp_path, MERCHANT + RELATIVE)
    merchant = load_merchant(tmp_path, home)
    assert merchant.backups.to == f"{home}/spare"
    assert (merchant.raw, merchant.models, merchant.data_docs) == (
        f"{home}/kept", f"{home}/learnt", f"{home}/data_docs"
    )  # fmt: skip
    assert merchant.books == f"sqlite:///{home}/own.sqlite"
    assert merchant.channels[0].path == f"{home}/lists/{{day}}"


@pytest.mark.parametrize(
    ("wrong", "zh"),
    [
        ("currency: Yuan\n", "currency: 应为三个大写字母，如 CNY、EUR，写的是 'Yuan'"),
        ("backups: {days: 0}\n", "backups.days: 应不小于 1，写的是 0"),
        ("backups: {by: me}\n", "backups.by: 应为其中之一：'storekeeper', 'elsewhere'，写的是 'me'"),
        ("desk: {escalation: nobody}\n", "desk.escalation：'nobody' 不是给人看的渠道；可选：-"),
        ("calendar: Mars\n", "没有 'Mars' 的节假日"),
        ("name: two\n", "name 写了两次"),
        ("backups: {to: 'sftp://a:b@c/d'}\n", "backups.to: 地址里不能写密码：请放进 Airflow 连接"),
    ],
)
def test_a_chinese_merchant_is_told_a_mistake_in_chinese(tmp_path: Path, wrong: str, zh: str) -> None:
    with pytest.raises(SettingsError) as error:
        load(tmp_path, MERCHANT.replace("language: en\n", "") + wrong)
    told = error.value.both[0]
    assert zh in told
    assert english_in(told) == []
