from datetime import date, time

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from include.customers.recall.choose import LINE_COLUMNS
from include.customers.recall.control_group import control_group
from include.customers.recall.experiments import ARM_COLUMNS, arms_of, run_experiments
from include.settings.people.experiments import Experiment, Variant

KEY = b"a key of this merchant"
CUSTOMERS = [f"customer {n}" for n in range(20_000)]


def _experiment(name="gift", **changes):
    return Experiment(
        **{
            "name": name,
            "arms": {"usual": Variant(share=0.5), "gift": Variant(share=0.3, offer="gift"), "both": Variant(share=0.2)},
            "first_day": date(2024, 6, 1),
            "last_day": date(2024, 6, 30),
            **changes,
        }
    )


def _lines(count=300):
    lines = pd.DataFrame({name: [0] * count for name in LINE_COLUMNS})
    return lines.assign(customer=CUSTOMERS[:count], offer="coupon")


def test_arms_are_permanent_by_share_and_tell_nothing_of_each_other():
    arms = arms_of(_experiment(), CUSTOMERS, KEY)

    assert [(arms == name).mean() for name in ("usual", "gift", "both")] == pytest.approx([0.5, 0.3, 0.2], abs=0.01)
    assert (arms[::-1] == arms_of(_experiment(), CUSTOMERS[::-1], KEY)).all()
    other = arms_of(_experiment("letters"), CUSTOMERS, KEY)
    assert ((arms == "gift") & (other == "gift")).mean() == pytest.approx(0.09, abs=0.01)
    held = control_group(np.array(CUSTOMERS), KEY, 0.1)
    assert (held & (arms == "gift")).mean() == pytest.approx(0.03, abs=0.005)


def test_a_running_experiment_changes_offers_and_is_recorded_with_its_propensity():
    sending = Experiment(
        name="evening",
        arms={"usual": Variant(share=0.5), "evening": Variant(share=0.5, send_at=time(19, 30))},
        first_day=date(2024, 6, 1),
        last_day=date(2024, 6, 30),
    )

    lines, arms = run_experiments(_lines(), "2024-06-30", [_experiment(), sending], KEY)

    gift = arms[arms["experiment"] == "gift"].set_index("customer")
    assert tuple(arms.columns) == ARM_COLUMNS
    assert len(arms) == 600
    assert set(lines.loc[(gift["arm"] == "gift").to_numpy(), "offer"]) == {"gift"}
    assert set(lines.loc[(gift["arm"] != "gift").to_numpy(), "offer"]) == {"coupon"}
    assert gift["propensity"].map({0.5: "usual", 0.3: "gift", 0.2: "both"}).eq(gift["arm"]).all()
    evening = arms[arms["experiment"] == "evening"]["arm"].to_numpy() == "evening"
    assert lines.loc[evening, "send_at"].eq("19:30").all()
    assert lines.loc[~evening, "send_at"].eq("").all()


@pytest.mark.parametrize("day", ["2024-05-31", "2024-07-01"])
def test_before_and_after_it_all_is_as_usual(day):
    lines, arms = run_experiments(_lines(), day, [_experiment()], KEY)

    assert set(lines["offer"]) == {"coupon"}
    assert arms.empty
    assert tuple(arms.columns) == ARM_COLUMNS


def test_an_experiment_that_cannot_be_is_refused():
    with pytest.raises(ValidationError, match="add up to 1"):
        _experiment(arms={"a": Variant(share=0.5), "b": Variant(share=0.4)})
    with pytest.raises(ValidationError, match="at least two"):
        _experiment(arms={"a": Variant(share=1.0)})
    with pytest.raises(ValidationError, match="a part of that name"):
        _experiment("channel")
