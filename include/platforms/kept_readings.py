"""The reading of one export by its shop's settings, in parts where it is too large to hold."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from include.files.content import Content
from include.files.limits import ReadLimits
from include.settings.merchant import Merchant
from include.settings.shops import Shop

if TYPE_CHECKING:
    from include.exports.reading import Reading


def readings(
    merchant: Merchant, shop: Shop, report: str, name: str, content: Content, password: str | None
) -> AbstractContextManager[Iterator["Reading"]]:
    """The parts of an export, one at a time, together its reading; a small one or a workbook is one part. Raises
    ExportError, also while the parts are taken."""
    from include.exports.parts import read_in_parts
    from include.platforms.read_export import ask
    from include.privacy.display_names import readable

    asked = ask(readable(name), **_settings(merchant, shop, report))
    return read_in_parts(content, asked, password, merchant.reading.part_bytes)


def limits_of(merchant: Merchant) -> ReadLimits:
    """What a file of the merchant's may hold."""
    return ReadLimits(**merchant.reading.limits())


def _settings(merchant: Merchant, shop: Shop, report: str) -> dict[str, Any]:
    said = shop.reports[report]
    return {
        "platform": shop.platform,
        "report": said.report or report,
        "time_zone": merchant.time_zone,
        "remark_marks": dict(shop.remark_marks),
        "columns": said.columns,
        "declared": said.declared,
        "warehouse_pattern": shop.warehouse_pattern,
        "currency": shop.currency,
        "counts_other_channels": said.counts_other_channels,
        "encoding": said.encoding or shop.encoding,
        "limits": limits_of(merchant),
        "writing": shop.writing_of(report),
        "shop_names": merchant.shop_names(),
        "shop": said.for_shop or (shop.name if shop.sells else None),
    }
