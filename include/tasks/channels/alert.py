"""An alert to the on-call: one small signed JSON POST, sent once, in few seconds or not at all."""

import json
import time
from collections.abc import Mapping

from include.tasks.channels.http import Limits, post
from include.tasks.channels.parcel import Outcome
from include.tasks.channels.secrecy import without_secrets
from include.tasks.channels.webhook import signature


def post_alert(url: str, secret: str, message: Mapping[str, object]) -> str | None:
    """Send `message`; None where it was taken, else what went wrong, without the secret or the address in it.

    Signed as the webhook channel signs, with an empty secret where the receiver asks for none.
    """
    body = json.dumps(message, ensure_ascii=False, default=str).encode()
    timestamp = str(int(time.time()))
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "X-Storekeeper-Timestamp": timestamp,
        "X-Storekeeper-Signature": signature(secret, timestamp, body),
    }
    reply = post(url, body, headers, Limits())
    if isinstance(reply, Outcome):
        return without_secrets(reply.detail, {"url": url, "secret": secret})
    return None if reply.status < 300 else f"HTTP {reply.status}"
