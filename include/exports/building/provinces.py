"""Provinces by the names that people use, whatever a platform calls them: 广东, 广东省 and 广东省广州市 are 广东."""

import numpy as np
import pandas as pd

PROVINCES = (
    "北京", "天津", "上海", "重庆", "河北", "山西", "辽宁", "吉林", "黑龙江", "江苏", "浙江", "安徽", "福建", "江西",
    "山东", "河南", "湖北", "湖南", "广东", "海南", "四川", "贵州", "云南", "陕西", "甘肃", "青海", "台湾", "内蒙古",
    "广西", "西藏", "宁夏", "新疆", "香港", "澳门",
)  # fmt: skip
_MUNICIPALITIES = ("北京", "天津", "上海", "重庆")
_SUFFIXES = ("壮族自治区", "回族自治区", "维吾尔自治区", "特别行政区", "自治区", "省", "市")
_PROVINCE = r"^\s*(" + "|".join(PROVINCES) + r")(?:" + "|".join(_SUFFIXES) + r")?[\s,，]*"
_CITY = r"([^\s市]{1,12}?(?:市|自治州|地区|盟))"
# Long enough for the longest province and city; the street is never looked at.
_LOOKED_AT = 26


def places_of(addresses: pd.Series) -> tuple[pd.Series, pd.Series]:
    """(province, city) of addresses that begin with them; null where they do not.

    Of masked or enciphered addresses nothing is known.
    """
    start = addresses.str.slice(0, _LOOKED_AT)
    codes, distinct = pd.factorize(start)
    known = pd.Series(distinct, dtype="str")
    found = known.str.extract(_PROVINCE + "(?:" + _CITY + ")?")
    province = found[0]
    alone = province.isin(_MUNICIPALITIES) & found[1].isna()
    city = found[1].mask(alone, province + "市")
    return _spread(province, codes, addresses.index), _spread(city, codes, addresses.index)


def province_names(names: pd.Series) -> pd.Series:
    """The names of a province column; what is no Chinese province (a country, a state) stays as it is."""
    codes, distinct = pd.factorize(names)
    known = pd.Series(distinct, dtype="str")
    named = known.str.extract(_PROVINCE + "$")[0]
    return _spread(named.fillna(known), codes, names.index)


def _spread(values: pd.Series, codes: np.ndarray, index: pd.Index) -> pd.Series:
    spread = pd.Series(values.reindex(codes).array, index=index)  # code -1 (null) is in no index
    return spread.astype("str")
