"""Group robots of DingTalk, WeCom and Feishu: a digest of the list in the team's chat.

All three answer HTTP 200 with the error in the body, and each signs in its own way (or not at all). A message that may
have arrived is not repeated: two are worse than one in the log.
"""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import quote_plus

from include.tasks.channels.card import EVERYBODY, Card, card_of, card_of_notice
from include.tasks.channels.http import Limits, Reply, excerpt, judged_by_status, post
from include.tasks.channels.notice import Notice
from include.tasks.channels.parcel import Outcome, Parcel
from include.tasks.sheets.digest import common_title, digests_of
from include.words.texts import Language, say


@dataclass(frozen=True)
class Dialect:
    """How one make of robot is spoken to.

    compose: card -> body. mention: a person -> how the text names them.
    sign: (url, body, secret, epoch seconds) -> (url, body).
    code_fields: where the answer's code stands, 0 is good. busy: code -> seconds after which to come again.
    longest: bytes of markdown. a_minute: messages a robot takes.
    """

    compose: Callable[[Card], dict[str, Any]]
    mention: Callable[[str], str]
    sign: Callable[[str, dict[str, Any], str, float], tuple[str, dict[str, Any]]]
    code_fields: tuple[str, ...]
    busy: Mapping[int, int]
    longest: int
    a_minute: int


def sign_dingtalk(url: str, body: dict[str, Any], secret: str, epoch: float) -> tuple[str, dict[str, Any]]:
    """Milliseconds and signature in the query; the key is the secret, the message timestamp and secret."""
    timestamp = str(int(epoch * 1000))
    sign = _hmac(secret, f"{timestamp}\n{secret}")
    return f"{url}{'&' if '?' in url else '?'}timestamp={timestamp}&sign={quote_plus(sign)}", body


def sign_feishu(url: str, body: dict[str, Any], secret: str, epoch: float) -> tuple[str, dict[str, Any]]:
    """Seconds and signature in the body; the key is timestamp and secret, the message is empty."""
    timestamp = str(int(epoch))
    return url, {**body, "timestamp": timestamp, "sign": _hmac(f"{timestamp}\n{secret}", "")}


def unsigned(url: str, body: dict[str, Any], _secret: str, _epoch: float) -> tuple[str, dict[str, Any]]:
    """WeCom's robots know no signature: the key in the address is all."""
    return url, body


def _dingtalk(card: Card) -> dict[str, Any]:
    """A card with a button, which knows no mentions; with mentions, plain markdown."""
    if card.address and not card.people:
        told = {"title": card.title, "text": card.text, "singleTitle": card.button, "singleURL": card.address}
        return {"msgtype": "actionCard", "actionCard": {**told, "btnOrientation": "0"}}
    at: dict[str, Any] = {"isAtAll": EVERYBODY in card.people}
    named = [one for one in card.people if one != EVERYBODY]
    if named:
        mobiles = [one for one in named if one.isdecimal() and len(one) == MOBILE_DIGITS]
        at |= {"atMobiles": mobiles, "atUserIds": [one for one in named if one not in mobiles]}
    return {"msgtype": "markdown", "markdown": {"title": card.title, "text": card.text}, "at": at}


def _wecom(card: Card) -> dict[str, Any]:
    return {"msgtype": "markdown", "markdown": {"content": card.text}}


def _feishu(card: Card) -> dict[str, Any]:
    elements: list[dict[str, Any]] = [{"tag": "div", "text": {"tag": "lark_md", "content": card.text}}]
    if card.address:
        button = {"tag": "button", "text": {"tag": "plain_text", "content": card.button}, "type": "primary"}
        elements.append({"tag": "action", "actions": [{**button, "url": card.address}]})
    return {
        "msg_type": "interactive",
        "card": {
            "config": {"wide_screen_mode": True},
            "header": {"title": {"tag": "plain_text", "content": card.title}, "template": "blue"},
            "elements": elements,
        },
    }


