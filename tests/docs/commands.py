"""The commands that a page tells its reader to type: in fenced blocks and inline alike."""

import re

_FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
_INLINE = re.compile(r"`([^`\n]+)`")
_COMMAND = re.compile(
    r"(?:make|\./storekeeper|python\d?|\.venv/bin/\w+|airflow|cp|export|docker|git|pip|source|uv)\s\S.*"
)
OUTPUT = ("text", "mermaid")  # the languages of blocks that show what came out, or a picture


def commands_of(page: str) -> list[str]:
    """Each once, in the page's order. A block that is neither output nor a picture may hold nothing but commands."""
    found: list[str] = []
    for fence in re.finditer(rf"{_FENCED.pattern}|{_INLINE.pattern}", page, re.DOTALL | re.MULTILINE):
        language, block, inline = fence.groups()
        if inline is not None:
            found += [inline] if _COMMAND.fullmatch(inline) else []
        elif language not in OUTPUT and not (language == "" and "/ " in block.split("\n", 1)[0]):  # the tree of folders
            lines = [line.strip() for line in block.splitlines() if line.strip()]
            strange = [line for line in lines if not _COMMAND.fullmatch(line)]
            if strange:
                raise ValueError(f"no command: {strange[0]!r}; a block of output is marked as ```text")
            found += lines
    return list(dict.fromkeys(found))
