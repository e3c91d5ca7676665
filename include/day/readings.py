"""The reading of one export by its shop's settings: whole, or in parts where it is too large to hold."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from include.landing.container import ZIP_MAGIC, is_text, unpack
from include.landing.raw_store import Kept
from include.settings.merchant import Merchant, Shop

if TYPE_CHECKING:
    from include.platforms.reading import Reading


@contextmanager
def readings(
    merchant: Merchant, shop: Shop, report: str, name: str, content: bytes | Kept, password: str | None
) -> Iterator[Iterator["Reading"]]:
    """The parts of an export, one at a time, together its reading; a small one, a workbook or a Parquet file is one
    part. Raises ExportError, also while the parts are taken."""
    from include.platforms.parts import read_in_parts
    from include.platforms.reading import read_export

    settings = _settings(merchant, shop, report)
    part_bytes = merchant.reading.part_bytes
    text, container = _large_text(content, name, password, part_bytes)
    if text is None:
        whole = content if isinstance(content, bytes) else content.read()
        yield iter([read_export(whole, name=name, password=password, **settings)])
        return
    with read_in_parts(text, name, container, part_bytes, **settings) as parts:
        yield parts


def _large_text(
    content: bytes | Kept, name: str, password: str | None, part_bytes: int
) -> tuple[Callable[[], Iterable[bytes]] | None, str]:
    """The bytes of a text of more than `part_bytes`, and in what it stood; None where it is no such text."""
    if isinstance(content, Kept):
        if is_text(content.head(), name):
            return content.chunks, "csv"
        content = content.read()
    if len(content) <= part_bytes and not content.startswith(ZIP_MAGIC):
        return None, ""
    unpacked = unpack(content, name, password)
    if unpacked.kind != "text" or len(unpacked.data) <= part_bytes:
        return None, ""
    return lambda: [unpacked.data], unpacked.container


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
    }
