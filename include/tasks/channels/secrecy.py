"""Keeping secrets out of what is stored, logged and shown."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from urllib.parse import quote, quote_plus, urlencode, urlsplit, urlunsplit

from include.tasks.channels.parcel import Outcome
from include.tasks.privacy import masked

# Passwords in front of a host, and everything after it: robots carry their token in path or query.
_ADDRESS = re.compile(r"\b([a-z][a-z0-9+.-]*://)([^\s/@'\"]*@)?([^\s/?#'\"<>]+)([^\s'\"<>]*)", re.IGNORECASE)
SHORTEST_SECRET = 4  # a shorter part of an address would hide ordinary words


SCHEMES = ("https", "http")
# What an Airflow connection's extra says besides the query of an address that was given as one.
NOT_OF_THE_QUERY = re.compile(r"header:.*|url|secret|sender|recipients|__extra__")


def web_address(
    host: str, *, kind: str = "", port: int | None = None, schema: str = "", extra: Mapping[str, object] | None = None
) -> str:
    """The address that an Airflow connection names, without login and password: a password signs what is sent, and
    must not travel beside its own signature. A receiver that wants HTTP's Basic auth gets it as `header:Authorization`.

    host: a whole address, or a host alone. schema: of the latter, http or https as Airflow's own HTTP hook takes it, or
    the path of an address that was given as a URL; extra: the query of that one.
    """
    if "://" in host:
        said = urlsplit(host)
        return urlunsplit((said.scheme, said.netloc.rpartition("@")[2], said.path, said.query, ""))
    server, _, path = host.rpartition("@")[2].partition("/")
    scheme = next((one for one in (schema, kind) if one in SCHEMES), SCHEMES[0])
    beneath = "" if schema in SCHEMES else schema
    whole = "/".join(part.strip("/") for part in (path, beneath) if part.strip("/"))
    query = {name: str(value) for name, value in (extra or {}).items() if not NOT_OF_THE_QUERY.fullmatch(name)}
    return urlunsplit((scheme, f"{server}:{port}" if port else server, quote(whole, safe="/%"), urlencode(query), ""))


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
