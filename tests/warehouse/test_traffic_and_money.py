"""Lines of traffic and money: published, read as of a day, and the schema that holds them."""

from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import Engine, inspect

from include.platforms.read_export import read_export
from include.quality.row_ledger import ledger
from include.quality.verdict import BatchContext
from include.warehouse.as_of import read_lines
from include.warehouse.migrate import MIGRATIONS, migrate
from include.warehouse.publish import Landed
from tests.quality.one_part import check_frames
from tests.warehouse.conftest import Deliver
from tests.warehouse.one_part import publish_export

FIXTURES = Path(__file__).parents[1] / "platforms" / "fixtures"


@pytest.mark.parametrize(
    ("file", "platform", "report", "frame", "column", "total"),
    [
        (
            "taobao/【生意参谋平台】商品_全部_2026-06-18_2026-06-18.xls",
            "taobao",
            "traffic",
            "traffic",
            "visitors",
            1_239,
        ),
        ("jd/钱包明细_2026-08.csv", "jd", "wallet", "money_movements", "amount_micros", 304_610_000),
        ("douyin/结算账单_20260930.csv", "douyin", "settlement", "money_movements", "amount_micros", 60_820_000),
    ],
)
def test_from_the_platforms_file_to_the_books(
    books: Engine, file: str, platform: str, report: str, frame: str, column: str, total: int
) -> None:
    # given a file, read and checked
    day = "2026-10-02"
    reading = read_export(FIXTURES / file, platform=platform, report=report)
    context = BatchContext.of(reading, shop="shop", day=day, checked_at=datetime(2026, 10, 3))
    verdict = check_frames(reading.frames, context, reading.rejected, reading.blemished)
    assert verdict.warnings.empty
    # when it is published, twice
    landed = Landed("shop", platform, report, day, "hash", file, 1, f"{day} 02:00:00", f"{day} 02:00:00")
    for _ in range(2):
        accounted = ledger(reading, verdict)
        publish_export(books, landed, verdict.frames, accounted, pd.DataFrame(), {"state": "published"})

    # then it stands there once
    assert int(read_lines(books, frame, day)[column].sum()) == total


def test_a_day_of_traffic_is_replaced_by_the_newer_export_and_parts_stand_apart(
    books: Engine, deliver: Deliver
) -> None:
    # given a product, one of its parts, and the shop as a whole, whose key is blank
    day = {"traffic_day": "2026-06-18"}
    first = [
        {**day, "listing_id": "68", "part": None, "visitors": 100, "paid_micros": 5},
        {**day, "listing_id": "68", "part": "ads 万相台", "visitors": None, "paid_micros": 2},
        {**day, "listing_id": None, "part": None, "visitors": 500, "paid_micros": 50},
    ]
    deliver("tmall", "2026-06-18", "2026-06-19 02:00:00", traffic=first)
    # when the shop as a whole comes again the next day, counted anew
    deliver("tmall", "2026-06-19", "2026-06-20 02:00:00", traffic=[{**first[2], "visitors": 510}])

    # then
    now = read_lines(books, "traffic", "2026-06-19")
    then = read_lines(books, "traffic", "2026-06-18")
    assert sorted(then["visitors"].fillna(-1)) == [-1, 100, 500]
    assert sorted(now["visitors"].fillna(-1)) == [-1, 100, 510]
    assert now.loc[now["part"].isna() & now["listing_id"].isna(), "visitors"].tolist() == [510]


def test_movements_come_once_and_keep_their_sign(books: Engine, deliver: Deliver) -> None:
    sale = {"movement_id": "7", "order_id": "1", "moved_at": "2026-08-10 09:00:20", "amount_micros": 56_000_000}
    fee = {"movement_id": "8", "order_id": "1", "moved_at": None, "amount_micros": -1_120_000, "fee": "佣金"}
    for day in ("2026-08-10", "2026-08-11"):
        deliver("tmall", day, f"{day} 23:00:00", money_movements=[sale, fee])

    movements = read_lines(books, "money_movements", "2026-08-11")

    assert movements["amount_micros"].tolist() == [56_000_000, -1_120_000]
    assert movements["moved_at"].isna().tolist() == [False, True]


def test_the_tables_come_and_go_with_their_revision(books: Engine) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with books.connect() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0001")
        connection.commit()
    assert not {"traffic", "money_movements"} & set(inspect(books).get_table_names())

    migrate(books)

    assert {"traffic", "money_movements"} <= set(inspect(books).get_table_names())
