"""A day's visitors and buyers by listing: 生意参谋 (true BIFF .xls), 京东商智 (xlsx) and 抖音罗盘 (csv).

Buyers, units and money are the ledger's: what was paid on the day, gifts aside. Nobody lives the visits that lead to no
order, so they are drawn: each listing converts some visitors of a hundred, the same ones whenever the day is written.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from include.simulation.specimen.business import Specimen
from include.simulation.specimen.settings import DOUYIN, JD, SHOPS, TMALL, day_number, stream
from include.simulation.specimen.snapshot import Snapshot
from include.simulation.specimen.writers import douyin, jd
from include.simulation.specimen.writers.sheet import Sheet, columns, money, pick, texts, whole

TMALL_HEADER = columns(
    "统计日期,商品id,商品名称,货号,商品状态,商品标签,商品访客数,商品浏览量,平均停留时长,商品详情页跳出率,商品收藏人数,"
    "商品加购件数,商品加购人数,下单买家数,下单件数,下单金额,下单转化率,支付买家数,支付件数,支付金额,商品支付转化率,"
    "支付新买家数,支付老买家数,老买家支付金额,聚划算支付金额,访客平均价值,成功退款金额,竞争力评分,年累计支付金额,"
    "月累计支付金额,月累计支付件数,搜索引导支付转化率,搜索引导访客数,搜索引导支付买家数"
)
JD_HEADER = columns(
    "时间,SKU,SKU名称,一级类目,二级类目,三级类目,成交金额,成交商品件数,成交单量,成交客户数,商品访客数,商品浏览量,"
    "搜索曝光次数,搜索点击次数,商品曝光次数,商品曝光人数,加购客户数,下单金额,下单单量,下单客户数,取消及售后退款金额"
)
DOUYIN_HEADER = columns("统计日期,日期,商品ID,商品名称,用户支付金额,成交订单数,成交人数,成交件数")
PREAMBLE = ("【生意参谋】商品_全部", "", "数据来源：生意参谋", "注：数值为文本")
VISITORS_A_BUYER = (15.0, 60.0)  # of each listing, somewhere between
IDLE_VISITORS = 4.0  # of a listing that nobody buys, on average


@dataclass(frozen=True)
class ListingDay:
    """What each listing of a shop saw on a day: arrays by position in `listing`, none of which saw nothing."""

    listing: np.ndarray
    buyers: np.ndarray
    orders: np.ndarray
    units: np.ndarray
    paid_fen: np.ndarray
    visitors: np.ndarray
    views: np.ndarray
    carts: np.ndarray


def listing_day(specimen: Specimen, shop: int, snapshot: Snapshot, day: date) -> ListingDay:
    """What was paid on `day` by listing, and the visitors that it took."""
    midnight = np.datetime64(day, "s")
    paid = snapshot.orders["paid"]
    on_the_day = (paid >= midnight) & (paid < midnight + np.timedelta64(86_400, "s"))
    lines, listings = snapshot.lines, specimen.catalogue.listings
    bought = np.flatnonzero(on_the_day[lines["position"]] & ~lines["gift"])
    place, order = lines["listing"][bought], lines["position"][bought]

    def total(values: np.ndarray) -> np.ndarray:
        return np.bincount(place, weights=values, minlength=listings).astype(np.int64)

    def different(who: np.ndarray) -> np.ndarray:
        pairs = np.unique(np.stack([place.astype(np.int64), who.astype(np.int64)]), axis=1)
        return np.bincount(pairs[0], minlength=listings)

    units, money_paid = total(lines["quantity"][bought]), total(lines["payable_fen"][bought])
    buyers, orders = different(snapshot.orders["customer"][order]), different(order)
    rng = stream(specimen.settings.seed, "traffic", shop, day_number(day))
    each = stream(specimen.settings.seed, "traffic", shop).uniform(*VISITORS_A_BUYER, size=listings)
    offered = specimen.catalogue.shop_share[:, shop] > 0
    visitors = buyers + rng.poisson(buyers * (each - 1)) + np.where(offered, rng.poisson(IDLE_VISITORS, listings), 0)
    views = visitors + rng.poisson(visitors * 0.8)
    carts = units + rng.poisson(visitors * 0.06)
    seen = np.flatnonzero(visitors > 0)
    return ListingDay(
        seen, buyers[seen], orders[seen], units[seen], money_paid[seen], visitors[seen], views[seen], carts[seen]
    )


def tmall_products(specimen: Specimen, snapshot: Snapshot, day: date) -> Sheet:
    """生意参谋's products of a day: four lines above the header, every number a text with commas, a 总计 row last."""
    seen = listing_day(specimen, TMALL, snapshot, day)
    titles = pick(specimen.catalogue.listing_titles, seen.listing)
    return Sheet(
        name=f"【生意参谋平台】商品_全部_{day}_{day}.xls",
        title="商品",
        preamble=(PREAMBLE[0], f"统计日期：{day}", *PREAMBLE[2:]),
        header=TMALL_HEADER,
        rows=len(seen.listing) + 1,
        roles={"id": ("商品id",), "quantity": ("支付件数",), "time": ("统计日期",)},
        cells={
            "统计日期": _with(pa.array([f"{day}"] * len(seen.listing), pa.string()), "总计"),
            "商品id": _with(tmall_product_ids(seen.listing), "-"),
            "商品名称": _with(titles, "-"),
            "商品状态": "当前在线",
            "商品标签": "-",
            "商品访客数": _summed(seen.visitors),
            "商品浏览量": _summed(seen.views),
            "商品加购件数": _summed(seen.carts),
            "支付买家数": _summed(seen.buyers),
            "支付件数": _summed(seen.units),
            "支付金额": _with(_with_commas(money(seen.paid_fen)), _commas(seen.paid_fen.sum() / 100, ".2f")),
            "竞争力评分": "--",
        },
    )


