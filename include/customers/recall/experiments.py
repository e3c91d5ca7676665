"""A/B tests among the customers of the recall list: who is in which arm, by keyed hash. The control group is another
split, see control_group.py."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence

import numpy as np
import pandas as pd

from include.customers.recall.choose import LINE_COLUMNS
from include.settings.people.experiments import Experiment

ARM_COLUMNS = ("day", "customer", "experiment", "arm", "propensity")


def arms_of(experiment: Experiment, customers: Sequence[str], key: bytes) -> np.ndarray:
    """(customers,) the arm's name of each: a function of the experiment's name, the customer and the key, so that it
    stays the same for as long as the experiment lasts, and tells nothing about the arms of another experiment or about
    the control group."""
    names = list(experiment.arms)
    upto = np.cumsum([experiment.arms[name].share for name in names])
    prefix = f"experiment {experiment.name}|".encode()
    draws = np.array(
        [
            int.from_bytes(hmac.new(key, prefix + str(customer).encode(), hashlib.sha256).digest()[:8], "big") / 2**64
            for customer in customers
        ]
    )
    place = np.minimum(np.searchsorted(upto, draws, side="right"), len(names) - 1)
    return np.array(names, dtype=object)[place].astype(str)


def run_experiments(
    lines: pd.DataFrame, day: str, experiments: Sequence[Experiment], key: bytes
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(the list's lines with `send_at` ('HH:MM' or '') and with the offers that the experiments running on `day` give,
    ARM_COLUMNS of who is in which arm). lines: LINE_COLUMNS of `recall`."""
    lines = lines.assign(send_at="")
    parts = [pd.DataFrame(columns=list(ARM_COLUMNS))]
    for experiment in experiments:
        if not experiment.first_day.isoformat() <= day <= experiment.last_day.isoformat() or lines.empty:
            continue
        arms = arms_of(experiment, lines["customer"].tolist(), key)
        for name, variant in experiment.arms.items():
            if variant.offer is not None:
                lines.loc[arms == name, "offer"] = variant.offer
            if variant.send_at is not None:
                lines.loc[arms == name, "send_at"] = variant.send_at.strftime("%H:%M")
        shares = {name: variant.share for name, variant in experiment.arms.items()}
        parts.append(
            pd.DataFrame(
                {
                    "day": day,
                    "customer": lines["customer"],
                    "experiment": experiment.name,
                    "arm": arms,
                    "propensity": [shares[name] for name in arms],
                }
            )
        )
    found = [part for part in parts if len(part)] or parts[:1]
    return lines[[*LINE_COLUMNS, "send_at"]], pd.concat(found, ignore_index=True)[list(ARM_COLUMNS)]
