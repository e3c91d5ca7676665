"""The channels that the merchant's settings describe."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from include.settings.channels import Channel as ChannelSettings
from include.tasks.channels.file import FileChannel
from include.tasks.channels.http import Limits
from include.tasks.channels.mail import MailChannel
from include.tasks.channels.notice import Teller
from include.tasks.channels.parcel import Channel
from include.tasks.channels.robots import DIALECTS, RobotChannel
from include.tasks.channels.webhook import SuccessRule, WebhookChannel

MAKERS: Mapping[str, Callable[[ChannelSettings, str], Channel]] = {
    "file": lambda one, desk: FileChannel(one.name, one.path or "", one.language, one.formats),
    "webhook": lambda one, desk: WebhookChannel(
        one.name,
        is_repeatable=one.receiver_is_idempotent,
        success=SuccessRule(**dict(one.receivers_answer)) if one.receivers_answer else None,
        limits=Limits.of(one.timeout_seconds),
    ),
    "mail": lambda one, desk: MailChannel(
        one.name, one.language, encryption=one.encryption, timeout_seconds=one.timeout_seconds or 60, desk=desk
    ),
    **{
        make: lambda one, desk: RobotChannel(
            one.name, one.kind, one.language, desk, one.mention, limits=Limits.of(one.timeout_seconds)
        )
        for make in DIALECTS
    },
}


def channels_of(described: Iterable[ChannelSettings], audiences: Iterable[str] = (), desk: str = "") -> list[Channel]:
    """One channel for each description. Secrets are not part of it: `deliver` takes them by the channel's name.

    desk: the address that the desk's pages stand below; '': messages have no links.
    audiences: the ways of contact that the platforms' own tools carry out: folders get a file for them.
    """
    made = [MAKERS[one.kind](one, desk) for one in described]
    return [replace(one, audiences=tuple(audiences)) if isinstance(one, FileChannel) else one for one in made]


def tellers_of(described: Iterable[ChannelSettings]) -> list[Teller]:
    """One for each description of a channel that somebody hears; folders are left out."""
    made = [MAKERS[one.kind](one, "") for one in described if one.kind != "file"]
    return [one for one in made if isinstance(one, (MailChannel, RobotChannel, WebhookChannel))]


def names_for(described: Iterable[ChannelSettings], kind: str) -> list[str]:
    """The names of the channels that take lists of this kind."""
    return [one.name for one in described if kind in one.lists]
