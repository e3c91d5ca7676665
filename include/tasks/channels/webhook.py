"""A list, or an alert, as one signed JSON POST, for an ERP's purchase requisition or any other receiver.

Headers: `Idempotency-Key` (the delivery key), `X-Storekeeper-Timestamp` (seconds since 1970) and
`X-Storekeeper-Signature`, which is `sha256=` and the hex HMAC-SHA256, under the shared secret, of the timestamp, a full
stop and the body's bytes. A receiver refuses a wrong signature, an old timestamp and a key it has already seen.
"""

import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from include.tasks.canonical_json import Json, canonical_json
from include.tasks.channels.http import Limits, Reply, excerpt, judged_by_status, post
from include.tasks.channels.notice import Notice
from include.tasks.channels.parcel import Outcome, Parcel

HEADER = "header:"


@dataclass(frozen=True)
class SuccessRule:
    """Receivers that answer 200 with an error in the body: `field` (dots go deeper) must equal one of `success`.

    `busy` are values of the field that mean 'not taken, come again'; every other one is a definite failure.
    """

    field: str
    success: tuple[int | str | bool, ...] = (0,)
    busy: tuple[int | str, ...] = ()

    def judge(self, reply: Reply) -> Outcome:
        """A body that does not say is an unknown outcome, not a success."""
        try:
            found = json.loads(reply.body)
            for part in self.field.split("."):
                found = found[part]
        except (ValueError, KeyError, TypeError):
            return Outcome("unknown", f"HTTP {reply.status} without {self.field!r} in its body: {excerpt(reply.body)}")
        if any(found == value and type(found) is type(value) for value in self.success):
            return Outcome("sent", f"HTTP {reply.status}, {self.field} {found!r}")
        said = f"HTTP {reply.status}, but {self.field} is {found!r}: {excerpt(reply.body)}"
        return Outcome("failed", said, may_repeat=found in self.busy)


@dataclass(frozen=True)
class WebhookChannel:
    """Secrets: `url`, `secret` for the signature, and a `header:NAME` for each header that the receiver wants besides.
    is_repeatable: the receiver honours the idempotency key."""

    name: str
    is_repeatable: bool = False
    success: SuccessRule | None = None
    limits: Limits = field(default_factory=Limits)
    epoch: Callable[[], float] = time.time

    def send(self, parcel: Parcel, secrets: Mapping[str, str]) -> Outcome:
        if not secrets.get("secret"):
            return Outcome("failed", f"channel {self.name}: the connection lacks secret")
        return self._post(parcel.delivery_key, body_of(parcel), secrets)

    def tell(self, notice: Notice, secrets: Mapping[str, str]) -> Outcome:
        """Signed with an empty secret if the receiver asks for none."""
        return self._post(notice.key, canonical_json(dict(notice.data)).encode("utf-8"), secrets)

    def _post(self, key: str, body: bytes, secrets: Mapping[str, str]) -> Outcome:
        if not secrets.get("url"):
            return Outcome("failed", f"channel {self.name}: the connection lacks url")
        timestamp = str(int(self.epoch()))
        reply = post(
            secrets["url"],
            body,
            {
                **{name.removeprefix(HEADER): value for name, value in secrets.items() if name.startswith(HEADER)},
                "Content-Type": "application/json; charset=utf-8",
                "User-Agent": "storekeeper",
                "Idempotency-Key": key,
                "X-Storekeeper-Timestamp": timestamp,
                "X-Storekeeper-Signature": signature(secrets.get("secret", ""), timestamp, body),
            },
            self.limits,
        )
        if isinstance(reply, Outcome):
            return reply
        outcome = judged_by_status(reply)
        return self.success.judge(reply) if self.success and outcome.state == "sent" else outcome


def body_of(parcel: Parcel) -> bytes:
    """The POST's bytes: the list without the lines that are withheld."""
    document = parcel.document
    whole: dict[str, Json] = {
        "delivery_key": parcel.delivery_key,
        "kind": document.kind,
        "day": document.day,
        "revision": parcel.revision,
        "notes": list(document.notes),
        "manifest": document.manifest,
        "lines": [
            {
                "task_id": line.task_id,
                "rank": line.rank,
                "urgency": line.urgency,
                "since_day": line.since_day,
                **line.payload,
            }
            for line in parcel.lines
        ],
    }
    return canonical_json(whole).encode("utf-8")


def signature(secret: str, timestamp: str, body: bytes) -> str:
    signed = hmac.new(secret.encode("utf-8"), timestamp.encode("ascii") + b"." + body, hashlib.sha256)
    return "sha256=" + signed.hexdigest()
