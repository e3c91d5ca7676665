"""Files to begin a new shop or platform with: written from one export, holding none of its cells but state words.

    storekeeper scaffold FILE --shop NAME [--merchant merchant]     a shop, declared in YAML
    storekeeper scaffold FILE --shop NAME --platform NEW            a shop, and a platform's own module

What is written: the shop's YAML; a fixture with made-up rows of the file's shape; a test that reads the fixture. With
--platform also the platform's folder, which the registry finds by itself. The rules of each frame (suites) are there
already, since every report yields the same frames. Nothing that exists is overwritten.

Exit codes: 0 the files were written, 1 a file is in the way, 2 the file cannot be opened.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from include.cli.command_line import Commands, Merchant, refusing, session
from include.pages.aligned import padded
from include.settings.location import ROOT, named_merchant
from include.words.texts import LANGUAGES, say

commands = Commands()


@commands.command("scaffold", help=__doc__, short_help="begin a shop or a platform · 用一个文件新建店铺或平台")
def scaffold(
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    shop: Annotated[str, typer.Option(metavar="NAME", help="the new shop's name")],
    platform: Annotated[
        str | None, typer.Option(metavar="NAME", help="the new platform's name, where more shops will be on it")
    ] = None,
    root: Annotated[Path, typer.Option(metavar="FOLDER", help="where include/ and tests/ are")] = ROOT,
    password: Annotated[str | None, typer.Option(metavar="TEXT")] = None,
    merchant: Merchant = None,
) -> None:
    from include.cli.unknown_files.scaffolding import ScaffoldError
    from include.cli.unknown_files.scaffolding import scaffold as begun
    from include.files.errors import ExportError

    asked = session().named
    asked.take(merchant, None, None)
    folder = named_merchant(asked) or Path("merchant")
    with refusing(ScaffoldError), refusing(ExportError, OSError, code=2):
        made = begun(file, shop, folder, root, platform, password)
        made.write()
    language = session().speaks
    for path in made.files:
        print(f"{padded(say(language, 'command.scaffold.written'), 12)} {path}")
    for note in made.notes:
        print(f"{padded(say(language, 'command.scaffold.note'), 12)} {note[LANGUAGES.index(language)]}")
