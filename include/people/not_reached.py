"""Where a person's data may stand that an erasure cannot reach: told on its certificate, place by place."""

from include.settings.channels import Channel
from include.warehouse.workspace import Workspace
from include.words.texts import in_each


def places_not_reached(workspace: Workspace) -> list[dict[str, str]]:
    """what, why_zh, why of every such place of this merchant: folders on other machines, what was sent, copies that
    others make. Places are named by shop and channel, never by address."""
    merchant, books = workspace.merchant, workspace.books
    found = [
        _place(f"shop {shop.name}", "person.not_reached.remote_exports")
        for shop in merchant.shops
        if any(place is not None and _is_remote(place) for place in (shop.source.path, shop.source.history))
    ]
    if _is_remote(merchant.raw):
        found.append(_place("raw store", "person.not_reached.object_store"))
    found += [_place(f"channel {one.name}", sent) for one in merchant.channels if (sent := _sent_by(one)) is not None]
    if books.dialect.name != "sqlite":
        found.append(_place("books", "person.not_reached.database"))
    if merchant.backups.by == "storekeeper":
        found.append(_place("backups", "person.not_reached.backups", days=merchant.backups.days))
    return [*found, _place("copies", "person.not_reached.copies")]


def _sent_by(channel: Channel) -> str | None:
    if "recall" not in channel.lists:
        return None
    if channel.kind == "file":
        if channel.path is None or not _is_remote(channel.path):
            return None
        return "person.not_reached.remote_lists"
    sent = {"webhook": "person.not_reached.webhook", "mail": "person.not_reached.mail"}
    return sent.get(channel.kind, "person.not_reached.chat")


def _is_remote(place: str) -> bool:
    return "://" in place


def _place(what: str, why: str, **values: int) -> dict[str, str]:
    zh, en = in_each(why, **values)
    return {"what": what, "why_zh": zh, "why": en}
