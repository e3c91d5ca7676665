"""What the specimen sells: skus with prices and temperaments, listings (some of them bundles), suppliers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from include.simulation.specimen.regions import WAREHOUSE_SHARE
from include.simulation.specimen.settings import SpecimenSettings, day_number, stream

STEADY, INTERMITTENT, LUMPY = 0, 1, 2
NO_DAY = np.int32(2**31 - 1)


@dataclass(frozen=True)
class Category:
    """A line of goods. `season` is the amplitude of the yearly wave in log units, `peak` its day of the year,
    `weekend` the weekend's advantage over a weekday in log units, `festival` how much of the New Year's rush it feels,
    `north` how much more the north warehouse's provinces want it (log units)."""

    code: str
    title: str
    nouns: tuple[str, ...]
    prices: tuple[float, float]  # yuan, 10th and 90th percentile
    shelf_life_days: int  # 0: keeps for ever
    season: float
    peak: int
    weekend: float
    festival: float
    north: float


CATEGORIES = (
    Category("HF", "护肤", ("保湿面霜", "洁面乳", "精华液", "补水面膜"), (39, 299), 1095, 0.15, 340, -0.05, 0.2, 0.1),
    Category("FS", "防晒", ("防晒霜", "防晒喷雾", "晒后修护胶"), (49, 199), 730, 0.9, 165, 0.05, 0.0, -0.2),
    Category("LS", "零食", ("坚果酥", "芒果干", "牛肉粒", "海苔脆"), (12, 69), 270, 0.1, 20, 0.12, 0.9, 0.0),
    Category("LH", "礼盒", ("坚果礼盒", "糕点礼盒", "茶叶礼盒"), (69, 269), 240, 0.35, 15, 0.0, 1.3, 0.1),
    Category(
        "KF", "咖啡冲饮", ("冻干咖啡", "燕麦片", "红枣姜茶", "柠檬茶粉"), (19, 129), 540, 0.2, 350, -0.12, 0.2, 0.0
    ),
    Category("JQ", "家清", ("洗衣凝珠", "厨房湿巾", "除霉喷雾", "洗洁精"), (15, 79), 0, 0.05, 150, 0.0, 0.1, 0.0),
    Category("CJ", "厨具", ("不粘炒锅", "硅胶铲", "玻璃饭盒", "陶瓷刀"), (25, 259), 0, 0.05, 10, 0.15, 0.2, 0.0),
    Category("BN", "保暖", ("暖宝宝贴", "羊毛袜", "保暖手套", "电热毯"), (15, 189), 0, 1.3, 355, 0.05, 0.1, 0.5),
    Category("CW", "宠物", ("猫粮", "冻干零食", "猫砂", "狗咬胶"), (19, 199), 540, 0.03, 100, 0.02, 0.0, 0.0),
    Category("SN", "收纳", ("真空压缩袋", "抽屉收纳盒", "挂衣架", "鞋盒"), (15, 99), 0, 0.2, 90, 0.1, 0.0, 0.0),
)
BRANDS = ("拾味集", "山屿", "木也", "暖格", "白川里", "元气角")
_ADJECTIVES = ("经典", "轻享", "加量", "家用", "便携", "升级", "大容量", "清新")
_SIZES = ("小号", "中号", "大号", "单盒装", "三盒装", "旅行装")
_SUPPLIER_NAMES = ("永顺", "华茂", "嘉禾", "鼎盛", "恒泰", "瑞丰", "同创", "广源", "新合", "德利")


@dataclass(frozen=True)
class Suppliers:
    """Suppliers by position. Calendar days; `true_lead_days` is the real mean, `late` the chance of being late."""

    codes: tuple[str, ...]
    titles: tuple[str, ...]
    lead_days: np.ndarray
    review_days: np.ndarray
    minimum_order_fen: np.ndarray
    true_lead_days: np.ndarray
    late: np.ndarray


