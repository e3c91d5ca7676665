"""Where the specimen's customers live and which warehouse should serve them."""

from __future__ import annotations

import numpy as np

WAREHOUSES = ("华东仓", "华南仓", "华北仓")

# Short name, full name, warehouse, inhabitants (millions, census of 2020), cities with a district each.
_PROVINCES: tuple[tuple[str, str, int, float, tuple[tuple[str, str], ...]], ...] = (
    ("上海", "上海市", 0, 24.9, (("上海市", "浦东新区"), ("上海市", "徐汇区"), ("上海市", "闵行区"))),
    ("江苏", "江苏省", 0, 84.7, (("南京市", "鼓楼区"), ("苏州市", "姑苏区"), ("无锡市", "梁溪区"))),
    ("浙江", "浙江省", 0, 64.6, (("杭州市", "西湖区"), ("宁波市", "海曙区"), ("温州市", "鹿城区"))),
    ("安徽", "安徽省", 0, 61.0, (("合肥市", "蜀山区"), ("芜湖市", "镜湖区"))),
    ("江西", "江西省", 0, 45.2, (("南昌市", "东湖区"), ("赣州市", "章贡区"))),
    ("福建", "福建省", 0, 41.5, (("福州市", "鼓楼区"), ("厦门市", "思明区"))),
    ("湖北", "湖北省", 0, 57.8, (("武汉市", "武昌区"), ("宜昌市", "西陵区"))),
    ("广东", "广东省", 1, 126.0, (("广州市", "越秀区"), ("深圳市", "福田区"), ("东莞市", "南城街道"))),
    ("广西", "广西壮族自治区", 1, 50.1, (("南宁市", "青秀区"), ("桂林市", "象山区"))),
    ("海南", "海南省", 1, 10.1, (("海口市", "美兰区"), ("三亚市", "吉阳区"))),
    ("湖南", "湖南省", 1, 66.4, (("长沙市", "岳麓区"), ("株洲市", "天元区"))),
    ("贵州", "贵州省", 1, 38.6, (("贵阳市", "南明区"), ("遵义市", "红花岗区"))),
    ("云南", "云南省", 1, 47.2, (("昆明市", "五华区"), ("大理白族自治州", "大理市"))),
    ("四川", "四川省", 1, 83.7, (("成都市", "锦江区"), ("绵阳市", "涪城区"))),
    ("重庆", "重庆市", 1, 32.1, (("重庆市", "渝中区"), ("重庆市", "江北区"))),
    ("西藏", "西藏自治区", 1, 3.6, (("拉萨市", "城关区"),)),
    ("北京", "北京市", 2, 21.9, (("北京市", "朝阳区"), ("北京市", "海淀区"), ("北京市", "丰台区"))),
    ("天津", "天津市", 2, 13.9, (("天津市", "和平区"), ("天津市", "南开区"))),
    ("河北", "河北省", 2, 74.6, (("石家庄市", "长安区"), ("唐山市", "路北区"))),
    ("山东", "山东省", 2, 101.5, (("济南市", "历下区"), ("青岛市", "市南区"), ("烟台市", "芝罘区"))),
    ("山西", "山西省", 2, 34.9, (("太原市", "小店区"), ("大同市", "平城区"))),
    ("河南", "河南省", 2, 99.4, (("郑州市", "金水区"), ("洛阳市", "西工区"))),
    ("陕西", "陕西省", 2, 39.5, (("西安市", "雁塔区"), ("咸阳市", "秦都区"))),
    ("辽宁", "辽宁省", 2, 42.6, (("沈阳市", "和平区"), ("大连市", "中山区"))),
    ("吉林", "吉林省", 2, 24.1, (("长春市", "朝阳区"), ("吉林市", "船营区"))),
    ("黑龙江", "黑龙江省", 2, 31.9, (("哈尔滨市", "南岗区"), ("大庆市", "萨尔图区"))),
    ("内蒙古", "内蒙古自治区", 2, 24.0, (("呼和浩特市", "新城区"), ("包头市", "昆都仑区"))),
    ("甘肃", "甘肃省", 2, 25.0, (("兰州市", "城关区"), ("天水市", "秦州区"))),
    ("青海", "青海省", 2, 5.9, (("西宁市", "城西区"),)),
    ("宁夏", "宁夏回族自治区", 2, 7.2, (("银川市", "兴庆区"),)),
    ("新疆", "新疆维吾尔自治区", 2, 25.9, (("乌鲁木齐市", "天山区"), ("喀什地区", "喀什市"))),
)

PROVINCE_SHORT = tuple(row[0] for row in _PROVINCES)
PROVINCE_FULL = tuple(row[1] for row in _PROVINCES)
PROVINCE_WAREHOUSE = np.array([row[2] for row in _PROVINCES], dtype=np.int8)
INHABITANTS = np.array([row[3] for row in _PROVINCES])
CITIES = tuple(row[4] for row in _PROVINCES)
CITY_COUNT = np.array([len(cities) for cities in CITIES])
CITY_FIRST = np.concatenate([[0], np.cumsum(CITY_COUNT)[:-1]])
"""Position of a province's first city in the flat list of all cities."""
FLAT_CITIES = tuple((province[1], city, district) for province in _PROVINCES for city, district in province[4])
WAREHOUSE_SHARE = np.bincount(PROVINCE_WAREHOUSE, weights=INHABITANTS) / INHABITANTS.sum()


def draw_provinces(rng: np.random.Generator, warehouses: np.ndarray) -> np.ndarray:
    """One province for each warehouse position given, by inhabitants (int16)."""
    provinces = np.empty(len(warehouses), dtype=np.int16)
    for warehouse in range(len(WAREHOUSES)):
        mine = np.flatnonzero(warehouses == warehouse)
        candidates = np.flatnonzero(warehouse == PROVINCE_WAREHOUSE)
        weights = INHABITANTS[candidates] / INHABITANTS[candidates].sum()
        provinces[mine] = rng.choice(candidates, size=len(mine), p=weights)
    return provinces


def draw_cities(rng: np.random.Generator, provinces: np.ndarray) -> np.ndarray:
    """One city (position in FLAT_CITIES) for each province, the first cities of a province being larger."""
    position = (rng.random(len(provinces)) ** 1.5 * CITY_COUNT[provinces]).astype(np.int16)
    return (CITY_FIRST[provinces] + position).astype(np.int16)
