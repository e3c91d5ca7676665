"""Objects in S3, OSS and other S3-compatible stores, through Arrow's own client, which is installed anyway."""

from collections.abc import Generator, Mapping
from typing import Any
from urllib.parse import urlsplit

from fsspec.implementations.arrow import ArrowFSWrapper

from include.files.locations.place import CHUNK_BYTES

TIMEOUT_SECONDS = 60.0
CONNECT_SECONDS = 10.0


class S3Files(ArrowFSWrapper):
    """As fsspec wraps Arrow's, with each object's ETag as `mark`: the same size in the same second may be new bytes."""

    cachable = False
    lists_no_marks = True
    reads_one_content = False

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return path.split("://", 1)[-1].strip("/")

    def info(self, path: str, **more: Any) -> dict[str, Any]:
        found: dict[str, Any] = super().info(path, **more)
        if found["type"] == "file":
            with self.fs.open_input_file(found["name"]) as stream:
                about = stream.metadata()
            found["mark"] = about.get("ETag", b"").decode() or None
        return found

    def chunks(self, path: str, unless: str | None = None) -> Generator[bytes, None, None]:
        """The whole object as it comes."""
        with self.fs.open_input_file(path) as stream:
            while chunk := stream.read(CHUNK_BYTES):
                yield chunk

    def close(self) -> None:
        """Nothing lies open."""


def open_s3(options: Mapping[str, Any]) -> S3Files:
    """Without access_key, the credentials are those that the AWS environment has for this process."""
    from pyarrow.fs import S3FileSystem

    about: dict[str, Any] = {
        name: options[name] for name in ("access_key", "secret_key", "session_token", "region") if name in options
    }
    if endpoint := options.get("endpoint_url"):
        address = urlsplit(endpoint if "://" in endpoint else f"https://{endpoint}")
        about |= {"endpoint_override": address.netloc, "scheme": address.scheme}
        about.setdefault("region", "us-east-1")  # S3-compatible servers take any; asking AWS for it would be wrong
    about["force_virtual_addressing"] = options.get("addressing_style") == "virtual"
    seconds = options.get("timeout", TIMEOUT_SECONDS)
    return S3Files(S3FileSystem(request_timeout=seconds, connect_timeout=min(seconds, CONNECT_SECONDS), **about))
