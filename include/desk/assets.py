"""The desk's own styles, scripts and their libraries: nothing is loaded from another host."""

import functools
import hashlib
from pathlib import Path

STATIC = Path(__file__).with_name("static")
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@functools.cache
def assets() -> dict[str, tuple[Path, str]]:
    """Name -> (file, the hash of what is in it)."""
    files = sorted(one for one in STATIC.rglob("*") if one.suffix in TYPES)
    return {
        one.relative_to(STATIC).as_posix(): (one, hashlib.sha256(one.read_bytes()).hexdigest()[:12]) for one in files
    }


def asset_address(name: str) -> str:
    """Below the desk's root, with the file's hash: a browser may keep it for ever."""
    return f"/static/{name}?{assets()[name][1]}"
