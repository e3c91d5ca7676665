"""What all commands of `storekeeper` have in common: how they are declared, name the merchant and end."""

from __future__ import annotations

import functools
import getpass
import inspect
import io
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from typer._click import Context, HelpFormatter
from typer._click.core import augment_usage_errors
from typer._click.exceptions import UsageError
from typer._click.globals import get_current_context
from typer.completion import shell_complete
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption
from typer.main import get_command

from include.calendar.business_days import merchant_now
from include.cli.usage_errors import in_both
from include.settings.location import Location, Named, locate, spoken
from include.settings.names import no_such
from include.settings.saying import BilingualError, InBoth, refused
from include.words.texts import Language

NAME = "storekeeper"
HELP = ["--help", "-h"]
Merchant = Annotated[
    Path | None,
    typer.Option(
        "--merchant",
        metavar="FOLDER",
        help="of merchant.yaml and shops/; default: STOREKEEPER_MERCHANT, then merchant/",
    ),
]
Home = Annotated[
    Path | None,
    typer.Option(
        "--home", metavar="FOLDER", help="where everything that is made goes; default: STOREKEEPER_HOME, then var/"
    ),
]
Books = Annotated[
    str | None, typer.Option("--books", metavar="URL", help="e.g. sqlite:///var/books.sqlite; default: the merchant's")
]


@dataclass
class Session:
    """What a command is told besides its own options. language: of what it says, if its command line names one."""

    clock: Callable[[str], datetime] = merchant_now
    named: Named = field(default_factory=Named)
    language: Language | None = None

    @functools.cached_property
    def place(self) -> Location:
        """Where the merchant and the books are. Raises SettingsError."""
        return locate(self.named)

    @property
    def context(self) -> Context:
        """That of the command that runs."""
        return get_current_context()

    def now(self) -> datetime:
        """The merchant's wall clock, naive. Raises SettingsError if no merchant is described."""
        return self.clock(self.place.time_zone)

    @property
    def speaks(self) -> Language:
        """The language of what is printed: the command line's, the merchant's, English if none is described."""
        return self.spoken() or "en"

    def spoken(self) -> Language | None:
        """The language of errors; None if nobody knows which it is."""
        return self.language or spoken(self.named)


def session() -> Session:
    """That of the command that runs."""
    found = get_current_context().find_object(Session)
    assert found is not None
    return found


def at_merchant(command: Callable[..., int | None]) -> Callable[..., int | None]:
    """A command that reads the merchant or the books: its first argument is the Session, its last options are
    --merchant, --home and --books."""

    @functools.wraps(command)
    def run(*, merchant: Path | None, home: Path | None, books: str | None, **own: Any) -> int | None:
        asked = session()
        asked.named.take(merchant, home, books)
        return command(asked, **own)

    signature = inspect.signature(command, eval_str=True)
    _, *own = signature.parameters.values()
    place = inspect.signature(name_merchant, eval_str=True).parameters.values()
    run.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=[one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in (*own, *place)]
    )
    return run


def name_merchant(merchant: Merchant = None, home: Home = None, books: Books = None) -> None:
    """--merchant, --home and --books may stand before a command, too."""
    session().named.take(merchant, home, books)


@contextmanager
def refusing(*errors: type[Exception], code: int = 1, before: str | None = None) -> Iterator[None]:
    """Ends the command with `code` and a sentence on one of these errors, ValueError and OSError if none are named.

    before: the name of the text that is said before the sentence.
    """
    kinds = errors or (ValueError, OSError)
    try:
        yield
    except kinds as error:
        told = _told_of_the_world(error) or error
        raise typer.Exit(refused(told, session().spoken(), code, before=before)) from error


class _Plain:
    """A command or a group whose help is its docstring as it is written."""

    help: str | None

    def format_help_text(self, ctx: Context, formatter: HelpFormatter) -> None:
        formatter.write(f"\n{inspect.cleandoc(self.help or '')}\n")


