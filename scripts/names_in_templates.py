"""Writes the names that templates use as Python code, so that Vulture knows that somebody uses them."""

import keyword
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_MARKED = re.compile(r"\{\{(.*?)\}\}|\{%(.*?)%\}", re.DOTALL)
_NAME = re.compile(r"\.([a-z_][a-z0-9_]*)")


def names() -> set[str]:
    """Attributes that are read in a template of include/, and parts of texts' names that might be one."""
    texts = (path.read_text(encoding="utf-8") for path in sorted((ROOT / "include").rglob("*.j2")))
    marked = ("".join(part) for text in texts for part in _MARKED.findall(text))
    return {name for part in marked for name in _NAME.findall(part) if not keyword.iskeyword(name)}


if __name__ == "__main__":
    print("\n".join(f"_.{name}" for name in sorted(names())))
