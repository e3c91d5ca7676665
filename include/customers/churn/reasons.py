"""Why a customer is thought lost: LightGBM's own SHAP contributions, summed by theme and said in words."""

from __future__ import annotations

import numpy as np

from include.customers.churn.customer_features import FeatureMatrix
from include.customers.churn.learners import Learners
from include.settings.people.customers import Customers

# Theme -> features. What a planner can check on the customer's page, not what a model calls it.
THEMES: dict[str, tuple[str, ...]] = {
    "long_silence": ("since_last", "since_2", "since_3", "since_5", "since_share", "orders_30", "orders_90", "recent_0",
                     "recent_1", "alive"),
    "overdue": ("overdue", "overdue_spread", "overdue_largest", "next_due", "gaps_longer", "gaps_beyond",
                "regular_quiet", "regular_orders"),
    "few_orders": ("frequency", "rate", "rate_slow", "pareto_nbd_quiet", "pareto_nbd_orders", "mbg_nbd_quiet",
                   "mbg_nbd_orders", "orders_365"),
    "slowing": ("rate_fast", "rate_middle", "gap_last", "gap_previous", "recent_2", "recent_3", "orders_180",
                "months_active"),
    "irregular": ("gap_variation", "gap_mean", "gap_typical", "gap_first"),
    "spends_little": ("money_mean", "money_total", "money_last", "money_first", "money_recent", "money_spread",
                      "money_typical", "money_change", "orders_a_day"),
    "refunds": ("refund_share", "refund_last"),
    "discounts": ("discount_share",),
    "new_or_old": ("tenure", "active_span", "cohort_return"),
    "season": ("season_orders", "season_share"),
    "category": ("category_return", "shop_return"),
}  # fmt: skip
_MAX_REASONS = 3  # that a person reads beside a customer


def reasons(features: FeatureMatrix, learners: Learners | None) -> list[list[str]]:
    """Up to three theme codes a customer that raise the risk most; without LightGBM, silence and lateness by rule.

    Ask for the customers who are shown, not for all: contributions cost a hundred times a prediction.
    """
    names = list(THEMES)
    by_rule = _pushes_by_rule(features, names)
    if learners is None:
        return _told(by_rule, names)
    contributions = learners.booster("own").predict(features.values, pred_contrib=True)[:, :-1]
    theme = {feature: index for index, name in enumerate(names) for feature in THEMES[name]}
    member = np.zeros((len(learners.names), len(names)))
    for row, feature in enumerate(learners.names):
        member[row, theme[feature]] = 1.0
    learned = _told(contributions @ member, names)
    # Where most customers are lost, one who may still stay stands out by nothing that raises the risk: the rule speaks.
    return [own or plain for own, plain in zip(learned, _told(by_rule, names), strict=True)]


def _pushes_by_rule(features: FeatureMatrix, names: list[str]) -> np.ndarray:
    """(customers, themes): silence as a share of the time they are known, lateness against their own rhythm."""
    silence = features.column("since_share")
    late = np.nan_to_num(features.column("overdue"), nan=0.0)
    pushes = np.zeros((len(silence), len(names)))
    pushes[:, names.index("long_silence")] = np.where(silence > 0.3, silence, 0.0)
    pushes[:, names.index("overdue")] = np.where(late > 1.5, np.log(np.maximum(late, 1.0)), 0.0)
    return pushes


def _told(pushes: np.ndarray, names: list[str]) -> list[list[str]]:
    order = np.argsort(-pushes, axis=1, kind="stable")[:, :_MAX_REASONS]
    told = np.take_along_axis(pushes, order, axis=1) > 0.05
    return [[names[i] for i, yes in zip(row, keep, strict=True) if yes] for row, keep in zip(order, told, strict=True)]


def that_hold(codes: list[str], days_since: int, usual_gap_days: int, rules: Customers) -> list[str]:
    """The codes without those that the customer's own dates contradict: a model may lean on silence as such, but nobody
    is late within their usual gap, or silent for long within `long_silence_gaps` of them or `long_silence_days`."""
    contradicted = {
        "overdue": days_since <= usual_gap_days,
        "long_silence": days_since <= max(rules.long_silence_gaps * usual_gap_days, rules.long_silence_days),
    }
    return [code for code in codes if not contradicted.get(code)]