MOBILE_DIGITS = 11  # of a number on the mainland, by which DingTalk knows a person too
# A new robot is a dialect here, and its name stands in `include.settings.channels` (`Channel.kind`, ROBOTS) and, for
# `storekeeper init`, in `Alerting` of `include.cli.watching.set_up`. What it answers must be JSON with a code: 0 is
# taken, those of its dialect mean later, others refused; an answer without a code is of unknown outcome.
DIALECTS: Mapping[str, Dialect] = {
    "dingtalk": Dialect(_dingtalk, lambda one: f"@{one}", sign_dingtalk, ("errcode",),
                        {-1: 60, 130101: 600, 410100: 600, 90030: 600}, 16_000, 20),
    "wecom": Dialect(_wecom, lambda one: f"<@{one}>", unsigned, ("errcode",), {-1: 60, 45009: 60}, 4_000, 20),
    "feishu": Dialect(_feishu, lambda one: f"<at id={one}></at>", sign_feishu, ("code", "StatusCode"),
                      {11232: 60, 9499: 60}, 16_000, 100),
}  # fmt: skip


class Pace:
    """So many messages in any minute. Refused ones are told how many seconds to wait."""

    def __init__(self, a_minute: int, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._a_minute, self._monotonic = a_minute, monotonic
        self._sent: deque[float] = deque()
        self._lock = threading.Lock()

    def wait_seconds(self) -> int:
        """0 and the message is counted, or the seconds until there is room."""
        with self._lock:
            now = self._monotonic()
            while self._sent and now - self._sent[0] >= 60:
                self._sent.popleft()
            if len(self._sent) < self._a_minute:
                self._sent.append(now)
                return 0
            return int(60 - (now - self._sent[0])) + 1


@dataclass(frozen=True)
class RobotChannel:
    """Secrets: `url` (with its token), and `secret` where the robot checks signatures.

    desk: the address that the desk's pages stand below; '': messages have no links. mention: who are named where a line
    is to be done now."""

    is_repeatable: ClassVar[bool] = False
    name: str
    make: str
    language: Language = "zh"
    desk: str = ""
    mention: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)
    epoch: Callable[[], float] = time.time
    pace: Pace | None = None

    def __post_init__(self) -> None:
        if self.pace is None:
            object.__setattr__(self, "pace", Pace(DIALECTS[self.make].a_minute))

    def send(self, parcel: Parcel, secrets: Mapping[str, str]) -> Outcome:
        return self._say(secrets, lambda dialect: self._card(parcel, dialect))

    def tell(self, notice: Notice, secrets: Mapping[str, str]) -> Outcome:
        return self._say(
            secrets, lambda dialect: card_of_notice(notice, dialect.longest, self.mention, dialect.mention)
        )

    def _say(self, secrets: Mapping[str, str], card: Callable[[Dialect], Card]) -> Outcome:
        dialect = DIALECTS[self.make]
        if not secrets.get("url"):
            return Outcome("failed", f"channel {self.name}: the connection lacks url")
        wait = self.pace.wait_seconds() if self.pace else 0
        if wait:
            return Outcome("failed", f"more than {dialect.a_minute} messages a minute", True, wait)
        url, body = secrets["url"], dialect.compose(card(dialect))
        if secrets.get("secret"):
            url, body = dialect.sign(url, body, secrets["secret"], self.epoch())
        content = json.dumps(body, ensure_ascii=False).encode("utf-8")
        reply = post(url, content, {"Content-Type": "application/json; charset=utf-8"}, self.limits)
        return reply if isinstance(reply, Outcome) else judged(reply, dialect)

    def _card(self, parcel: Parcel, dialect: Dialect) -> Card:
        digests = digests_of(parcel, self.language, self.desk)
        return card_of(
            common_title(digests, parcel.document.day, self.language),
            digests,
            dialect.longest,
            button=say(self.language, "list.open_on_desk"),
            people=self.mention,
            mention=dialect.mention,
        )


def judged(reply: Reply, dialect: Dialect) -> Outcome:
    """By the code in the body; a 200 whose body has none is unknown."""
    by_status = judged_by_status(reply)
    if by_status.state != "sent":
        return by_status
    try:
        answer = json.loads(reply.body)
        code = next(answer[name] for name in dialect.code_fields if name in answer)
    except (ValueError, TypeError, StopIteration):
        return Outcome("unknown", f"HTTP {reply.status} without a code: {excerpt(reply.body)}")
    if code == 0:
        return Outcome("sent", "taken by the robot")
    return Outcome("failed", f"code {code}: {excerpt(reply.body)}", code in dialect.busy, dialect.busy.get(code, 0))


def _hmac(key: str, message: str) -> str:
    made = hmac.new(key.encode("utf-8"), message.encode("utf-8"), hashlib.sha256)
    return base64.b64encode(made.digest()).decode("ascii")
