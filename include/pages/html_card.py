"""One HTML file that says what a model is: tables and plots below each other, no script, nothing fetched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

STYLE = """body{font:14px/1.5 system-ui,sans-serif;color:#222;max-width:60rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;margin:.5rem 0 1rem}td,th{border-bottom:1px solid #ddd;padding:.2rem .7rem;
text-align:right}th:first-child,td:first-child{text-align:left}.facts td{text-align:left}svg{max-width:100%;height:auto}
h2{margin-top:2rem;border-bottom:2px solid #1b6ca8}li.against{color:#b0263b}"""


@dataclass(frozen=True)
class Section:
    """parts: pieces of HTML, as the functions below and the plots make them."""

    title: str
    parts: tuple[str, ...]


def page(title: str, lead: str, sections: Sequence[Section]) -> str:
    """The whole file."""
    body = "\n".join(
        f"<section><h2>{escape(section.title)}</h2>\n" + "\n".join(section.parts) + "</section>" for section in sections
    )
    return (
        '<!doctype html>\n<html lang="zh"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>\n"
        f"<body><h1>{escape(title)}</h1>\n<p>{escape(lead)}</p>\n{body}\n</body></html>\n"
    )


def words(text: str) -> str:
    """A paragraph."""
    return f"<p>{escape(text)}</p>"


def reasons(said: Iterable[str]) -> str:
    """A list of sentences; those that begin with 'against' stand out."""
    items = (f"<li{' class=against' if s.startswith('against') else ''}>{escape(s)}</li>" for s in said)
    return "<ul>" + "".join(items) + "</ul>"


def facts(about: Mapping[str, object]) -> str:
    """Name and value, a row each."""
    rows = "".join(f"<tr><td>{escape(str(name))}</td><td>{shown(value)}</td></tr>" for name, value in about.items())
    return f'<table class="facts">{rows}</table>'


def table(rows: Sequence[Mapping[str, object]]) -> str:
    """Rows with the same names, which are the table's head."""
    if not rows:
        return words("-")
    head = "".join(f"<th>{escape(str(name))}</th>" for name in rows[0])
    body = "".join("<tr>" + "".join(f"<td>{shown(v)}</td>" for v in row.values()) + "</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"


def shown(value: object) -> str:
    """A value as a reader wants it: four digits of a number, lists with commas; escaped."""
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < 1e4 else f"{value:,.0f}"
    if isinstance(value, (list, tuple)):
        return ", ".join(shown(each) for each in value)
    return escape(str(value))
