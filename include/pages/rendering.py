"""HTML from templates, by Jinja2: every value is escaped, a name that nobody gave is an error.

Those of this module are in templates/. Templates that several pages share have an underscore before their name.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).with_name("templates")


def render(template: str, **values: object) -> str:
    """The text of a template of `templates/`. Markup among the values (a plot) is passed through by `| safe` there."""
    return environment(TEMPLATES).get_template(template).render(values)


@functools.cache
def environment(templates: Path) -> Environment:
    """For the templates of a folder."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # 0.1 s, for those alone that draw a page

    environment = Environment(
        loader=FileSystemLoader(templates),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,  # the files do not change under a running server; each would be looked at for each page
    )
    environment.filters["figure"] = figure
    return environment


def figure(value: object) -> str:
    """A value as a reader wants it: four digits of a number, lists with commas."""
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < 1e4 else f"{value:,.0f}"
    return ", ".join(map(figure, value)) if isinstance(value, (list, tuple)) else str(value)
