"""Keeping secrets out of what is stored, logged and shown."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from urllib.parse import quote, quote_plus, urlsplit

from include.tasks.channels.parcel import Outcome
from include.tasks.privacy import masked

# Passwords in front of a host, and everything after it: robots carry their token in path or query.
_ADDRESS = re.compile(r"\b([a-z][a-z0-9+.-]*://)([^\s/@'\"]*@)?([^\s/?#'\"<>]+)([^\s'\"<>]*)", re.IGNORECASE)
SHORTEST_SECRET = 4  # a shorter part of an address would hide ordinary words


def redacted(outcome: Outcome, secrets: Mapping[str, str]) -> Outcome:
    return replace(outcome, detail=without_secrets(outcome.detail, secrets))


def without_secrets(text: str, secrets: Mapping[str, str]) -> str:
    """`text` without any secret in any spelling, addresses cut to their host, personal data masked."""
    for value in sorted(set(_spellings(secrets)), key=len, reverse=True):
        text = text.replace(value, "***")
    text = _ADDRESS.sub(lambda found: f"{found[1]}{found[3]}{'/...' if found[4] else ''}", text)
    return masked(text)


def _spellings(secrets: Mapping[str, str]) -> Iterator[str]:
    for name, value in secrets.items():
        # The host is no secret, and an error without it helps nobody.
        parts = [] if name in ("host", "port") else [value]
        if "://" in value:
            address = urlsplit(value)
            parts = [address.query, address.path.strip("/"), address.password or "", *address.path.split("/")]
            parts += [piece.partition("=")[2] for piece in address.query.split("&")]
        for part in parts:
            if len(part) >= SHORTEST_SECRET:
                yield from (part, quote(part, safe=""), quote_plus(part))
