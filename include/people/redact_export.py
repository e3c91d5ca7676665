"""A shop's exports without a person."""

from collections.abc import Iterable

from include.exports.declaration import Report
from include.exports.redaction import Needles, Redacted, redact
from include.files.content import Content
from include.files.errors import ExportError
from include.files.limits import NO_LIMITS, ReadLimits
from include.settings.shops import Shop


def redacted(
    content: Content,
    shop: Shop | None,
    report: str | None,
    name: str,
    password: str | None,
    names: Iterable[str],
    orders: Iterable[str] = (),
    limits: ReadLimits = NO_LIMITS,
) -> Redacted:
    """`content` with a person's rows blanked; no content where it cannot be opened or written again.

    names: what names them in clear (buyers, phones, addresses). orders: numbers of their orders. limits: the merchant's
    own, by which its files were read.

    report: its name in the shop's YAML; None: any of the shop's. shop: None where nobody knows whose file it is.
    """
    reports = [] if shop is None else list(_declared(shop, report))
    named = None if shop is None or report is None else shop.reports.get(report)
    encoding = (named.encoding if named else None) or (shop.encoding if shop else None)
    try:
        return redact(content, name, reports, Needles.of(names, orders), password, encoding, limits)
    except ExportError:
        return Redacted(None, 0, frozenset())


def _declared(shop: Shop, only: str | None) -> Iterable[Report]:
    from include.platforms import registry

    for name, settings in shop.reports.items():
        if only in (None, name):
            report = registry.report(shop.platform, settings.report or name, settings.declared)
            yield report.with_headers(settings.columns) if settings.columns else report
