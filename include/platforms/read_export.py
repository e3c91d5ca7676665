"""Read an export of a known platform's report: the declaration is looked up, the engine reads."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from include.exports import file_names
from include.exports.declaration import Context
from include.exports.headers import matching
from include.exports.parts import read
from include.exports.reading import Asked, Reading
from include.files.content import Content, Held
from include.files.limits import NO_LIMITS, ReadLimits
from include.platforms import registry
from include.privacy.display_names import readable
from include.settings.writing import Writing


def read_export(file: Path, *, name: str | None = None, password: str | None = None, **settings: Any) -> Reading:
    """`read_content` of a file on disk. name: as the platform gave it, the path's own name by default."""
    return read_content(Held(file.read_bytes()), name or file.name, password, **settings)


def read_content(content: Content, name: str = "export", password: str | None = None, **settings: Any) -> Reading:
    """Read an export of a known report.

    name: the file's name as the platform gave it. password: for protected workbooks. settings: those of `ask`. Raises
    ExportError if the whole export cannot be read.
    """
    return read(content, ask(readable(name), **settings), password)


def ask(
    file: str,
    *,
    platform: str,
    report: str,
    time_zone: str = "Asia/Shanghai",
    remark_marks: Mapping[str, str] | None = None,
    columns: Mapping[str, str | Sequence[str]] | None = None,
    declared: Mapping[str, Any] | None = None,
    warehouse_pattern: str | None = None,
    currency: str | None = None,
    counts_other_channels: bool = False,
    encoding: str | None = None,
    limits: ReadLimits = NO_LIMITS,
    writing: Writing | None = None,
    shop_names: Mapping[str, str] | None = None,
    shop: str | None = None,
) -> Asked:
    """How a file of this name is read as the `report` of a `platform`.

    remark_marks: text in the seller's remark -> mark (brushing, gift). columns: field -> the shop's own header for it.
    declared: the whole declaration, for platform 'declared' (see declared.py). warehouse_pattern: if a stock file's
    name says its warehouse. currency: the shop's; if a report says its rows' currency, rows in another are rejected
    (by default, in another than most of its rows), and so are amounts with the mark of another. writing: how the shop
    writes numbers and times; what a declaration says itself goes before it. counts_other_channels: whether goods that
    the platform only sends for a sale on another channel are this shop's demand. encoding: of its text files, if the
    shop declares one. limits: of what a file may hold. shop_names: every name of the merchant's shops -> its own, by
    which reports for several shops are read; shop: whose rows they are that name none.
    """
    declaration = registry.report(platform, report, declared)
    if columns:
        declaration = declaration.with_headers(columns)
    context = Context(
        file=file,
        time_zone=time_zone,
        remark_marks=remark_marks or {},
        warehouse=file_names.warehouse_in(file, warehouse_pattern or declaration.warehouse_pattern),
        file_day=file_names.day_in(file),
        currency=currency,
        counts_other_channels=counts_other_channels,
        writing=declaration.writing.over(writing or Writing()),
        shop_names=None if shop_names is None else {matching(name): own for name, own in shop_names.items()},
        shop=shop,
    )
    return Asked(declaration, context, encoding, limits)
