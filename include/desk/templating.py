"""Pages of the desk from the templates beside this module."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from include.desk.assets import asset_address
from include.pages.rendering import environment
from include.tasks.kind import state_word
from include.tasks.kinds import in_order, kind_of
from include.words.texts import say_number

if TYPE_CHECKING:
    from include.desk.page import Page

TEMPLATES = Path(__file__).with_name("templates")


def render(page: Page, template: str, **values: Any) -> str:
    """A template's text in the person's language. Every template knows:

    page: who asks; t: a text of the catalogues, tn: in its form for a number; money: micros in the merchant's currency;
    number; asset: the address of a file of static/; kinds: the lists that the person may see;
    kind_of: a kind of list by its name.
    """
    language = page.language
    return (
        environment(TEMPLATES)
        .get_template(template)
        .render(
            page=page,
            root=page.root,
            t=page.text,
            tn=lambda name, n, **more: say_number(language, name, n, **more),
            state_word=lambda state: state_word(language, state),
            money=page.money,
            number=lambda value: f"{value:,}",
            asset=lambda name: f"{page.root}{asset_address(name)}",
            kinds=[kind for kind in in_order() if page.person.may_see(kind.name)],
            kind_of=kind_of,
            **values,
        )
    )
