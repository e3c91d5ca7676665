"""A connection's parts as the options of a file system. Who resolves the connection (Airflow) hands its parts in.

What a connection may say in its extra, beside host, port, login and password:

sftp   private_key (text), private_key_passphrase, host_key ('ssh-ed25519 AAAA…'), known_hosts (a path),
       no_host_key_check (true: anybody may pose as the server), timeout
s3     endpoint_url, region_name, aws_session_token, addressing_style (virtual or path), timeout
oss    the same; the endpoint is needed, e.g. https://oss-cn-hangzhou.aliyuncs.com
http   headers (a mapping), verify (path of a CA certificate), timeout. A password without a login is a bearer token

For any other protocol of fsspec, host, port, username, password and all of the extra are its options.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

SEALED = "***"
# Options that are no secrets: everything else is kept out of texts.
_OPEN = {
    "host", "port", "username", "endpoint_url", "region", "addressing_style", "verify", "timeout", "known_hosts",
    "no_host_key_check", "host_key",
}  # fmt: skip
_SHORTEST_SECRET = 4


class StorageOptions(dict[str, Any]):
    """Options of a file system that do not show their secrets when they are printed or logged."""

    def __repr__(self) -> str:
        shown = (f"{name}={value!r}" if name in _OPEN else f"{name}={SEALED}" for name, value in self.items())
        return f"StorageOptions({', '.join(shown)})"

    __str__ = __repr__

    def without_secrets(self, text: str) -> str:
        """`text` with every secret of these options taken out."""
        for secret in sorted(_texts({n: v for n, v in self.items() if n not in _OPEN}), key=len, reverse=True):
            if len(secret) >= _SHORTEST_SECRET:
                text = text.replace(secret, SEALED)
        return text


def storage_options(
    source: str,
    *,
    host: str | None = None,
    port: int | None = None,
    login: str | None = None,
    password: str | None = None,
    extra: Mapping[str, Any] | None = None,
) -> StorageOptions:
    """What `open_place` needs to open `source` (an address, `{day}` and all) with a connection of these parts.

    Raises ValueError where the connection is of another host than the source, so that credentials never go to a server
    that they were not given for, and where it says something that is not known.
    """
    address = urlsplit(source)
    said = dict(extra or {})
    if address.scheme in ("sftp", "ssh"):
        found = _sftp(address.hostname, address.port, host, port, login, password, said)
    elif address.scheme in ("s3", "oss"):
        found = _s3(address.scheme, host, login, password, said)
    elif address.scheme in ("http", "https"):
        found = _http(address.scheme, address.hostname, host, login, password, said)
    elif address.scheme in ("", "file"):
        raise ValueError("a folder of this machine is opened without a connection")
    else:
        found = {"host": host, "port": port, "username": login, "password": password, **said}
        said = {}
    if said:
        known = "; see include/files/locations/credentials.py for what there is"
        raise ValueError(
            f"the connection's extra says {', '.join(sorted(said))}, which {address.scheme} does not{known}"
        )
    return StorageOptions({name: value for name, value in found.items() if value not in (None, "")})


def _sftp(
    named: str | None,
    named_port: int | None,
    host: str | None,
    port: int | None,
    login: str | None,
    password: str | None,
    said: dict[str, Any],
) -> dict[str, Any]:
    _same_host(named, host)
    if not (named or host):
        raise ValueError("neither the source's address nor its connection names the SFTP server")
    return {
        "host": named or host,
        "port": named_port or port,
        "username": login,
        "password": password,
        "private_key": said.pop("private_key", None),
        "passphrase": said.pop("private_key_passphrase", None),
        "host_key": said.pop("host_key", None),
        "known_hosts": said.pop("known_hosts", None),
        "no_host_key_check": _is_true(said.pop("no_host_key_check", False)) or None,
        "timeout": _seconds(said),
    }


def _s3(scheme: str, host: str | None, login: str | None, password: str | None, said: dict[str, Any]) -> dict[str, Any]:
    endpoint = said.pop("endpoint_url", None) or host
    if scheme == "oss" and not endpoint:
        raise ValueError(
            "the connection of an oss:// source needs endpoint_url, e.g. https://oss-cn-hangzhou.aliyuncs.com"
        )
    return {
        "access_key": login,
        "secret_key": password,
        "session_token": said.pop("aws_session_token", None),
        "endpoint_url": endpoint,
        "region": said.pop("region_name", None),
        # Alibaba's buckets are names under the endpoint; most S3-compatible servers want them in the path.
        "addressing_style": said.pop("addressing_style", "virtual" if scheme == "oss" else None),
        "timeout": _seconds(said),
    }


def _http(
    scheme: str, named: str | None, host: str | None, login: str | None, password: str | None, said: dict[str, Any]
) -> dict[str, Any]:
    _same_host(named, urlsplit(host).hostname if host and "://" in host else host)
    headers = dict(said.pop("headers", None) or {})
    if password and not login:
        headers["Authorization"] = f"Bearer {password}"
    if scheme == "http" and (headers or password) and named not in ("localhost", "127.0.0.1", "::1"):
        raise ValueError(f"credentials would go to {named} unencrypted: use https")
    return {
        "username": login,
        "password": password if login else None,
        "headers": headers or None,
        "verify": said.pop("verify", None),
        "timeout": _seconds(said),
    }


def _same_host(named: str | None, host: str | None) -> None:
    if named and host and named.lower() != host.lower():
        raise ValueError(f"the source is at {named}, its connection is for {host}")


def _seconds(said: dict[str, Any]) -> float | None:
    value = said.pop("timeout", None)
    return None if value is None else float(value)


def _is_true(value: Any) -> bool:
    return value is True or str(value).strip().lower() in ("true", "1", "yes")


def _texts(value: Any) -> list[str]:
    """Every text in a nested value; of a header such as 'Bearer x', its last word too."""
    if isinstance(value, str):
        return [value, value.split()[-1]] if value.split() else []
    if isinstance(value, Mapping):
        return [text for inner in value.values() for text in _texts(inner)]
    if isinstance(value, list | tuple):
        return [text for inner in value for text in _texts(inner)]
    return []
