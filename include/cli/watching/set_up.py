"""Begin a merchant's folder.

    storekeeper init
    storekeeper init --name 好物掌柜 --alerts dingtalk --heartbeat https://hc-ping.com/your-check
    storekeeper init --language en --name Kontor --time-zone Europe/Berlin --currency EUR --calendar DE

Writes merchant.yaml with a comment beside each setting, an empty folder shops/, and a fresh set of keys, keys.json in
the home, which its owner alone can read. What no option says is asked for at a terminal; elsewhere it has its default,
if there is one: the name never has, and a merchant who does not speak Chinese says time zone, currency and calendar.
Everything is checked before anything is written, and nothing that is there is overwritten.

Ends with 0 when the files are written, 1 if one is in the way or something is wrong.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from include.calendar.business_days import merchant_now
from include.cli import options
from include.cli.command_line import Commands, Home, Merchant, Session, refusing, session
from include.cli.keys import KEYS_FILE, new_file, write_keys
from include.settings.location import MERCHANT_FILE, ROOT, named_home, named_merchant
from include.settings.merchant import Merchant as Settings
from include.settings.saying import BilingualError
from include.settings.yaml_reading.messages import mistake
from include.settings.yaml_reading.yaml_files import parse_yaml
from include.words.texts import LANGUAGES, Language, in_each, say

Alerting = Literal["dingtalk", "wecom", "feishu", "mail", "webhook", "none"]
DUTY = "duty"  # the channel and the connection of alerts
# A merchant is checked as a whole, and has no shop yet.
STAND_IN: Mapping[str, Any] = {
    "name": "stand_in",
    "platform": "jd",
    "source": {"path": "/{day}"},
    "reports": {"orders": {"pattern": "*"}},
}

NAMES = ("name", "warehouse")
CODES = ("currency", "calendar")  # written in capitals
# Settings whose option has another name.
OPTIONS = {"warehouses": "warehouse", "heartbeat": "heartbeat", "alerts": "alerts", "clock_starts": "clock_starts"}

commands = Commands()


@dataclass
class Asked:
    """language: of questions and of the file. is_there: somebody sits at a terminal."""

    language: Language
    is_there: bool
    ask: Callable[..., Any] = typer.prompt

    def usual(self, name: str) -> str | None:
        """The setting's default, for a merchant who speaks the language by default; others say their country's own."""
        fields = Settings.model_fields
        return str(fields[name].default) if self.language == fields["language"].default else None

    def value(self, name: str, said: str | None, default: str | None) -> str:
        """What is said, else what somebody answers, else the default. Raises BilingualError if there is none."""
        if said is None and self.is_there:
            return self._answer(name, default)
        found = said if said is not None else default
        option = f"--{name.replace('_', '-')}"
        if found is None:
            raise BilingualError.named("error.init.not_said", option=option)
        if name in NAMES and not _is_a_name(found):
            raise BilingualError.named("error.init.blank", option=option)
        return found.strip().upper() if name in CODES else found.strip()

    def _answer(self, name: str, default: str | None) -> str:
        while True:
            answer = str(self.ask(say(self.language, f"command.init.ask.{name}"), default=default, err=True)).strip()
            answer = answer.upper() if name in CODES else answer
            complaint = _complaint(name, answer, self.language)
            if not complaint:
                return answer
            print(complaint, file=sys.stderr)


@commands.command("init", help=__doc__, short_help="begin a merchant's folder · 新建商家文件夹")
def init(
    name: Annotated[str | None, typer.Option(metavar="TEXT", help="what pages and messages call the merchant")] = None,
    language: options.InLanguage = None,
    time_zone: Annotated[str | None, typer.Option(metavar="ZONE", help="e.g. Asia/Shanghai")] = None,
    currency: Annotated[str | None, typer.Option(metavar="CODE", help="of books and lists, e.g. CNY")] = None,
    calendar: Annotated[
        str | None, typer.Option(metavar="COUNTRY", help="whose festivals move demand, e.g. CN")
    ] = None,
    warehouse: Annotated[str | None, typer.Option(metavar="NAME", help="the first warehouse")] = None,
    clock_starts: Annotated[
        str | None, options.day("the first day to be opened; default: today", "--clock-starts")
    ] = None,
    alerts: Annotated[Alerting | None, typer.Option(help="the kind of channel that hears of failures")] = None,
    heartbeat: Annotated[str | None, typer.Option(metavar="URL", help="asked once the day's lists are out")] = None,
    keys: Annotated[bool, typer.Option("--keys/--no-keys", help="write a fresh set of keys")] = True,
    merchant: Merchant = None,
    home: Home = None,
) -> None:
    place = session()
    place.named.take(merchant, home, None)
    folder = named_merchant(place.named) or ROOT / "merchant"
    kept = (named_home(place.named) or ROOT / "var") / KEYS_FILE
    is_there = sys.stdin.isatty()
    with refusing():
        asked = Asked(_language(language, is_there), is_there)
        place.language = asked.language
        _require_free(folder / MERCHANT_FILE, *([kept] if keys else []))
        usual = asked.usual
        said = {
            "name": asked.value("name", name, None),
            "language": asked.language,
            "time_zone": asked.value("time_zone", time_zone, usual("time_zone")),
            "currency": asked.value("currency", currency, usual("currency")),
            "calendar": asked.value("calendar", calendar, usual("calendar")),
            "warehouse": asked.value("warehouse", warehouse, say(asked.language, "command.init.warehouse")),
        }
        hears = asked.value("alerts", alerts, "none")
        beats = asked.value("heartbeat", heartbeat, "")
        text = _checked(said, clock_starts or _today(place, said["time_zone"]), hears, beats)
        _write(folder, text, kept if keys else None)
    _say_next(asked.language, folder, kept if keys else None, hears)


def _language(said: Language | None, is_there: bool) -> Language:
    """Asked in both languages, before it is known which is understood."""
    if said is None and is_there:
        answer = str(typer.prompt(" · ".join(in_each("command.init.ask.language")), default="zh", err=True)).strip()
        while answer not in LANGUAGES:  # what was meant for the next question must not be lost
            question = " · ".join(in_each("command.init.ask.language"))
            answer = str(typer.prompt(question, default="zh", err=True)).strip()
        said = next(one for one in LANGUAGES if one == answer)
    return said or LANGUAGES[0]


def _require_free(*files: Path) -> None:
    there = [str(one) for one in files if one.exists()]
    if there:
        raise BilingualError.named("error.init.there", files=" ".join(there))


def _today(place: Session, time_zone: str) -> str:
    try:
        return place.clock(time_zone).date().isoformat()
    except (KeyError, ValueError, OSError):  # no such zone, which is told when the whole is checked
        return merchant_now("UTC").date().isoformat()


def _is_a_name(text: str) -> bool:
    return bool(text.strip()) and text.isprintable()


def _complaint(name: str, answer: str, language: Language) -> str:
    """Why a setting cannot be so; '' if it can."""
    if name in NAMES and not _is_a_name(answer):
        return say(language, "error.init.blank", option=name)
    if name == "alerts":
        kinds = Alerting.__args__  # type: ignore[attr-defined]
        return "" if answer in kinds else say(language, "error.setting.one_of", expected=", ".join(kinds))
    if name == "heartbeat":
        said: dict[str, Any] = {"alerts": {"heartbeat": {"url": answer}}} if answer else {}
    else:
        said = {name: answer} if name != "warehouse" else {"warehouses": [{"name": answer}]}
    begun = {"name": "x", "running": {"clock_starts": "2026-01-01"}, "warehouses": [{"name": "x"}], **said}
    return next(iter(_mistakes(begun, language).values()), "")


def _mistakes(said: Mapping[str, Any], language: Language) -> dict[str, str]:
    """Option -> what is wrong with it, of a merchant that nobody has written down yet."""
    from pydantic import ValidationError

    try:
        Settings.model_validate({**said, "shops": [dict(STAND_IN)]})
    except ValidationError as error:
        return {_option(item["loc"]): mistake(item, language) for item in reversed(error.errors())}
    return {}


def _option(place: tuple[int | str, ...]) -> str:
    """The option that says a setting; what the stand-in for a shop has of the merchant is the merchant's."""
    names = [str(part) for part in place if isinstance(part, str) and part != "shops"]
    name = next((OPTIONS.get(one, one) for one in reversed(names) if one in OPTIONS or one in CODES), names[0])
    return f"--{name.replace('_', '-')}"


