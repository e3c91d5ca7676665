"""Where a person's data may stand that an erasure cannot reach: told on its certificate, place by place."""

from include.settings.channels import Channel
from include.warehouse.workspace import Office

_SENT = {
    "webhook": ("已推送到外部系统的名单", "lists that another system was sent"),
    "mail": ("已发出的邮件及其附件", "mails that were sent, and what they carried"),
}
_CHAT = ("已发到群里的消息及其文件", "messages sent to a chat, and their files")


def places_not_reached(office: Office) -> list[dict[str, str]]:
    """what, why_zh, why of every such place of this merchant: folders on other machines, what was sent, copies that
    others make. Places are named by shop and channel, never by address."""
    merchant, books = office.merchant, office.books
    found = []
    for shop in merchant.shops:
        if any(place is not None and _is_remote(place) for place in (shop.source.path, shop.source.history)):
            why = "远程目录中的导出文件须在原处删除", "exports in its remote folder are to be removed where they lie"
            found.append(_place(f"shop {shop.name}", why))
    if _is_remote(merchant.raw):
        why = (
            "对象存储中的旧版本及其备份须按存储设置清除",
            "older versions and backups that the object store keeps of raw files",
        )
        found.append(_place("raw store", why))
    found += [_place(f"channel {one.name}", sent) for one in merchant.channels if (sent := _sent_by(one)) is not None]
    if books.dialect.name != "sqlite":
        why = "数据库自身的备份与归档日志", "the database server's own backups and archived logs"
        found.append(_place("books", why))
    why = "复制到其他机器、磁盘或纸面上的备份与名单", "backups and lists copied to other machines, disks or paper"
    return [*found, _place("copies", why)]


def _sent_by(channel: Channel) -> tuple[str, str] | None:
    if "recall" not in channel.lists:
        return None
    if channel.kind == "file":
        if channel.path is None or not _is_remote(channel.path):
            return None
        return "远程目录中的召回名单须在原处删除", "recall lists in its remote folder are to be removed where they lie"
    return _SENT.get(channel.kind, _CHAT)


def _is_remote(place: str) -> bool:
    return "://" in place


def _place(what: str, why: tuple[str, str]) -> dict[str, str]:
    return {"what": what, "why_zh": why[0], "why": why[1]}