class _Command(_Plain, TyperCommand):
    """Its options take several values if they may be repeated: `--seeds 101 102` is `--seeds 101 --seeds 102`."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        with augment_usage_errors(ctx):
            rest = super().parse_args(ctx, self._one_by_one(args))
        if rest and not ctx.resilient_parsing:
            found = " ".join(rest)
            ctx.fail(f"expected nothing more, found {found!r} · 后面多写了 {found!r}")
        return rest

    def _one_by_one(self, args: list[str]) -> list[str]:
        if any(isinstance(one, TyperArgument) for one in self.params):
            return args
        many = {name for one in self.params if isinstance(one, TyperOption) and one.multiple for name in one.opts}
        option, words = None, list[str]()
        for word in args:
            if word.startswith("-"):
                option = word if word in many else None
            elif option and words[-1] != option:
                words.append(option)
            words.append(word)
        return words


class _Group(_Plain, TyperGroup):
    """Commands under one name. An unknown one is told with the nearest."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        with augment_usage_errors(ctx):
            return super().parse_args(ctx, args)

    def resolve_command(self, ctx: Context, args: list[str]) -> tuple[Any, Any, list[str]]:
        name = args[0]
        if name not in self.commands and not ctx.resilient_parsing:
            unknown = no_such("command", name, list(self.commands))
            ctx.fail(f"{unknown} · {unknown.zh}")
        return super().resolve_command(ctx, args)


class Commands(typer.Typer):
    """Commands of one module: a group if it has a name. about: its help, in whole paragraphs; short: its line in the
    list of all commands."""

    def __init__(
        self, name: str | None = None, about: str | None = None, short: str | None = None, add_completion: bool = False
    ) -> None:
        super().__init__(
            name=name,
            cls=_Group,
            help=about,
            short_help=short,
            callback=name_merchant if name else None,
            context_settings={"help_option_names": HELP},
            add_completion=add_completion,
            rich_markup_mode=None,
        )

    def command(self, name: str | None = None, **more: Any) -> Callable[[Any], Any]:
        settings = {"help_option_names": HELP, "allow_extra_args": True, **more.pop("context_settings", {})}
        return super().command(name, cls=_Command, context_settings=settings, **more)


def account() -> str:
    """Who runs the command, by the name of the account; an account without a name is its number."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def run(commands: typer.Typer, words: Sequence[str], clock: Callable[[str], datetime] = merchant_now) -> int:
    """Run a command line; returns its exit code: 0 done, 1 refused, 2 on wrong usage. clock: the wall clock of a time
    zone."""
    command = get_command(commands)
    variable = f"_{NAME}_COMPLETE".upper()
    if asked := os.environ.get(variable):
        return shell_complete(command, {}, NAME, variable, asked)
    here = Session(clock)
    try:
        with command.make_context(NAME, list(words), obj=here) as context:
            return command.invoke(context) or 0
    except UsageError as error:
        print(in_both(error), file=sys.stderr)
        return 2
    except typer.Exit as ended:
        return ended.exit_code
    except typer.Abort:  # Ctrl-C or Ctrl-D at a question
        print(file=sys.stderr)
        return 128 + signal.SIGINT
    except (ValueError, OSError) as error:
        return refused(_told_of_the_world(error) or error, here.spoken())
    except Exception as error:
        told = _told_of_the_world(error)
        if told is None:
            raise
        return refused(told, here.spoken())


def _told_of_the_world(error: Exception) -> Exception | None:
    """A full disk or a database that is gone, told as what it is; None of other errors, and of those that name a file
    or know both languages: they say more."""
    if isinstance(error, InBoth) or (isinstance(error, OSError) and error.filename is not None):
        return None
    from include.warehouse.world_faults import world_fault

    fault = world_fault(error)
    if fault is None:
        return None
    zh, en = fault.both
    return BilingualError(en, zh)


def end_with(main: Callable[[], int]) -> NoReturn:
    """Run `main` and end with its code. A reader that goes away (`| head`) and Ctrl-C end it without a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a locale that has no Chinese
    try:
        code = main()
        sys.stdout.flush()
    except KeyboardInterrupt:
        code = 128 + signal.SIGINT
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is still held goes nowhere
        code = 128 + signal.SIGPIPE
    sys.exit(code)
