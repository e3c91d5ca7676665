"""A failed step as people read it: what failed, why, and what to do."""

from __future__ import annotations

import re
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from include.settings.location import ROOT
from include.settings.merchant import Merchant
from include.settings.saying import InBoth, in_language
from include.tasks.canonical_json import content_hash
from include.tasks.channels.notice import Notice
from include.tasks.channels.secrecy import without_secrets
from include.warehouse.world_faults import world_fault
from include.words.texts import Language, say

RUNBOOK = "docs/runbook.md"
LONGEST_REASON = 400  # letters: a chat shows no more of it, and the run's log has it whole
MAX_PLACES = 20  # steps that one message names; the others are counted
# Dag, or Dag.task -> the heading of the runbook that says what to do. A shop's own Dag stands under `ingest`.
SECTIONS: Mapping[str, str] = {
    "ingest": "an-export-was-stopped",
    "ingest.late": "a-shop-is-late",
    "onboard": "an-export-was-stopped",
    "open_day": "what-failed",
    "close_day": "the-close-stops",
    "restock": "what-failed",
    "recall": "what-failed",
    "push": "deliveries",
    "outbox": "deliveries",
    "lists_due": "no-list-at-0800",
    "hand_back": "what-failed",
    "train_demand": "what-failed",
    "train_churn": "what-failed",
    "upkeep": "backup-and-restore",
    "upkeep.verify": "history-was-changed",
    "heartbeat": "the-heartbeat",
}


@dataclass(frozen=True)
class Alarm:
    """reason: one line, without secrets and personal data. shop: '' if it is about none. link: to the run; '': none."""

    dag: str
    task: str
    day: str
    shop: str
    reason: str
    link: str = ""

    @property
    def step(self) -> str:
        return f"{self.dag}.{self.task}"

    @property
    def place(self) -> tuple[str, str, str]:
        return self.step, self.day, self.shop

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Alarm:
        return cls(**{name: str(said[name]) for name in cls.__dataclass_fields__})

    def as_json(self) -> dict[str, str]:
        return asdict(self)


def reason_of(error: BaseException | str | None, language: Language) -> str:
    """The error in one line, without secrets; '' if there is none. Of a fault that is not told by ourselves, Airflow,
    the system or the database, kind and place alone: its text may quote a buyer."""
    if error is None:
        return ""
    masked = without_secrets(_one_line(_told(error, language)), {})
    return masked if len(masked) <= LONGEST_REASON else f"{masked[:LONGEST_REASON]}…"


def _told(error: BaseException | str, language: Language) -> str:
    if isinstance(error, str):
        return error
    kind = type(error)
    if isinstance(error, InBoth):
        return in_language(error, language)  # type: ignore[arg-type]  # InBoth is a protocol of errors
    if kind is RuntimeError or kind.__module__.partition(".")[0] in ("include", "airflow"):
        return str(error) or kind.__name__
    if (fault := world_fault(error)) is not None:
        return fault.describe(language)
    if isinstance(error, OSError) or hasattr(error, "orig"):
        return f"{kind.__name__}: {_one_line(str(getattr(error, 'orig', None) or error))}"
    frames = [one for one in traceback.extract_tb(error.__traceback__) if Path(one.filename).is_relative_to(ROOT)]
    own = [one for one in frames if Path(one.filename).relative_to(ROOT).parts[0] in ("include", "dags", "plugins")]
    where = f" in {Path(own[-1].filename).relative_to(ROOT)}, line {own[-1].lineno}" if own else ""
    return f"{kind.__name__}{where}"


def _one_line(text: str) -> str:
    return next((one.strip() for one in text.splitlines() if one.strip()), "")


def reason_hash(alarm: Alarm, merchant: Merchant) -> str:
    """The same for alarms whose reasons differ in days, numbers and shops only."""
    reason = alarm.reason
    for shop in sorted((one.name for one in merchant.shops), key=len, reverse=True):
        reason = re.sub(rf"\b{re.escape(shop)}\b", "*", reason)
    return content_hash(re.sub(r"\d+", "0", reason))


def section_of(alarm: Alarm, merchant: Merchant) -> str:
    """The runbook's heading about the step, as links name it."""
    dag = "ingest" if alarm.dag in {f"ingest_{shop.name}" for shop in merchant.shops} else alarm.dag
    return SECTIONS.get(f"{dag}.{alarm.task}") or SECTIONS.get(dag, "what-failed")


def notice_of(
    alarm: Alarm, merchant: Merchant, language: Language, key: str, places: Sequence[Sequence[str]], failures: int
) -> Notice:
    """places: step, day and shop of the failures that are joined, as far as they are kept; failures: how many."""
    section = section_of(alarm, merchant)
    runbook = f"{merchant.alerts.runbook or RUNBOOK}#{section}"
    shops = list(dict.fromkeys(shop for _, _, shop in places if shop))
    days = list(dict.fromkeys(day for _, day, _ in places if day))
    steps = list(dict.fromkeys(step for step, _, _ in places))
    comma = say(language, "list.between")
    told = [
        say(language, "alert.merchant", name=merchant.name),
        say(language, "alert.step", dag=alarm.dag, task=alarm.task),
        say(language, "alert.day", day=comma.join(days)) if days else "",
        say(language, "alert.shop", shop=comma.join(_called(one, merchant, language) for one in shops))
        if shops
        else "",
        say(language, "alert.reason", reason=alarm.reason or say(language, "alert.reason.none")),
    ]
    if failures > 1:
        more = say(language, "alert.and_more") if len(steps) >= MAX_PLACES else ""
        told.append(say(language, "alert.joined", count=failures, steps=comma.join(steps) + more))
    told.append(say(language, "alert.do", what=say(language, f"alert.do.{section.replace('-', '_')}")))
    links = [(say(language, "alert.open_run"), alarm.link)] if alarm.link else []
    if merchant.alerts.runbook:
        links.append((say(language, "alert.open_runbook"), runbook))
    else:
        told.append(say(language, "alert.runbook", where=runbook))
    title = "alert.title" if failures == 1 else "alert.title.joined"
    return Notice(
        key=key,
        title=say(language, title, merchant=merchant.name, step=alarm.step, count=failures),
        paragraphs=tuple(one for one in told if one),
        links=tuple(links),
        data={
            "kind": "task_failed",
            "merchant": merchant.name,
            "dag": alarm.dag,
            "task": alarm.task,
            "day": alarm.day or None,
            "shop": alarm.shop or None,
            "error": alarm.reason,
            "failures": failures,
            "places": [list(one) for one in places],
            "runbook": runbook,
            "run": alarm.link or None,
        },
    )


def trial_notice(merchant: Merchant, language: Language, key: str) -> Notice:
    """What `storekeeper alerts test` sends: an alert that says it is none."""
    told = (say(language, "alert.merchant", name=merchant.name), say(language, "alert.trial.text"))
    title = say(language, "alert.trial", merchant=merchant.name)
    return Notice(key, title, told, data={"kind": "test", "merchant": merchant.name})


def _called(shop: str, merchant: Merchant, language: Language) -> str:
    return next((one.called(language) for one in merchant.shops if one.name == shop), shop)
