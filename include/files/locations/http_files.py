"""Files over HTTP(S), where a download that was cut off is never taken for a whole file.

A listing is a page with links, a JSON list of names, or a text with a name a line. Credentials go to the source's own
host only, whatever links or redirects say.
"""

import json
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote, unquote, urljoin, urlsplit

import httpx
from fsspec import AbstractFileSystem

from include.files.errors import SourceError
from include.files.locations.place import CHUNK_BYTES, NotModifiedError
from include.privacy.display_names import display_name

TIMEOUT_SECONDS = 60.0
MAX_REDIRECTS = 5
LARGEST_LISTING = 16 * 1024**2
NO_HEAD = (405, 501)


class HttpFiles(AbstractFileSystem):
    """Paths are whole addresses."""

    protocol = ("http", "https")
    cachable = False
    lists_no_marks = False  # nor sizes, by which it is known that `info` has to be asked
    reads_one_content = True

    def __init__(
        self,
        source: str,
        username: str | None = None,
        password: str | None = None,
        headers: Mapping[str, str] | None = None,
        verify: str | None = None,
        timeout: float | None = None,
    ) -> None:
        super().__init__()
        self._origin = _origin(source)
        # Bytes as they are: a length is only worth comparing where nothing was packed on the way.
        plain = {"Accept-Encoding": "identity"}
        about: dict[str, Any] = {"timeout": timeout or TIMEOUT_SECONDS, "follow_redirects": False}
        if verify:
            import ssl

            about["verify"] = ssl.create_default_context(cafile=verify)
        self._known = httpx.Client(
            headers={**plain, **(headers or {})}, auth=(username, password or "") if username else None, **about
        )
        self._stranger = httpx.Client(headers=plain, **about)

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return path

    def ls(self, path: str, detail: bool = True, **more: Any) -> list[Any]:
        """The files that the listing at `path` names, without size: `info` asks for that one by one."""
        with self._answer("GET", path) as answer:
            text = _bounded(answer)
            links = _links(text, answer.headers.get("content-type", ""), str(answer.url))
        found = [{"name": link, "type": "file", "file_name": _name(link)} for link in links]
        return found if detail else [each["name"] for each in found]

    def info(self, path: str, **more: Any) -> dict[str, Any]:
        """name, type, size, mtime (both None where the server does not say), mark (ETag, else Last-Modified)."""
        try:
            with self._answer("HEAD", path) as answer:
                return _about(path, answer)
        except _NoHeadError:
            with self._answer("GET", path) as answer:
                return _about(path, answer)

    def chunks(self, path: str, unless: str | None = None) -> Generator[bytes, None, None]:
        """The whole file as it comes. unless: the mark of a content that is known; NotModifiedError where it is still
        that.

        Raises SourceError where the server sent another number of bytes than it announced, or announced none and did
        not mark the end either.
        """
        asked = {}
        if unless:
            asked["If-None-Match" if unless.startswith(('"', "W/")) else "If-Modified-Since"] = unless
        with self._answer("GET", path, asked) as answer:
            length = answer.headers.get("content-length")
            if length is None and "chunked" not in answer.headers.get("transfer-encoding", ""):
                raise SourceError(
                    f"{_redacted_url(path)}: the server does not say how long the file is, so its end is unknown"
                )
            came = 0
            for chunk in answer.iter_raw(CHUNK_BYTES):
                came += len(chunk)
                yield chunk
        if length is not None and int(length) != came:
            raise SourceError(f"{_redacted_url(path)}: cut off after {came} of {length} bytes")

    def close(self) -> None:
        self._known.close()
        self._stranger.close()

    @contextmanager
    def _answer(self, method: str, address: str, headers: Mapping[str, str] | None = None) -> Iterator[httpx.Response]:
        for _ in range(MAX_REDIRECTS):
            client = self._known if _origin(address) == self._origin else self._stranger
            with closing(_sent(client, client.build_request(method, address, headers=dict(headers or {})))) as answer:
                if answer.has_redirect_location:
                    address = urljoin(address, answer.headers["location"])
                    continue
                _judge(method, address, answer)
                yield answer
                return
        raise SourceError(f"{_redacted_url(address)}: redirected more than {MAX_REDIRECTS} times")


def _sent(client: httpx.Client, request: httpx.Request) -> httpx.Response:
    """The answer's beginning. A server may close a connection that is kept while we ask: then it is asked again."""
    try:
        return client.send(request, stream=True)
    except httpx.RemoteProtocolError:
        return client.send(request, stream=True)


class _NoHeadError(Exception):
    """The server does not answer HEAD."""


def _judge(method: str, address: str, answer: httpx.Response) -> None:
    code = answer.status_code
    if code == 304:
        raise NotModifiedError
    if code in (404, 410):
        raise FileNotFoundError(_redacted_url(address))
    if method == "HEAD" and code in NO_HEAD:
        raise _NoHeadError
    if code != 200:
        raise SourceError(f"{_redacted_url(address)}: the server answers {code} {answer.reason_phrase}")


def _about(address: str, answer: httpx.Response) -> dict[str, Any]:
    length = answer.headers.get("content-length")
    changed = answer.headers.get("last-modified")
    return {
        "name": address,
        "type": "file",
        "size": int(length) if length and length.isdigit() else None,
        "mtime": _moment(changed),
        "mark": answer.headers.get("etag") or changed,
    }


def _moment(text: str | None) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text) if text else None
    except ValueError:
        return None
    if moment is None:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _bounded(answer: httpx.Response) -> str:
    content = b""
    for piece in answer.iter_raw():
        content += piece
        if len(content) > LARGEST_LISTING:
            raise SourceError(f"{_redacted_url(str(answer.url))}: this is no listing: more than 16 MiB")
    return content.decode("utf-8", errors="replace")


class _Anchors(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links += [value for name, value in attrs if tag == "a" and name == "href" and value]


def _links(text: str, content_type: str, base: str) -> list[str]:
    """Addresses of the files right under `base`, in the listing's order, each once."""
    if "json" in content_type:
        names = [quote(name, safe="/:?=&%") for name in _named(text, base)]
    elif "html" in content_type:
        anchors = _Anchors()
        anchors.feed(text)
        names = anchors.links
    else:
        names = [quote(line.strip(), safe="/:?=&%") for line in text.splitlines() if line.strip()]
    folder = urlsplit(base)._replace(query="", fragment="").geturl()
    folder = folder if folder.endswith("/") else folder.rsplit("/", 1)[0] + "/"
    found = []
    for name in names:
        link = urljoin(folder, name)
        rest = link.removeprefix(folder)
        if link.startswith(folder) and rest and "/" not in rest and not rest.startswith("?"):
            found.append(link)
    return list(dict.fromkeys(found))


def _named(text: str, base: str) -> list[str]:
    try:
        said = json.loads(text)
        return [each["name"] if isinstance(each, dict) else str(each) for each in said]
    except (ValueError, KeyError, TypeError):
        raise SourceError(
            f"{_redacted_url(base)}: expected a JSON list of names, or of objects with a `name`"
        ) from None


def _origin(address: str) -> tuple[str, str]:
    parts = urlsplit(address)
    return parts.scheme, parts.netloc.lower()


def _name(address: str) -> str:
    """The file's name: without host and query."""
    return unquote(PurePosixPath(urlsplit(address).path).name) or urlsplit(address).path


def _redacted_url(address: str) -> str:
    """The same for a message."""
    return display_name(_name(address))
