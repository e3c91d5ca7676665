"""What a channel takes of a list, and when: its lines, its quiet hours, one message for a whole morning."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time

from include.calendar.business_days import day_after, parse_day
from include.calendar.quiet_hours import end_of_quiet
from include.settings.channels import Channel as ChannelSettings
from include.tasks.channels.parcel import Parcel
from include.tasks.document import Line
from include.tasks.kind import NOW
from include.tasks.kinds import kind_of


@dataclass(frozen=True)
class Route:
    """only: field of a line -> its values that are taken; a kind of list without the field is not narrowed by it.
    lists, due: of a channel that gets one message a morning, the kinds that it waits for, and until when at most."""

    only: Mapping[str, frozenset[str]]
    urgent_only: bool = False
    quiet_hours: tuple[time, time] | None = None
    is_digest: bool = False
    lists: frozenset[str] = frozenset()
    due: time = time(8, 0)

    @property
    def is_narrow(self) -> bool:
        return bool(self.only) or self.urgent_only

    def narrowed(self, parcel: Parcel) -> Parcel:
        """The parcel without the lines that are not for this channel, and without further tables, which are of all."""
        document = parcel.document
        others = frozenset(line.task_id for line in document.lines if not self._takes(document.kind, line))
        return replace(parcel, document=replace(document, tables={}), withheld=parcel.withheld | others)

    def quiet_until(self, now: datetime) -> datetime | None:
        return end_of_quiet(now, self.quiet_hours)

    def waits_for_more(self, day: str, there: frozenset[str], now: datetime) -> bool:
        """Whether other lists of the morning are still to come. there: the kinds that are in the outbox."""
        due = datetime.combine(parse_day(day_after(day)), self.due)
        return self.is_digest and not self.lists <= there and now < due

    def _takes(self, kind: str, line: Line) -> bool:
        if self.urgent_only and kind_of(kind).has_urgency and line.urgency != NOW:
            return False
        fields = {column.field for column in kind_of(kind).columns}
        fields |= set() if "customer" in kind_of(kind).subject else {"category"}  # no column of its own
        for name, taken in self.only.items():
            own = [one for one in (name, f"from_{name}") if one in fields]
            if own and not any(str(line.payload.get(one) or "") in taken for one in own):
                return False
        return True


def route_of(one: ChannelSettings, due: time) -> Route:
    """due: when the day's lists must lie on the desk, which a message for all of them does not wait beyond."""
    said = {"warehouse": one.warehouses, "supplier": one.suppliers, "category": one.categories}
    return Route(
        only={name: frozenset(values) for name, values in said.items() if values},
        urgent_only=one.urgent_only,
        quiet_hours=one.quiet_hours,
        is_digest=one.digest,
        lists=frozenset(one.lists),
        due=due,
    )
