"""The reading of one export by its shop's settings: whole, or in parts where it is too large to hold."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from include.files.container import OLE_MAGIC, PARQUET_MAGIC, ZIP_MAGIC, Member, Unpacked, unpack
from include.files.content import Content, as_content, head_of
from include.files.limits import ReadLimits
from include.files.raw_store import Kept
from include.files.spill import Spill
from include.settings.merchant import Merchant
from include.settings.shops import Shop

if TYPE_CHECKING:
    from include.exports.reading import Reading

LEAST_CELL_BYTES = 16  # what a short cell's text takes in memory


@contextmanager
def readings(
    merchant: Merchant, shop: Shop, report: str, name: str, content: bytes | Kept, password: str | None
) -> Iterator[Iterator["Reading"]]:
    """The parts of an export, one at a time, together its reading; a small one or a workbook is one part. Raises
    ExportError, also while the parts are taken."""
    from include.exports.parts import parquet_in_parts, read_in_parts
    from include.exports.reading import read
    from include.platforms.read_export import ask
    from include.privacy.shown_names import readable

    asked = ask(readable(name), **_settings(merchant, shop, report))
    part_bytes = merchant.reading.part_bytes
    large = _large_table(as_content(content), name, password, part_bytes)
    if large is None:
        whole = content if isinstance(content, bytes) else content.read()
        yield iter([read(whole, asked, password)])
    elif large.kind == "text":
        with read_in_parts(large.content.chunks, asked, large.container, part_bytes) as parts:
            yield parts
    else:
        with (
            _in_any_order(large.content) as table,
            parquet_in_parts(table, asked, large.container, part_bytes) as parts,
        ):
            yield parts


def _large_table(content: Content, name: str, password: str | None, part_bytes: int) -> Unpacked | None:
    """A text or Parquet file of more than `part_bytes`, be it in a zip; None where it is another."""
    head = head_of(content)
    if head.startswith(OLE_MAGIC):
        return None
    if content.size <= part_bytes and not head.startswith((ZIP_MAGIC, PARQUET_MAGIC)):
        return None
    unpacked = unpack(content, name, password)
    if unpacked.kind == "text":
        return unpacked if unpacked.content.size > part_bytes else None
    if unpacked.kind != "parquet":
        return None
    return unpacked if unpacked.content.size > part_bytes or _unpacks_to_more(unpacked, part_bytes) else None


def _unpacks_to_more(unpacked: Unpacked, part_bytes: int) -> bool:
    """A Parquet file of so many cells that their texts are more than `part_bytes`: equal ones take no room in it."""
    from pyarrow import ArrowInvalid

    from include.files.workbooks.workbook import parquet_cells

    try:
        with _in_any_order(unpacked.content) as table, table.open() as file:
            return parquet_cells(file) * LEAST_CELL_BYTES > part_bytes
    except (ArrowInvalid, OSError):
        return False  # damaged, which reading it will tell


@contextmanager
def _in_any_order(content: Content) -> Iterator[Content]:
    """Something of a zip is unpacked first: it cannot be gone about in."""
    if not isinstance(content, Member):
        yield content
        return
    with Spill() as spill:
        yield spill.keep(content.chunks())


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
