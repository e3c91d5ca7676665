"""The reading of one export by its shop's settings: whole, or in parts where it is too large to hold."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from include.landing.container import OLE_MAGIC, ZIP_MAGIC, Member, Unpacked, unpack
from include.landing.content import Content, as_content, head_of
from include.landing.raw_store import Kept
from include.landing.spill import Spill
from include.settings.merchant import Merchant, Shop

if TYPE_CHECKING:
    from include.platforms.reading import Reading


@contextmanager
def readings(
    merchant: Merchant, shop: Shop, report: str, name: str, content: bytes | Kept, password: str | None
) -> Iterator[Iterator["Reading"]]:
    """The parts of an export, one at a time, together its reading; a small one or a workbook is one part. Raises
    ExportError, also while the parts are taken."""
    from include.platforms.parts import parquet_in_parts, read_in_parts
    from include.platforms.reading import read_export

    settings = _settings(merchant, shop, report)
    part_bytes = merchant.reading.part_bytes
    large = _large_table(as_content(content), name, password, part_bytes)
    if large is None:
        whole = content if isinstance(content, bytes) else content.read()
        yield iter([read_export(whole, name=name, password=password, **settings)])
    elif large.kind == "text":
        with read_in_parts(large.content.chunks, name, large.container, part_bytes, **settings) as parts:
            yield parts
    else:
        with (
            _in_any_order(large.content) as table,
            parquet_in_parts(table, name, large.container, part_bytes, **settings) as parts,
        ):
            yield parts


def _large_table(content: Content, name: str, password: str | None, part_bytes: int) -> Unpacked | None:
    """A text or Parquet file of more than `part_bytes`, be it in a zip; None where it is another."""
    head = head_of(content)
    if head.startswith(OLE_MAGIC) or (content.size <= part_bytes and not head.startswith(ZIP_MAGIC)):
        return None
    unpacked = unpack(content, name, password)
    is_large = unpacked.kind in ("text", "parquet") and unpacked.content.size > part_bytes
    return unpacked if is_large else None


@contextmanager
def _in_any_order(content: Content) -> Iterator[Content]:
    """Something of a zip is unpacked first: it cannot be gone about in."""
    if not isinstance(content, Member):
        yield content
        return
    with Spill() as spill:
        yield spill.keep(content.chunks())


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
        "writing": shop.writing_of(report),
    }