@dataclass(frozen=True)
class Catalogue:
    """Skus and listings by position.

    A listing is what customers choose; positions 0..skus-1 are the skus sold singly, later ones multi-packs and
    bundles. Parts of a listing: `part_sku[part_first[l]:part_first[l + 1]]` with `part_quantity`.
    `region_share` is listings x warehouses, `shop_share` listings x shops; both rows sum to 1.
    """

    sku_codes: tuple[str, ...]
    titles: tuple[str, ...]
    brand: np.ndarray
    category: np.ndarray
    price_fen: np.ndarray
    cost_fen: np.ndarray
    pack: np.ndarray
    moq: np.ndarray
    shelf_life_days: np.ndarray
    supplier: np.ndarray
    launched: np.ndarray  # day number; long ago for what was sold before the first day
    ended: np.ndarray  # day number of the last selling day, NO_DAY when it goes on
    kind: np.ndarray  # STEADY, INTERMITTENT, LUMPY
    level: np.ndarray  # relative units/day of a sku
    trend: np.ndarray  # log units a year
    sales_feeling: np.ndarray  # power on the day's sales multiplier
    price_feeling: np.ndarray  # elasticity of units to a price cut
    weekend: np.ndarray
    season: np.ndarray
    peak: np.ndarray
    festival: np.ndarray
    listing_codes: tuple[str, ...]
    listing_titles: tuple[str, ...]
    listing_price_fen: np.ndarray
    listing_main: np.ndarray  # the sku whose rhythm the listing follows
    listing_level: np.ndarray  # of its main sku's level
    lump: np.ndarray  # mean units of an order line
    part_first: np.ndarray
    part_sku: np.ndarray
    part_quantity: np.ndarray
    region_share: np.ndarray
    shop_share: np.ndarray
    suppliers: Suppliers

    @property
    def skus(self) -> int:
        return len(self.sku_codes)

    @property
    def listings(self) -> int:
        return len(self.listing_codes)


def draw_catalogue(settings: SpecimenSettings) -> Catalogue:
    """The catalogue that belongs to the settings; the same settings give the same catalogue."""
    rng = stream(settings.seed, "catalogue")
    suppliers = _draw_suppliers(settings)
    skus = settings.skus
    category = rng.permutation(np.arange(skus) % len(CATEGORIES)).astype(np.int16)
    kinds = [CATEGORIES[place] for place in category]
    low, high = (np.log([kind.prices[side] for kind in kinds]) for side in (0, 1))
    price_log = low + (high - low) * np.clip(rng.normal(0.5, 0.28, skus), -0.15, 1.3)
    price_fen = np.maximum(np.round(np.exp(price_log)).astype(np.int64), 6) * 100 - 10
    cost_fen = np.round(price_fen * rng.uniform(0.32, 0.6, skus)).astype(np.int64)
    pack = rng.choice([1, 2, 6, 10, 12, 24], size=skus, p=[0.2, 0.15, 0.25, 0.15, 0.15, 0.1])
    pack = np.where(price_fen > 15000, np.minimum(pack, 6), pack)
    kind = rng.choice([STEADY, INTERMITTENT, LUMPY], size=skus, p=[0.62, 0.25, 0.13])
    cheapness = -0.35 * (price_log - price_log.mean())
    slow = np.select([kind == INTERMITTENT, kind == LUMPY], [-1.6, -0.7], 0.0)
    level = np.exp(rng.normal(0, settings.level_spread, skus) + cheapness + slow)
    launched, ended = _draw_lives(rng, settings, skus)
    brand = rng.integers(len(BRANDS), size=skus)
    titles = tuple(
        f"{BRANDS[brand[place]]} {_ADJECTIVES[rng.integers(len(_ADJECTIVES))]}"
        f"{kinds[place].nouns[rng.integers(len(kinds[place].nouns))]} {_SIZES[rng.integers(len(_SIZES))]}"
        for place in range(skus)
    )
    codes = tuple(f"{kinds[place].code}{10001 + place}" for place in range(skus))

    def of_category(name: str) -> np.ndarray:
        return np.array([getattr(one, name) for one in kinds], dtype=float)

    lump = np.select([kind == LUMPY], [rng.uniform(3, 8, skus)], rng.uniform(1.05, 1.3, skus))
    bundles = _draw_bundles(rng, codes, titles, price_fen, category, level)
    main = np.array([*range(skus), *(bundle.parts[0][0] for bundle in bundles)], dtype=np.int32)
    parts = [((place, 1),) for place in range(skus)] + [bundle.parts for bundle in bundles]
    listings = len(main)
    north = of_category("north")[main]
    leaning = np.stack([np.zeros(listings), -north / 2, north], axis=1)
    region = rng.gamma(WAREHOUSE_SHARE * 25 * np.exp(leaning)) + 1e-9
    shop = rng.gamma(np.array(settings.shop_shares) * 8, size=(listings, 3)) + 1e-9
    return Catalogue(
        sku_codes=codes,
        titles=titles,
        brand=brand,
        category=category,
        price_fen=price_fen,
        cost_fen=cost_fen,
        pack=pack.astype(np.int64),
        moq=(pack * rng.choice([1, 2, 4], size=skus, p=[0.55, 0.3, 0.15])).astype(np.int64),
        shelf_life_days=of_category("shelf_life_days").astype(np.int64),
        supplier=rng.integers(len(suppliers.codes), size=skus),
        launched=launched,
        ended=ended,
        kind=kind,
        level=level,
        trend=rng.normal(0.05, 0.25, skus),
        sales_feeling=rng.uniform(0.6, 1.25, skus),
        price_feeling=rng.uniform(1.2, 3.5, skus),
        weekend=of_category("weekend") + rng.normal(0, 0.06, skus),
        season=of_category("season") * rng.uniform(0.7, 1.3, skus),
        peak=of_category("peak") + rng.normal(0, 8, skus),
        festival=of_category("festival"),
        listing_codes=(*codes, *(bundle.code for bundle in bundles)),
        listing_titles=(*titles, *(bundle.title for bundle in bundles)),
        listing_price_fen=np.array([*price_fen, *(bundle.price_fen for bundle in bundles)], dtype=np.int64),
        listing_main=main,
        listing_level=np.array([1.0] * skus + [bundle.level for bundle in bundles]),
        lump=np.concatenate([lump, np.full(len(bundles), 1.08)]),
        part_first=np.concatenate([[0], np.cumsum([len(some) for some in parts])]).astype(np.int64),
        part_sku=np.array([sku for some in parts for sku, _ in some], dtype=np.int32),
        part_quantity=np.array([quantity for some in parts for _, quantity in some], dtype=np.int32),
        region_share=region / region.sum(axis=1, keepdims=True),
        shop_share=shop / shop.sum(axis=1, keepdims=True),
        suppliers=suppliers,
    )


