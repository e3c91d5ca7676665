"""Which platforms and reports there are, and which of them a header belongs to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from include.exports.declaration import Report
from include.exports.headers import matching, told
from include.exports.locating import likely_new_name, match_columns
from include.platforms import (
    amazon,
    douyin,
    douyin_compass,
    douyin_money,
    guanyiyun,
    jd,
    jd_money,
    jd_shangzhi,
    jd_stock,
    jushuitan,
    kingdee,
    kuaimai,
    kuaishou,
    order_customers,
    pinduoduo,
    promotion_file,
    shopify,
    shopify_stock,
    sycm,
    taobao,
    taobao_money,
    taobao_sold,
    wangdiantong,
    woocommerce,
    youzan,
)
from include.platforms.declared import declare

# Tmall is Taobao's mall: the same reports.
SAME_AS: Mapping[str, str] = {"tmall": "taobao"}
# Other words for a report that settings may use.
REPORT_NAMES: Mapping[tuple[str, str], str] = {
    ("taobao", "items"): "order_lines",
    ("douyin", "after_sale"): "refunds",
    ("jd", "refunds"): "settlement",
    ("jushuitan", "stock_days"): "stock",
    ("pinduoduo", "after_sale"): "refunds",
    ("kuaishou", "after_sale"): "refunds",
    ("youzan", "items"): "order_lines",
}
DECLARED = "declared"
_MODULES = (
    taobao,
    taobao_sold,
    taobao_money,
    sycm,
    jd,
    jd_money,
    jd_shangzhi,
    jd_stock,
    douyin,
    douyin_money,
    douyin_compass,
    pinduoduo,
    kuaishou,
    youzan,
    shopify,
    shopify_stock,
    amazon,
    woocommerce,
    jushuitan,
    wangdiantong,
    guanyiyun,
    kingdee,
    kuaimai,
    order_customers,
    promotion_file,
)
REPORTS: dict[str, dict[str, Report]] = {}
for _module in _MODULES:
    for _report in _module.REPORTS:
        REPORTS.setdefault(_report.platform, {})[_report.name] = _report


@dataclass(frozen=True)
class Recognised:
    """The report a header is most likely of. nearest: unknown or missing name -> the name most like it."""

    platform: str
    report: str
    generation: str
    known: tuple[str, ...]
    unknown: tuple[str, ...]
    missing: tuple[str, ...]  # required headers that are not there
    nearest: Mapping[str, str]


def report(platform: str, name: str, declared: Mapping[str, Any] | None = None) -> Report:
    """The declaration of a report. Raises KeyError naming what there is."""
    if platform == DECLARED:
        if declared is None:
            raise KeyError(f"a declared shop's report {name!r} needs its columns in the shop's YAML")
        return declare(name, declared)
    platform = SAME_AS.get(platform, platform)
    if platform not in REPORTS:
        raise KeyError(f"no platform {platform!r}; there are {', '.join([*REPORTS, *SAME_AS, DECLARED])}")
    reports = REPORTS[platform]
    name = REPORT_NAMES.get((platform, name), name)
    if name not in reports:
        raise KeyError(f"{platform} has no report {name!r}; there are {', '.join(reports)}")
    return reports[name]


def recognise(header: Sequence[str]) -> Recognised | None:
    """The best known report for a header, or None where hardly a name is known.

    A report whose required columns are all there comes first, then the one that knows most of the header.
    """
    best: tuple[tuple[bool, float, int], Report] | None = None
    names = [name for name in header if name.strip()]
    for reports in REPORTS.values():
        for candidate in reports.values():
            known = candidate.recognised()
            count = sum(matching(name) in known for name in names)
            read = match_columns(header, candidate.columns)
            whole = all(column.name in read for column in candidate.columns if column.required)
            score = (whole, count / max(1, len(names)), len(read))
            if count >= 2 and (best is None or score > best[0]):
                best = (score, candidate)
    return None if best is None else _described(best[1], header)


def _described(candidate: Report, header: Sequence[str]) -> Recognised:
    known_names = candidate.recognised()
    read = match_columns(header, candidate.columns)
    names = [name for name in header if name.strip()]
    known = tuple(name for name in names if matching(name) in known_names)
    unknown = told([name for name in names if matching(name) not in known_names])
    lacking = [column for column in candidate.columns if column.name not in read]
    missing = tuple(column.headers[0] for column in lacking if column.required)
    # An unknown column may be one that is missing under a new name, never one that is there.
    alike = {c.headers[0]: found for c in lacking if (found := likely_new_name(c, unknown))}
    alike |= {found: name for name, found in reversed(alike.items())}
    return Recognised(
        candidate.platform, candidate.name, candidate.generation_of(header), known, unknown, missing, alike
    )
