"""Which files a merchant's people take from which platform, and where they lay them.

A business day's exports are taken the next night from 02:15 on and show what had happened by midnight:
`<root>/<shop>/<YYYY-MM-DD>/`. The opening history lies in `<root>/<shop>/history/`, in files of three months where a
platform exports no more at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from pathlib import Path

import numpy as np

from include.simulation.specimen import faults, snapshot
from include.simulation.specimen.business import Specimen
from include.simulation.specimen.faults import Fault
from include.simulation.specimen.regions import WAREHOUSES
from include.simulation.specimen.settings import ERP, SHOPS, day_number, stream
from include.simulation.specimen.writers import (
    amazon,
    douyin,
    douyin_settlement,
    jd,
    jushuitan,
    kuaishou,
    locked,
    pinduoduo,
    plans,
    shop_reports,
    shopify,
    stock_keepers,
    tmall,
    traffic,
    woocommerce,
    youzan,
)
from include.simulation.specimen.writers.sheet import Sheet

HISTORY_MONTHS = 3
# Each takes (specimen, snapshot, refunds, time of export, part).
OTHERS: dict[str, dict[str, Callable[..., Sheet]]] = {
    "pinduoduo": {"orders": pinduoduo.orders, "after_sale": pinduoduo.after_sale},
    "kuaishou": {"orders": kuaishou.orders, "after_sale": kuaishou.after_sale},
    "youzan": {"orders": youzan.orders, "items": youzan.items},
    "shopify": {"orders": shopify.orders},
    "amazon": {"orders": amazon.orders},
    "woocommerce": {"orders": woocommerce.orders},
}
# Each takes (specimen, place of the shop, first day, last day, time of export).
MARKETING: dict[str, dict[str, Callable[..., Sheet]]] = {
    "tmall": {"shop_traffic": shop_reports.tmall_shop, "ads": shop_reports.tmall_ads},
    "jd": {"shop_traffic": shop_reports.jd_shop, "ads": shop_reports.jd_ads},
    "douyin": {
        "shop_traffic": shop_reports.douyin_shop,
        "live_traffic": shop_reports.douyin_live,
        "ads": shop_reports.douyin_ads,
    },
    "pinduoduo": {"ads": shop_reports.pinduoduo_ads},
}
# Each takes (specimen, day, warehouse).
STOCK: dict[str, Callable[[Specimen, date, int], Sheet]] = {
    "jushuitan": jushuitan.stock,
    "jushuitan_goods": stock_keepers.jushuitan_goods,
    "wangdiantong": stock_keepers.wangdiantong,
    "guanyiyun": stock_keepers.guanyiyun,
    "kingdee": stock_keepers.kingdee,
    "kuaimai": stock_keepers.kuaimai,
}


@dataclass(frozen=True)
class Export:
    """One file to be: its shop and report, and the sheet made when it is needed."""

    shop: str
    report: str
    sheet: Callable[[], Sheet]


def write_day(specimen: Specimen, root: Path, day: date, wrong: Iterable[Fault] = ()) -> list[Path]:
    """Write all exports of a day, and those of earlier days that come late; returns the files written."""
    _check_lived(specimen, day)
    wrong = tuple(wrong)
    written: list[Path] = []
    for due in sorted({day, *(fault.day for fault in wrong if fault.kind == faults.LATE)}):
        for export in day_exports(specimen, due, wrong):
            hits = [fault for fault in wrong if fault.hits(export.shop, due, export.report)]
            if any(fault.kind == faults.MISSING for fault in hits):
                continue
            late = [fault.late_days for fault in hits if fault.kind == faults.LATE]
            if due + timedelta(days=max(late, default=0)) != day:
                continue
            sheet = export.sheet()
            for fault in hits:
                sheet = faults.spoil(sheet, fault, specimen.settings.seed)
            files = [write_sheet(sheet, root / export.shop / due.isoformat())]
            for fault in hits:
                files = [changed for path in files for changed in faults.spoil_file(path, fault)]
            written += files
    return written


def write_history(specimen: Specimen, root: Path, last_day: date) -> list[Path]:
    """Write the opening history from the first day up to and with `last_day`; returns the files written."""
    _check_lived(specimen, last_day)
    return [
        write_sheet(export.sheet(), root / export.shop / "history") for export in history_exports(specimen, last_day)
    ]


def day_exports(specimen: Specimen, day: date, wrong: tuple[Fault, ...] = ()) -> Iterator[Export]:
    """The exports of a business day, in the order in which they are taken."""
    instant = np.datetime64(day + timedelta(days=1), "s")
    first = day - timedelta(days=specimen.settings.look_back_days - 1)
    night = datetime.combine(day + timedelta(days=1), time(2, 15))
    all_shown = []
    for shop in range(len(specimen.settings.shops)):
        rows = snapshot.created_or_changed(specimen, shop, first, instant)
        shown = snapshot.take(specimen, rows, instant)
        all_shown.append(shown)
        yield from _shop_exports(specimen, shop, shown, first, day, night, part=0)
        if specimen.settings.traffic_and_money:
            yield from _traffic_and_money(specimen, shop, shown, first, day)
        yield from _marketing(specimen, shop, day, day, night)
        again = [fault for fault in wrong if fault.kind == faults.CHANGED_AMOUNTS and fault.day == day]
        for fault in again:
            if fault.shop == specimen.settings.shops[shop]:
                rng = stream(specimen.settings.seed, "faults", day_number(day), 99)
                changed = snapshot.with_changed_amounts(shown, rng, fault.share)
                morning = datetime.combine(night.date(), time(10, 30))
                exports = _shop_exports(specimen, shop, changed, first, day, morning, part=20)
                yield from (export for export in exports if export.report in ("orders", "items"))
    yield from _customers_of(specimen, all_shown, first, day)
    yield from _erp_exports(specimen, day, first_receipt=first, first_purchase=None)


def history_exports(specimen: Specimen, last_day: date) -> Iterator[Export]:
    """The exports of the opening history, all taken in the night after `last_day`."""
    instant = np.datetime64(last_day + timedelta(days=1), "s")
    night = datetime.combine(last_day + timedelta(days=1), time(1, 0))
    for part, (first, end) in enumerate(spans(specimen.settings.first_day, last_day)):
        taken, all_shown = night + timedelta(minutes=part), []
        for shop in range(len(specimen.settings.shops)):
            rows = snapshot.created_between(specimen, shop, first, end)
            shown = snapshot.take(specimen, rows, instant)
            all_shown.append(shown)
            yield from _shop_exports(
                specimen, shop, shown, first, end - timedelta(days=1), taken, part=part + 1, whole_period=True
            )
            yield from _marketing(specimen, shop, first, end - timedelta(days=1), taken)
        last = end - timedelta(days=1)
        yield from _customers_of(specimen, all_shown, first, last)
        yield Export(ERP.name, "stock_days", partial(jushuitan.stock_days, specimen, first, last, taken))
    yield from _erp_exports(
        specimen, last_day, specimen.settings.first_day, specimen.settings.first_day - timedelta(days=1)
    )


def _customers_of(specimen: Specimen, shown: list[snapshot.Snapshot], first: date, day: date) -> Iterator[Export]:
    """Whose the orders are, as the ERP tells it: of the three shops whose exports mask their buyers."""
    masked = [
        one for shop, one in zip(specimen.settings.shops, shown, strict=True) if shop in {shop.name for shop in SHOPS}
    ]
    if masked and specimen.settings.customers_from_erp:
        yield Export(ERP.name, "order_customers", partial(jushuitan.order_customers, specimen, masked, first, day))


def spans(first: date, last: date) -> Iterator[tuple[date, date]]:
    """Stretches of three calendar months that cover `first` to `last`, as (first day, day after the last)."""
    start = first
    while start <= last:
        month = start.month - 1 + HISTORY_MONTHS
        end = min(date(start.year + month // 12, month % 12 + 1, 1), last + timedelta(days=1))
        yield start, end
        start = end


def _shop_exports(
    specimen: Specimen,
    shop: int,
    shown: snapshot.Snapshot,
    first: date,
    day: date,
    taken: datetime,
    part: int,
    whole_period: bool = False,
) -> Iterator[Export]:
    """One shop's reports; over a whole period its refunds are those of the period's orders, whenever they came."""
    name = specimen.settings.shops[shop]
    back = shown.refunds if whole_period else snapshot.refunds_between(specimen, shop, first, shown.instant)
    if name == "tmall":
        yield Export(name, "orders", partial(tmall.orders, specimen, shown, taken))
        yield Export(name, "items", partial(tmall.items, specimen, shown, taken))
        yield Export(name, "refunds", partial(tmall.refunds, specimen, back, taken))
    elif name == "jd":
        yield Export(name, "orders", partial(jd.orders, specimen, shown, day, part))
        yield Export(name, "settlement", partial(jd.settlement, specimen, shown, back, first, day, taken))
    elif name == "douyin":
        yield Export(name, "orders", partial(douyin.orders, specimen, shown, taken, part))
        yield Export(name, "after_sale", partial(douyin.after_sale, specimen, back, taken))
    for report, write in OTHERS.get(name, {}).items():
        yield Export(name, report, partial(write, specimen, shown, back, taken, part))


def _traffic_and_money(
    specimen: Specimen, shop: int, shown: snapshot.Snapshot, first: date, day: date
) -> Iterator[Export]:
    """Reports of a day that no list needs: they are written where the settings ask for them."""
    name = specimen.settings.shops[shop]
    if name == "tmall":
        yield Export(name, "traffic", partial(traffic.tmall_products, specimen, shown, day))
    elif name == "jd":
        yield Export(name, "traffic", partial(traffic.jd_skus, specimen, shown, day))
    elif name == "douyin":
        back = snapshot.refunds_between(specimen, shop, first, shown.instant)
        yield Export(name, "traffic", partial(traffic.douyin_products, specimen, shown, day))
        yield Export(name, "settlement", partial(douyin_settlement.settlement, specimen, shown, back, first, day))


def _marketing(specimen: Specimen, shop: int, first: date, last: date, taken: datetime) -> Iterator[Export]:
    """Visitors of the shop, its advertising and live sessions from `first` to `last`."""
    name = specimen.settings.shops[shop]
    writers = MARKETING.get(name, {}) if specimen.settings.marketing else {}
    for report, write in writers.items():
        yield Export(name, report, partial(write, specimen, shop, first, last, taken))


def _erp_exports(specimen: Specimen, day: date, first_receipt: date, first_purchase: date | None) -> Iterator[Export]:
    keeper = specimen.settings.stock_keeper
    for warehouse in range(len(WAREHOUSES)):
        shop = keeper.removesuffix("_goods")  # another view of the same system
        yield Export(shop, "stock", partial(STOCK[keeper], specimen, day, warehouse))
    yield Export(ERP.name, "products", partial(jushuitan.products, specimen, day))
    yield Export(ERP.name, "listings", partial(jushuitan.listings, specimen, day))
    yield Export(ERP.name, "suppliers", partial(jushuitan.suppliers, specimen, day))
    yield Export(ERP.name, "purchase_orders", partial(jushuitan.purchase_orders, specimen, day, first_purchase))
    yield Export(ERP.name, "receipts", partial(jushuitan.receipts, specimen, day, first_receipt))
    if specimen.settings.promotions:
        yield Export(ERP.name, "promotions", partial(plans.promotions, specimen, day))


def write_sheet(sheet: Sheet, folder: Path) -> Path:
    """Write a sheet as the file that its name says, locked where it has a password; returns the file."""
    if sheet.name.endswith(".xls"):
        return tmall.write_xls(sheet, folder)
    if sheet.name.endswith(".xlsx"):
        path = jushuitan.write_xlsx(sheet, folder)
        return path if sheet.password is None else locked.lock(path, sheet.password)
    return sheet.to_csv(folder)


def _check_lived(specimen: Specimen, day: date) -> None:
    if not specimen.settings.first_day <= day <= specimen.last_day:
        raise ValueError(f"the specimen lived from {specimen.settings.first_day} to {specimen.last_day}, not on {day}")
