"""What each channel of advertising took, and what of the sales that it brought was left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from include.kpi.kpi_sums import ChannelSums, KpiSums


@dataclass(frozen=True)
class Earned:
    """kept: the share of what is paid in the shop that is left after refunds and the goods' cost; None: not known."""

    shop: str
    channel: str
    sums: ChannelSums
    kept: float | None

    @property
    def back(self) -> float | None:
        """What was sold for each unit of money spent, as the platform attributes it."""
        return self.sums.paid / self.sums.spent if self.sums.paid is not None and self.sums.spent else None

    @property
    def needed(self) -> float | None:
        """The return below which the channel loses money: 1 / kept. None also where the goods leave nothing."""
        return 1 / self.kept if self.kept is not None and self.kept > 0 else None

    @property
    def left(self) -> int | None:
        """Contribution in micros: what was attributed x kept, less what was spent."""
        if self.sums.paid is None or self.kept is None:
            return None
        return round(self.sums.paid * self.kept) - self.sums.spent

    @property
    def loses(self) -> bool:
        return self.left is not None and self.left < 0


def earned_by(sums: KpiSums, span: str, shops: Sequence[str]) -> list[Earned]:
    """Each channel of these shops in the span, the smallest contribution first, unknown ones last."""
    found = [
        Earned(shop, channel, one, _kept(sums, span, shop))
        for (at, shop, channel), one in sums.channels.items()
        if at == span and shop in shops
    ]
    return sorted(found, key=lambda one: (one.left is None, one.left or 0, one.shop, one.channel))


def _kept(sums: KpiSums, span: str, shop: str) -> float | None:
    """(1 - cost / paid, of goods with a known cost) x (1 - refunded / paid) of the shop's matched goods: what is sent
    back is taken to come back whole. None: nothing was sold, or no cost is known."""
    whole = sums.shops.get((span, shop), {})
    costed, cost, matched, refunded = (whole.get(name) for name in ("costed", "cost", "matched", "refunded"))
    if not costed or cost is None or not matched or refunded is None:
        return None
    return (1 - cost / costed) * (1 - refunded / matched)