def _draw_lives(rng: np.random.Generator, settings: SpecimenSettings, skus: int) -> tuple[np.ndarray, np.ndarray]:
    """Launch and end days: a sixth of the skus come in the first fourteen months, one in fourteen goes."""
    first = day_number(settings.first_day)
    old = first - rng.integers(60, 1500, skus)
    launched = np.where(rng.random(skus) < 0.16, first + rng.integers(5, 430, skus), old).astype(np.int32)
    goes = (rng.random(skus) < 0.07) & (launched < first)
    ended = np.where(goes, first + rng.integers(100, 460, skus), NO_DAY).astype(np.int32)
    return launched, ended


@dataclass(frozen=True)
class _Bundle:
    code: str
    title: str
    parts: tuple[tuple[int, int], ...]
    price_fen: int
    level: float


def _draw_bundles(
    rng: np.random.Generator,
    codes: tuple[str, ...],
    titles: tuple[str, ...],
    price_fen: np.ndarray,
    category: np.ndarray,
    level: np.ndarray,
) -> list[_Bundle]:
    """One multi-pack or bundle for every twelve skus, around the better sellers."""
    bundles: list[_Bundle] = []
    better = np.flatnonzero(level >= np.median(level))
    for number, main in enumerate(rng.choice(better, size=min(len(better), max(2, len(codes) // 12)), replace=False)):
        if number % 3 == 0:
            parts: tuple[tuple[int, int], ...] = ((int(main), int(rng.choice([2, 3]))),)
            code, title = f"{codes[main]}-X{parts[0][1]}", f"{titles[main]} {parts[0][1]}件装"
        else:
            others = np.flatnonzero((category == category[main]) & (np.arange(len(codes)) != main))
            if not len(others):
                continue
            other = int(rng.choice(others))
            parts = ((int(main), 1 if number % 3 == 1 else 2), (other, 1))
            code, title = f"TZ{20001 + number}", f"{titles[main]}+{titles[other]} 组合"
        full = sum(int(price_fen[sku]) * quantity for sku, quantity in parts)
        bundles.append(_Bundle(code, title, parts, round(full * 0.88 / 100) * 100 - 10, float(rng.uniform(0.08, 0.25))))
    return bundles


def _draw_suppliers(settings: SpecimenSettings) -> Suppliers:
    rng = stream(settings.seed, "suppliers")
    count = int(np.clip(settings.skus // 20, 6, 200))
    lead = rng.integers(5, 19, count)
    return Suppliers(
        codes=tuple(f"GYS{101 + place}" for place in range(count)),
        titles=tuple(
            f"样本{_SUPPLIER_NAMES[place % len(_SUPPLIER_NAMES)]}{place // len(_SUPPLIER_NAMES) + 1}厂"
            for place in range(count)
        ),
        lead_days=lead,
        review_days=rng.choice([3, 7, 7, 14], size=count),
        minimum_order_fen=rng.choice([0, 50000, 100000, 200000], size=count),
        true_lead_days=lead * rng.uniform(0.9, 1.2, count),
        late=np.clip(rng.beta(1.5, 1.5 / settings.late_receipts - 1.5, count), 0.01, 0.6),
    )