def _checked(said: Mapping[str, str], clock_starts: str, hears: str, beats: str) -> str:
    """The text of merchant.yaml. Raises BilingualError, which names options, if a merchant cannot be so."""
    text = yaml_of(said, clock_starts, hears, beats)
    content = parse_yaml(Path(MERCHANT_FILE), text).content
    told = ["\n".join(f"{name}: {why}" for name, why in _mistakes(content, one).items()) for one in LANGUAGES]
    if told[0]:
        raise BilingualError(*reversed(told))
    return text


def yaml_of(said: Mapping[str, str], clock_starts: str, hears: str, beats: str) -> str:
    """merchant.yaml. said: name, language, time_zone, currency, calendar, warehouse."""
    language = said["language"]

    def about(name: str) -> str:
        return f"# {say(language, f'command.init.about.{name}')}"

    quoted = {name: json.dumps(one, ensure_ascii=False) for name, one in said.items()}
    lines = [
        about("file"),
        f"name: {quoted['name']}",
        f"time_zone: {said['time_zone']}   {about('time_zone')}",
        f"language: {language}   {about('language')}",
        f"currency: {said['currency']}   {about('currency')}",
        f"calendar: {quoted['calendar']}   {about('calendar')}",
        "",
        "running:",
        f"  clock_starts: {clock_starts}   {about('clock_starts')}",
        "",
        "closing:",
        f'  cut_off: "06:30"     {about("cut_off")}',
        f'  lists_due: "08:00"   {about("lists_due")}',
        "",
        about("warehouses"),
        "warehouses:",
        f"  - name: {quoted['warehouse']}",
        "",
        about("channels"),
        "channels:",
        "  - name: desk",
        "    kind: file",
        "    lists: [restock, transfer, chase, excess, recall]",
        '    path: "{home}/lists"',
    ]
    if hears != "none":
        lines += [f"  - {{name: {DUTY}, kind: {hears}, lists: [], connection: {DUTY}}}   {about('duty')}"]
    lines += ["", about("alerts")]
    told = [f"  channels: [{DUTY}]"] if hears != "none" else []
    told += [f"  heartbeat: {{url: {json.dumps(beats)}}}   {about('heartbeat')}"] if beats else []
    lines += ["alerts:", *told] if told else ["alerts: {}"]
    return "\n".join(lines) + "\n"


def _write(folder: Path, text: str, kept: Path | None) -> None:
    """The keys first: a merchant without keys can be begun again, keys that are lost cannot. What fails leaves nothing
    behind."""
    made: list[Path] = []
    try:
        _make_folder(folder / "shops", made)
        if kept is not None:
            _make_folder(kept.parent, made)
            write_keys(kept)
            made.append(kept)
        new_file(folder / MERCHANT_FILE, text, 0o644)
    except OSError:
        for path in reversed(made):
            path.rmdir() if path.is_dir() else path.unlink()
        raise


def _make_folder(folder: Path, made: list[Path]) -> None:
    """With those above it; made: is told what was not there."""
    for path in reversed([folder, *folder.parents]):
        if not path.exists():
            path.mkdir()
            made.append(path)


def _say_next(language: Language, folder: Path, kept: Path | None, hears: str) -> None:
    print(say(language, "command.init.written", file=folder / MERCHANT_FILE))
    if kept is not None:
        print(say(language, "command.init.keys", file=kept))
    print(say(language, "command.init.shops", folder=folder / "shops"))
    if hears != "none":
        print(say(language, "command.init.duty", connection=DUTY))
    else:
        print(say(language, "command.init.nobody"))
