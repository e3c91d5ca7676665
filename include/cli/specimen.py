"""A simulated merchant's files: `write` makes a history and some days, `go-on` lives on from there; `german` is a
second merchant, in Germany.

    storekeeper specimen write --root FOLDER [--skus 240] [--until 2025-11-13] [--history-days 395] [--days 3]
        [--marketing]
    storekeeper specimen go-on --root FOLDER [--days 1] [--orders FILE.csv]
    storekeeper specimen german --root FOLDER [--skus 24] [--until 2025-11-26] [--history-days 400] [--days 3]

Nothing but the folder is touched: no merchant and no books are needed.
"""

from __future__ import annotations

import sys
from datetime import date, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from include.cli import options
from include.cli.command_line import Commands, session
from include.settings.saying import require_writable
from include.words.texts import say

if TYPE_CHECKING:
    from include.simulation.specimen.faults import Fault

Root = Annotated[Path, typer.Option(metavar="FOLDER")]
Until = Annotated[date, options.option("--until", of=options.a_date, metavar="DAY")]
Days = Annotated[int, options.number("--days", 0, "daily folders, the last one is --until")]
HistoryDays = Annotated[int, options.number("--history-days", 0)]
Skus = Annotated[int, options.number("--skus")]
Seed = Annotated[int, options.number("--seed", 0)]
StockKeeper = Literal["jushuitan", "jushuitan_goods", "wangdiantong", "guanyiyun", "kingdee", "kuaimai"]

commands = Commands("specimen", __doc__, "write a simulated merchant's files · 生成模拟商家的文件")


def require_specimen(command: str) -> None:
    """Ends the command with 2 in an image for production, which is without the simulated merchant."""
    if find_spec("include.simulation.specimen") is None:
        print(
            f"storekeeper {command}: the simulated merchant is not in this image; run it in a checkout "
            "· 镜像里没有模拟商家，请在源码目录里运行",
            file=sys.stderr,
        )
        raise typer.Exit(2)


@commands.command("write")
def write(
    root: Root,
    seed: Seed = 7,
    skus: Skus = 240,
    until: Until = "2025-11-13",  # type: ignore[assignment]
    history_days: HistoryDays = 395,
    days: Days = 3,
    lines_per_sku_day: Annotated[
        float, options.option("--lines-per-sku-day", of=options.amount, metavar="LINES")
    ] = 1.5,
    traffic_and_money: Annotated[
        bool, typer.Option("--traffic-and-money", help="visitors by listing and Douyin's settlement too")
    ] = False,
    marketing: Annotated[
        bool, typer.Option("--marketing", help="visitors by shop, advertising by channel and live sessions too")
    ] = False,
    marketing_faults: Annotated[
        list[str] | None,
        typer.Option(
            "--marketing-fault",
            metavar="KIND:SHOP:DAY:PART",
            help="conversion_leak or channel_loss of a shop from a day on; 0.5: half as many buy, or half comes back",
        ),
    ] = None,
    promotions: Annotated[
        bool, typer.Option("--promotions", help="the skus' own promotions, planned some weeks ahead")
    ] = False,
    without_customers: Annotated[
        bool, typer.Option("--without-customers", help="the ERP does not tell whose an order is: nobody is known")
    ] = False,
    shops: Annotated[
        tuple[str, str, str],
        typer.Option(
            metavar="SHOP SHOP SHOP",
            help="who sells in the three places: tmall, jd, douyin, or another in one's place "
            "(pinduoduo, kuaishou, youzan, shopify, amazon, woocommerce)",
        ),
    ] = ("tmall", "jd", "douyin"),
    stock_keeper: Annotated[StockKeeper, typer.Option()] = "jushuitan",
    wrong: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND:SHOP:DAY[:REPORT]",
            help="something that goes wrong with a day's exports; a wrong KIND is told with those there are",
        ),
    ] = None,
) -> None:
    """History up to the last days, then a folder a day."""
    if days + history_days == 0:
        options.fail("--days and --history-days: one day at least is lived · --days 和 --history-days 不能都是 0")
    require_specimen("specimen")
    from include.simulation.specimen.living import write_files
    from include.simulation.specimen.settings import SpecimenSettings

    faults = [fault_of(one) for one in wrong or ()]
    try:
        settings = SpecimenSettings(
            seed=seed,
            skus=skus,
            first_day=until - timedelta(days=days + history_days - 1),
            lines_per_sku_day=lines_per_sku_day,
            traffic_and_money=traffic_and_money,
            marketing=marketing or bool(marketing_faults),
            marketing_faults=tuple(marketing_faults or ()),
            promotions=promotions,
            customers_from_erp=not without_customers,
            shops=shops,
            stock_keeper=stock_keeper,
        )
    except (ValueError, OverflowError) as error:
        options.fail(str(error))
    require_writable(root)
    write_files(settings, root, history_days, days, faults, session().speaks)


@commands.command("go-on")
def go_on(
    root: Root,
    days: Annotated[int, options.number("--days")] = 1,
    orders: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="csv of orders placed on the first of these days: sku, warehouse, quantity, supplier"
        ),
    ] = None,
) -> None:
    """The days that follow, in a new process."""
    require_specimen("specimen")
    from include.simulation.specimen import living

    living.go_on(root, days, orders, session().speaks)


@commands.command("german")
def german(
    root: Root,
    seed: Seed = 7,
    skus: Skus = 24,
    until: Until = "2025-11-26",  # type: ignore[assignment]
    history_days: HistoryDays = 400,
    days: Days = 3,
) -> None:
    """A German shop on Shopify: its orders and its inventory."""
    require_specimen("specimen")
    from include.simulation.specimen.german import write_german_shop

    write_german_shop(root, until, days, history_days, skus, seed)
    print(say(session().speaks, "command.specimen.written", folder=root / "shopify"))


def fault_of(text: str) -> Fault:
    """`damaged_ids:tmall:2025-11-13:orders`; without the last part, all reports of the shop and day."""
    from include.simulation.specimen.faults import Fault

    try:
        kind, shop, day, *reports = text.split(":")
    except ValueError as error:
        raise options.wrong("KIND:SHOP:DAY[:REPORT]", "要写成 KIND:SHOP:DAY[:REPORT]", text) from error
    try:
        return Fault(kind, shop, options.a_date(day), reports=tuple(reports))
    except ValueError as error:
        options.fail(f"{text!r}: {error}")
