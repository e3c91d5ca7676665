"""Whether alerts arrive.

    storekeeper alerts test
    storekeeper alerts test --secrets secrets.json
    storekeeper alerts test --heartbeat

Sends a test message through each channel that `alerts.channels` names, and says what each receiver answered.
Addresses and secrets are taken from Airflow's connections, of the Airflow that AIRFLOW_HOME names or that the demo
started. --secrets names a JSON file instead: channel -> {"url": …, "secret": …}, of mail host, port, user, password,
sender, recipients. --heartbeat asks the heartbeat's address, too: whoever watches it takes it for today's.
Ends with 0 if every receiver took it, 1 if not.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from include.cli.command_line import Commands, Session, at_merchant, refusing
from include.cli.keys import json_object
from include.settings.location import settings_alone
from include.settings.saying import BilingualError
from include.words.texts import Language, say

if TYPE_CHECKING:
    from include.settings.merchant import Merchant

PARTLY = "refused"  # in the answer of a mail server that took it for some recipients

commands = Commands("alerts", __doc__, "whether alerts arrive · 告警能不能收到")


@commands.command("test")
@at_merchant
def try_alerts(
    session: Session,
    secrets: Annotated[Path | None, typer.Option(metavar="FILE", help='JSON: {"CHANNEL": {"url": …}}')] = None,
    heartbeat: Annotated[bool, typer.Option("--heartbeat", help="ask the heartbeat's address, too")] = False,
) -> int:
    """Send a test message through every alert channel."""
    from include.pipeline.watching.alarms import trial_notice
    from include.pipeline.watching.alert_book import ALERT_CONNECTION, alert_channels, said_by
    from include.tasks.canonical_json import content_hash
    from include.tasks.channels.configured import tellers_of

    with refusing(ValueError, OSError, RuntimeError):
        folder, home, merchant = settings_alone(session.named)
        if secrets is not None:
            held = _of_file(secrets)
        else:
            is_named = bool(alert_channels(merchant, hears_before=False)) or heartbeat
            held = _of_airflow(folder, home, is_needed=is_named)
        told = alert_channels(merchant, ALERT_CONNECTION in held)
    speaks, missed = merchant.language, 0
    if not told and not heartbeat:
        print(say(speaks, "command.alerts.nobody"))
        return 1
    languages = {one.name: one.language for one in told}
    for teller in tellers_of(told):
        if secrets is not None and teller.name not in held:
            missed += 1
            has = ", ".join(sorted(held)) or "-"
            lacks = say(speaks, "command.alerts.not_in_file", file=secrets, has=has)
            print(_told(speaks, teller.name, "failed", lacks))
            continue
        key = content_hash(f"{teller.name} {session.clock(merchant.time_zone).isoformat()}")
        notice = trial_notice(merchant, languages[teller.name], key)
        outcome = said_by(teller, notice, {str(k): str(v) for k, v in held.get(teller.name, {}).items()})
        missed += outcome.state != "sent"
        print(_told(speaks, teller.name, outcome.state, outcome.detail))
    if heartbeat:
        missed += _beat(merchant, held, session)
    return 1 if missed else 0


def _of_file(file: Path) -> dict[str, Any]:
    """Channel -> its secrets. Raises BilingualError without a word of them."""
    held = json_object(file.read_text(encoding="utf-8"), str(file))
    wrong = [name for name, own in held.items() if not isinstance(own, dict)]
    if wrong:
        raise BilingualError.named("error.alert_secrets.shape", file=file, channel=wrong[0])
    return held


def _of_airflow(folder: Path, home: Path, is_needed: bool) -> dict[str, Any]:
    """What Airflow's connections hold; nothing where they cannot be read and no channel needs them. Raises
    BilingualError."""
    from scripts.alert_secrets import asked

    try:
        return asked(str(folder), str(home))
    except (OSError, RuntimeError) as error:
        if not is_needed:
            return {}
        raise BilingualError.named("error.no_alert_secrets", why=str(error)) from error


def _beat(merchant: Merchant, held: dict[str, Any], session: Session) -> int:
    from include.pipeline.watching.heartbeat import ping

    settings, speaks = merchant.alerts.heartbeat, merchant.language
    if settings is None:
        print(say(speaks, "command.alerts.no_heartbeat"))
        return 1
    address = settings.url or str(held.get("heartbeat", {}).get("url", ""))
    trouble = ping(settings, address, session.clock(merchant.time_zone).date().isoformat())
    print(_told(speaks, "heartbeat", "failed" if trouble else "sent", trouble))
    return int(bool(trouble))


def _told(language: Language, channel: str, state: str, answer: str) -> str:
    """The receiver's answer in its own words, unless it took the message without a word to say of it."""
    said = say(language, f"command.alerts.{state}")
    if state == "sent" and PARTLY not in answer:
        return say(language, "command.alerts.state", channel=channel, state=said)
    return say(language, "command.alerts.told", channel=channel, state=said, answer=answer)
