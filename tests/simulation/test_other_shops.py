"""The same business sold through other platforms: their exports, read by the adapters, are what happened."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from include.exports.reading import Reading
from include.files.errors import ExportError
from include.platforms.read_export import read_export
from include.simulation.specimen import snapshot
from include.simulation.specimen.business import Specimen
from include.simulation.specimen.export_files import STOCK, write_sheet
from include.simulation.specimen.orders import BRUSHING
from include.simulation.specimen.settings import SpecimenSettings
from include.simulation.specimen.writers import amazon, kuaishou, pinduoduo, shopify, stock_keepers, woocommerce, youzan

FIRST, LAST = date(2025, 10, 20), date(2025, 11, 14)
MARKS = {"SD": "brushing", "赠品": "gift"}
USUAL = SpecimenSettings(skus=40, first_day=FIRST)
SETTINGS = [
    replace(USUAL, shops=("pinduoduo", "kuaishou", "shopify"), stock_keeper="wangdiantong"),
    replace(USUAL, shops=("youzan", "amazon", "douyin")),
]
KINDS = {"售后": "refunds", "商品报表": "order_lines", "库存": "stock"}
Readings = dict[tuple[str, str], Reading]


class Business:
    """A business that was lived through, the readings of its history and what its orders were at its end."""

    def __init__(self, specimen: Specimen, folder: Path) -> None:
        self.specimen = specimen
        self.history: Readings = {}
        for path in specimen.write_history(folder, LAST - timedelta(days=1)):
            shop = path.parent.parent.name
            if shop in ("jushuitan", "douyin"):
                continue
            kind = next((kind for start, kind in KINDS.items() if path.name.startswith(start)), "orders")
            self.history[shop, kind if kind != "stock" else path.name] = read_export(
                path, platform=shop, report=kind, remark_marks=MARKS, password=kuaishou.PASSWORD
            )

    def seen(self, shop: str) -> snapshot.Snapshot:
        place, end = self.specimen.settings.shops.index(shop), LAST
        rows = snapshot.created_between(self.specimen, place, FIRST, end)
        return snapshot.take(self.specimen, rows, np.datetime64(end, "s"))


@pytest.fixture(scope="module")
def businesses(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Business]:
    """shop -> the business in which it sells."""
    found = {}
    for settings in SETTINGS:
        specimen = Specimen(settings)
        specimen.run_history((LAST - FIRST).days + 1)
        business = Business(specimen, tmp_path_factory.mktemp("exports"))
        found |= dict.fromkeys(settings.shops, business)
    return found


def frames(businesses: dict[str, Business], shop: str, frame: str, kind: str = "orders") -> pd.DataFrame:
    return businesses[shop].history[shop, kind].frames[frame]


def names(ids: pa.Array) -> pd.Index:
    return pd.Index(ids.to_pylist(), name="order_id")


def test_headers_are_the_platforms_own(formats: str) -> None:
    for header in (
        pinduoduo.ORDER_HEADER,
        pinduoduo.AFTER_SALE_HEADER,
        kuaishou.ORDER_HEADER,
        youzan.ORDER_HEADER,
        shopify.HEADER,
        stock_keepers.WANGDIANTONG,
        woocommerce.HEADER,
    ):
        assert ",".join(header) in formats
    assert " ".join(amazon.HEADER) in formats


def test_every_export_is_read_whole(businesses: dict[str, Business]) -> None:
    readings = {key: reading for business in businesses.values() for key, reading in business.history.items()}

    assert {shop for shop, _ in readings} == {*SETTINGS[0].shops, "wangdiantong", "youzan", "amazon"}
    for key, reading in readings.items():
        assert reading.rejected.empty, key
        assert reading.unknown_columns == (), key
        assert reading.rows > 20


def test_kuaishou_orders_are_locked_and_go_on_in_another_sheet(
    businesses: dict[str, Business], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kuaishou, "PAGE_ROWS", 100)
    day = LAST - timedelta(days=1)
    (path,), (again,) = (
        [p for p in businesses["kuaishou"].specimen.write_day(tmp_path / turn, day) if p.name.startswith("订单_")]
        for turn in ("first", "second")
    )

    with pytest.raises(ExportError, match="password"):
        read_export(path, platform="kuaishou", report="orders")
    reading = read_export(path, platform="kuaishou", report="orders", password=kuaishou.PASSWORD)

    assert path.read_bytes()[:4] == b"\xd0\xcf\x11\xe0"  # an OLE container
    assert path.read_bytes() == again.read_bytes()
    assert reading.container == "encrypted > xlsx"
    assert reading.rows > 200
    assert reading.ignored["reason"].tolist() == ["repeated header line"] * (reading.rows // 101)
    assert reading.rejected.empty


@pytest.mark.parametrize("shop", ["pinduoduo", "kuaishou"])
def test_every_line_is_an_order(businesses: dict[str, Business], shop: str) -> None:
    seen = businesses[shop].seen(shop)
    order, nth = seen.lines["position"], seen.lines["nth"]
    row, created = seen.orders["row"][order], seen.orders["created"][order]
    ids = pinduoduo.order_numbers(created, row, nth) if shop == "pinduoduo" else kuaishou.order_numbers(row, nth)
    freight = np.where(nth == 0, seen.orders["freight_fen"][order], 0)
    was = pd.DataFrame(
        {
            "total": (seen.lines["payable_fen"] + freight) * 10_000,
            "paid_at": seen.orders["paid"][order],
            "units": seen.lines["quantity"],
            "code": np.array(businesses[shop].specimen.catalogue.listing_codes)[seen.lines["listing"]],
            "brushed": seen.orders["kind"][order] == BRUSHING,
        },
        index=names(ids),
    ).sort_index()

    read = frames(businesses, shop, "orders").set_index("order_id").sort_index()
    lines = frames(businesses, shop, "order_lines").set_index("order_id").sort_index()

    assert read.index.equals(was.index)
    assert read["total_micros"].tolist() == was["total"].tolist()
    assert read["paid_at"].equals(was["paid_at"].astype("datetime64[us]"))
    assert (read["mark"] == "brushing").tolist() == was["brushed"].tolist()
    assert lines["merchant_code"].tolist() == was["code"].tolist()
    assert lines["quantity"].tolist() == was["units"].tolist()


@pytest.mark.parametrize("shop", ["pinduoduo", "kuaishou"])
def test_after_sale_is_what_was_paid_back(businesses: dict[str, Business], shop: str) -> None:
    refunds = frames(businesses, shop, "refunds", "refunds")

    back = int(refunds.loc[refunds["status"] == "succeeded", "refunded_micros"].sum())
    assert back == int(businesses[shop].seen(shop).lines["refunded_fen"].sum()) * 10_000 > 0
    assert set(refunds["order_id"]) <= set(frames(businesses, shop, "orders")["order_id"])


@pytest.mark.parametrize("shop", ["youzan", "shopify"])
def test_orders_and_lines_are_what_happened(businesses: dict[str, Business], shop: str) -> None:
    seen = businesses[shop].seen(shop)
    table = seen.orders
    ids = (
        youzan.order_numbers(table["created"], table["row"])
        if shop == "youzan"
        else shopify.order_numbers(table["row"])
    )
    was = pd.DataFrame(
        {
            "total": table["total_fen"] * 10_000,
            "goods": table["goods_fen"] * 10_000,
            "refunded": table["refunded_fen"] * 10_000,
            "created_at": table["created"].astype("datetime64[us]"),
            "paid_at": table["paid"].astype("datetime64[us]"),
        },
        index=names(ids),
    ).sort_index()

    read = frames(businesses, shop, "orders").set_index("order_id").sort_index()
    lines = frames(businesses, shop, "order_lines", "order_lines" if shop == "youzan" else "orders")

    assert read.index.equals(was.index)
    assert read["total_micros"].tolist() == was["total"].tolist()
    assert read["refunded_micros"].tolist() == was["refunded"].tolist()
    assert read["created_at"].equals(was["created_at"])
    assert read["paid_at"].equals(was["paid_at"])
    assert lines.groupby("order_id")["paid_micros"].sum().reindex(was.index).tolist() == was["goods"].tolist()
    assert int(lines["quantity"].sum()) == int(seen.lines["quantity"].sum())


def test_a_shopify_buyer_keeps_the_same_key(businesses: dict[str, Business]) -> None:
    table = businesses["shopify"].seen("shopify").orders
    customer = pd.Series(table["customer"], index=names(shopify.order_numbers(table["row"])))

    buyer = frames(businesses, "shopify", "orders").set_index("order_id")["buyer"]

    assert buyer.tolist() == shopify.buyers(customer.reindex(buyer.index).to_numpy()).to_pylist()


def test_amazon_knows_what_was_sold_and_takes_the_purchase_for_the_payment(businesses: dict[str, Business]) -> None:
    seen = businesses["amazon"].seen("amazon")
    table, paid = seen.orders, ~np.isnat(seen.orders["paid"])
    alive = paid | (table["status"] == snapshot.UNPAID)
    was = pd.DataFrame(
        {
            "total": np.where(alive, table["total_fen"], 0) * 10_000,
            "paid_at": pd.Series(table["created"].astype("datetime64[us]")).where(paid),
        },
    ).set_index(names(amazon.order_numbers(table["row"])))

    read = frames(businesses, "amazon", "orders").set_index("order_id").reindex(was.index)
    lines = frames(businesses, "amazon", "order_lines")

    assert len(read) == len(frames(businesses, "amazon", "orders"))
    assert read["total_micros"].tolist() == was["total"].tolist()
    assert read["paid_at"].equals(was["paid_at"])
    assert int(lines["quantity"].sum()) == int(seen.lines["quantity"][alive[seen.lines["position"]]].sum())


@pytest.mark.parametrize("keeper", sorted(set(STOCK) - {"jushuitan"}))
def test_a_keepers_stock_is_the_true_stock(businesses: dict[str, Business], keeper: str, tmp_path: Path) -> None:
    specimen, day = businesses["pinduoduo"].specimen, LAST - timedelta(days=1)
    truth = specimen.truth("stock")
    truth = truth[truth["day"] == day.isoformat()].set_index(["warehouse", "sku"])
    sheets = [STOCK[keeper](specimen, day, warehouse) for warehouse in range(3)]
    readings = [
        read_export(write_sheet(sheet, tmp_path), platform=keeper.removesuffix("_goods"), report="stock")
        for sheet in sheets
    ]

    read = pd.concat(reading.frames["stock"] for reading in readings)
    true = truth.reindex(pd.MultiIndex.from_frame(read[["warehouse", "sku"]]))

    assert all(reading.rejected.empty and reading.unknown_columns == () for reading in readings)
    assert len(read) > 60
    assert read["warehouse"].nunique() == 3
    assert read["on_hand"].tolist() == true["on_hand"].tolist()
    assert read["available"].tolist() == (true["on_hand"] - true["promised"]).tolist()
    if keeper == "kingdee":  # which says neither, in a row a batch and a total
        assert all(reading.ignored["reason"].tolist() for reading in readings)
        assert max(sheet.rows for sheet in sheets) > read.groupby("warehouse").size().max() + 1
    else:
        assert read["locked"].tolist() == true["promised"].tolist()
        assert read["in_transit"].tolist() == true["in_transit"].tolist()


def test_woocommerce_knows_orders_by_their_net_sales_and_goods_by_name(
    businesses: dict[str, Business], tmp_path: Path
) -> None:
    """The same orders as another shop's in their place, written as WooCommerce would."""
    business = businesses["shopify"]
    seen = business.seen("shopify")
    sheet = woocommerce.orders(business.specimen, seen, {}, datetime(2025, 11, 15, 2, 15), 0)
    was = pd.DataFrame(
        {"total": seen.orders["goods_fen"] * 10_000, "units": seen.orders["quantity"]},
        index=names(woocommerce.order_numbers(seen.orders["row"])),
    ).sort_index()

    reading = read_export(write_sheet(sheet, tmp_path), platform="woocommerce", report="orders")
    read = reading.frames["orders"].set_index("order_id").sort_index()
    lines = reading.frames["order_lines"]

    assert reading.rejected.empty
    assert reading.unknown_columns == ()
    assert read.index.equals(was.index)
    assert read["total_micros"].tolist() == was["total"].tolist()
    assert lines.groupby("order_id")["quantity"].sum().reindex(was.index).tolist() == was["units"].tolist()
    assert set(lines["title"]) <= set(business.specimen.catalogue.listing_titles)
    assert lines.groupby("order_id")["paid_micros"].sum().reindex(was.index).tolist() == was["total"].tolist()


def test_who_sells_changes_nothing_of_what_happens(businesses: dict[str, Business]) -> None:
    usual = Specimen(USUAL)
    usual.run_history(7)
    other = businesses["pinduoduo"].specimen.truth("orders").head(len(usual.truth("orders")))

    mine = usual.truth("orders")

    for column in ("number", "customer", "created", "freight_fen"):
        assert mine[column].tolist() == other[column].tolist()
    assert set(other["shop"]) == {"pinduoduo", "kuaishou", "shopify"}


def test_the_settings_survive_a_save_and_refuse_what_cannot_be() -> None:
    assert SpecimenSettings.from_json(SETTINGS[0].to_json()) == SETTINGS[0]
    with pytest.raises(ValueError, match="place 1 can be jd or one of"):
        SpecimenSettings(shops=("tmall", "douyin", "jd"))
    with pytest.raises(ValueError, match="one place only"):
        SpecimenSettings(shops=("shopify", "shopify", "douyin"))
    with pytest.raises(ValueError, match="stock is kept by"):
        SpecimenSettings(stock_keeper="excel")
