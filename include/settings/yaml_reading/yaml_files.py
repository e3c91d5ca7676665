"""A YAML file as values, and the line on which each of them stands.

Read stricter than YAML 1.1 is by default: a key that stands twice is an error and not the last one's word, 10:30 is a
text and not 630, a day is a text until somebody knows that a day is meant, NO is Norway and yes no number of days.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from include.settings.saying import BilingualError

Place = tuple[str | int, ...]
_READ_ANEW = (
    "tag:yaml.org,2002:int", "tag:yaml.org,2002:float", "tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:bool"
)  # fmt: skip


class SettingsError(BilingualError):
    """The YAML says something that cannot be; the message names file and place."""


@dataclass(frozen=True)
class YamlFile:
    """lines: where each value's key stands, counted from 1; () is the file's first line."""

    path: Path
    content: dict[str, Any]
    lines: Mapping[Place, int]

    def at(self, place: Place) -> str:
        """File and line of a value, or of the nearest thing around it that is written there."""
        return f"{self.path}, line {self.line_of(place)}"

    def line_of(self, place: Place) -> int:
        while place not in self.lines and place:
            place = place[:-1]
        return self.lines.get(place, 1)


class _Loader(yaml.SafeLoader):
    """Without the readings of YAML 1.1 that turn what a person wrote into something else."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in _READ_ANEW]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"^[-+]?(?:0|[1-9][0-9_]*|0x[0-9a-fA-F_]+)$"), list("-+0123456789")
)
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?(?:[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?|\.[0-9][0-9_]*|\.(?:inf|Inf|INF)|\.(?:nan|NaN))$"),
    list("-+0123456789."),
)
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)


def read_yaml(path: Path) -> YamlFile:
    """The file's mapping. Raises SettingsError naming the file, and the line if it is about one."""
    return parse_yaml(path, text_of(path))


def text_of(path: Path) -> str:
    """Raises SettingsError if there is no such file, or if it is not UTF-8."""
    if not path.is_file():
        raise SettingsError.named("error.no_file", path=path)
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise SettingsError.named("setting.not_utf8", file=path, byte=error.start) from error


def parse_yaml(path: Path, text: str) -> YamlFile:
    """The mapping that `text`, read from `path`, describes. Raises SettingsError naming the file and the line."""
    loader = _Loader(text)
    try:
        root = loader.get_single_node()
        lines: dict[Place, int] = {(): 1}
        if root is not None:
            _walk(path, root, (), lines)
        content = None if root is None else loader.construct_document(root)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line, said = mark.line + 1 if mark else 1, getattr(error, "problem", None) or error
        raise SettingsError.named("setting.no_yaml", file=path, line=line, said=said) from error
    finally:
        loader.dispose()
    if not isinstance(content, dict):
        raise SettingsError.named("setting.no_mapping", file=path, found=type(content).__name__)
    return YamlFile(path, content, lines)


def _walk(path: Path, node: yaml.Node, place: Place, lines: dict[Place, int]) -> None:
    if isinstance(node, yaml.MappingNode):
        seen: dict[str, int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise SettingsError.named("setting.no_word", file=path, line=line)
            if key.value in seen and key.value != "<<":
                name = ".".join(map(str, (*place, key.value)))
                first = seen[key.value]
                raise SettingsError.named("setting.key_twice", file=path, line=line, name=name, first=first)
            seen[key.value] = line
            lines[*place, key.value] = line
            _walk(path, value, (*place, key.value), lines)
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            lines[*place, number] = value.start_mark.line + 1
            _walk(path, value, (*place, number), lines)
