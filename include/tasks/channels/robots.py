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

from include.tasks.channels.http import Limits, Reply, excerpt, judged_by_status, post
from include.tasks.channels.parcel import Outcome, Parcel
from include.tasks.sheets.digest import Digest, digest_of
from include.tasks.wording import Language


@dataclass(frozen=True)
class Dialect:
    """How one make of robot is spoken to.

    compose: (title, markdown) -> body. sign: (url, body, secret, epoch seconds) -> (url, body).
    code_fields: where the answer's code stands, 0 is good. busy: code -> seconds after which to come again.
    longest: bytes of markdown. a_minute: messages a robot takes.
    """

    compose: Callable[[str, str], dict[str, Any]]
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


def _dingtalk(title: str, text: str) -> dict[str, Any]:
    return {"msgtype": "markdown", "markdown": {"title": title, "text": text}, "at": {"isAtAll": False}}


def _wecom(_title: str, text: str) -> dict[str, Any]:
    return {"msgtype": "markdown", "markdown": {"content": text}}


def _feishu(title: str, text: str) -> dict[str, Any]:
    return {
        "msg_type": "interactive",
        "card": {
            "config": {"wide_screen_mode": True},
            "header": {"title": {"tag": "plain_text", "content": title}, "template": "blue"},
            "elements": [{"tag": "div", "text": {"tag": "lark_md", "content": text}}],
        },
    }


# A new robot is a dialect here, and its name among the kinds of `include.settings.channels.Channel`. What it answers
# must be JSON with a code: an answer without one is of unknown outcome.
DIALECTS: Mapping[str, Dialect] = {
    "dingtalk": Dialect(_dingtalk, sign_dingtalk, ("errcode",), {-1: 60, 130101: 600, 410100: 600, 90030: 600},
                        16_000, 20),
    "wecom": Dialect(_wecom, unsigned, ("errcode",), {-1: 60, 45009: 60}, 4_000, 20),
    "feishu": Dialect(_feishu, sign_feishu, ("code", "StatusCode"), {11232: 60, 9499: 60}, 16_000, 100),
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
    """Secrets: `url` (with its token), and `secret` where the robot checks signatures."""

    is_repeatable: ClassVar[bool] = False
    name: str
    make: str
    language: Language = "zh"
    limits: Limits = field(default_factory=Limits)
    epoch: Callable[[], float] = time.time
    pace: Pace | None = None

    def __post_init__(self) -> None:
        if self.pace is None:
            object.__setattr__(self, "pace", Pace(DIALECTS[self.make].a_minute))

    def send(self, parcel: Parcel, secrets: Mapping[str, str]) -> Outcome:
        dialect = DIALECTS[self.make]
        if not secrets.get("url"):
            return Outcome("failed", f"channel {self.name}: the connection lacks url")
        wait = self.pace.wait_seconds() if self.pace else 0
        if wait:
            return Outcome("failed", f"more than {dialect.a_minute} messages a minute", True, wait)
        digest = digest_of(parcel, self.language)
        url, body = secrets["url"], dialect.compose(digest.title, markdown_of(digest, dialect.longest))
        if secrets.get("secret"):
            url, body = dialect.sign(url, body, secrets["secret"], self.epoch())
        content = json.dumps(body, ensure_ascii=False).encode("utf-8")
        reply = post(url, content, {"Content-Type": "application/json; charset=utf-8"}, self.limits)
        return reply if isinstance(reply, Outcome) else judged(reply, dialect)


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


def markdown_of(digest: Digest, longest: int) -> str:
    """The digest as markdown of at most `longest` bytes; whole paragraphs go first, from the end."""
    parts = [f"### {_plain(digest.title)}", *map(_plain, digest.paragraphs())]
    while len(parts) > 1 and len("\n\n".join(parts).encode("utf-8")) > longest:
        parts.pop()
    return "\n\n".join(parts).encode("utf-8")[:longest].decode("utf-8", "ignore")


def _plain(text: str) -> str:
    """Titles come from platforms: nothing in them may become a link, a mention or a tag."""
    for mark, instead in (("<", "＜"), (">", "＞"), ("[", "［"), ("]", "］"), ("@", "＠"), ("`", "'")):
        text = text.replace(mark, instead)
    return " ".join(text.split())


def _hmac(key: str, message: str) -> str:
    made = hmac.new(key.encode("utf-8"), message.encode("utf-8"), hashlib.sha256)
    return base64.b64encode(made.digest()).decode("ascii")
