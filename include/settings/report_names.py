"""The names of platforms and reports that settings may use, as each platform's own folder says them in `names.yaml`.

The adapters are heavy to import, and settings are read whenever Dags are parsed: a misspelt name must be found then and
not by the first export. A test holds the names and the adapters together.
"""

from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from include.settings.yaml_reading.yaml_files import read_yaml

DECLARED = "declared"  # whose reports have the names that the shop's YAML gives them
_FOLDERS = Path(__file__).parents[1] / "platforms"


class PlatformNames(BaseModel):
    """What `names.yaml` says."""

    model_config = ConfigDict(extra="forbid")

    place: int = Field(1000, description="in lists of platforms; where a header fits several alike, the first is taken")
    called: dict[str, str] = Field(
        {}, description="language -> what people call it, where a shop has no name of its own"
    )
    why_no_buyer: dict[str, str] = Field({}, description="language -> why its exports name few buyers, or none")
    contact: dict[str, dict[str, str]] = Field(
        {},
        description="reach of a contact channel -> language -> what a clerk does to contact the buyer of {order}, or "
        "to hand over {file}",
    )
    same: dict[str, dict[str, str]] = Field({}, description="other platforms with the same reports -> their `called`")
    reports: dict[str, list[str] | None] = Field(description="report -> other words for it that settings may use")


def _read() -> dict[str, PlatformNames]:
    """platform -> its names: by place, those of one place by name."""
    files = {path.parent.name: path for path in sorted(_FOLDERS.glob("*/names.yaml"))}
    found = {platform: PlatformNames.model_validate(read_yaml(path).content) for platform, path in files.items()}
    return dict(sorted(found.items(), key=lambda one: one[1].place))


_NAMES = _read()
SAME_AS: Mapping[str, str] = {other: platform for platform, names in _NAMES.items() for other in names.same}
# (platform, another word for a report) -> the report
OTHER_NAMES: Mapping[tuple[str, str], str] = {
    (platform, other): report
    for platform, names in _NAMES.items()
    for report, others in names.reports.items()
    for other in others or ()
}
REPORTS: Mapping[str, tuple[str, ...]] = {
    platform: tuple(sorted({*names.reports, *(other for of, other in OTHER_NAMES if of == platform)}))
    for platform, names in _NAMES.items()
}
PLATFORM_WORDS: Mapping[str, Mapping[str, str]] = {
    name: called
    for platform, names in _NAMES.items()
    for name, called in {platform: names.called, **names.same}.items()
}
# platform -> language -> why its exports name few buyers
WHY_NO_BUYER: Mapping[str, Mapping[str, str]] = {
    name: names.why_no_buyer for platform, names in _NAMES.items() for name in (platform, *names.same)
}
# platform -> reach of a contact channel -> language -> what a clerk does
HOW_TO_CONTACT: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    name: names.contact for platform, names in _NAMES.items() for name in (platform, *names.same)
}