def jd_skus(specimen: Specimen, snapshot: Snapshot, day: date) -> Sheet:
    """京东商智's skus of a day."""
    seen = listing_day(specimen, JD, snapshot, day)
    return Sheet(
        name=f"京东商智_商品明细_SKU_{day}.xlsx",
        title="商品明细",
        text_columns=JD_HEADER.index("成交金额"),
        header=JD_HEADER,
        rows=len(seen.listing),
        roles={"id": ("SKU",), "quantity": ("成交商品件数",), "time": ("时间",)},
        cells={
            "时间": f"{day}",
            "SKU": jd.product_ids(seen.listing),
            "SKU名称": pick(specimen.catalogue.listing_titles, seen.listing),
            "成交金额": money(seen.paid_fen),
            "成交商品件数": whole(seen.units),
            "成交单量": whole(seen.orders),
            "成交客户数": whole(seen.buyers),
            "商品访客数": whole(seen.visitors),
            "商品浏览量": whole(seen.views),
            "加购客户数": whole(seen.carts),
        },
    )


def douyin_products(specimen: Specimen, snapshot: Snapshot, day: date) -> Sheet:
    """抖音罗盘's products of a day, as self-service extracts them: 统计日期 is a range, 日期 the day."""
    seen = listing_day(specimen, DOUYIN, snapshot, day)
    bought = ListingDay(**{name: values[seen.buyers > 0] for name, values in vars(seen).items()})
    return Sheet(
        name=f"采集-product-{day:%Y%m%d}-{day:%Y%m%d}.csv",
        header=DOUYIN_HEADER,
        rows=len(bought.listing),
        roles={"id": ("商品ID",), "quantity": ("成交件数",), "time": ("日期",)},
        ending="\n",
        cells={
            "统计日期": f"{day:%Y%m%d}-{day:%Y%m%d}",
            "日期": f"{day:%Y%m%d}",
            "商品ID": douyin.product_ids(bought.listing),
            "商品名称": texts(SHOPS[DOUYIN].title, " ", whole(bought.listing)),
            "用户支付金额": money(bought.paid_fen),
            "成交订单数": whole(bought.orders),
            "成交人数": whole(bought.buyers),
            "成交件数": whole(bought.units),
        },
    )


def tmall_product_ids(listing: np.ndarray) -> pa.Array:
    """Tmall's own product ids."""
    return whole(680_000_000_000 + listing.astype(np.int64) * 7)


def _summed(numbers: np.ndarray) -> pa.Array:
    """Whole numbers with thousands commas, and below them their sum."""
    return pa.array([_commas(number, "d") for number in [*numbers.tolist(), int(numbers.sum())]], pa.string())


def _with(column: pa.Array, last: str) -> pa.Array:
    return pa.concat_arrays([column, pa.array([last], pa.string())])


def _with_commas(amounts: pa.Array) -> pa.Array:
    return pa.array([_commas(float(amount), ".2f") for amount in amounts.to_pylist()], pa.string())


def _commas(number: float, kind: str) -> str:
    return format(number, "," + kind)
