"""After-sale states and services that platforms tell in sentences: what they come to."""

from collections.abc import Sequence

import pandas as pd

from include.exports.canonical import canonical
from include.exports.declaration import Context

_SUCCESS = "退款成功|售后成功|补寄成功|换货成功"
_FAILURE = "撤销|取消|失败|关闭|拒绝|驳回"
_STILL_OPEN = "待(?:商家|用户|买家|平台)|待退款|处理中"
_SERVICES = (("退款", "refund_only"), ("退货", "return_refund"), ("换货", "exchange"), ("补寄", "resend"))


def outcomes(states: pd.Series) -> pd.Series:
    """succeeded, closed or open for `已发货，退款成功`, `买家撤销`, `驳回退款，待用户处理` and their like."""
    outcome = pd.Series("open", index=states.index, dtype="str")
    outcome = outcome.mask(states.str.contains(_FAILURE, regex=True, na=False), "closed")
    outcome = outcome.mask(states.str.contains(_STILL_OPEN, regex=True, na=False), "open")
    return outcome.mask(states.str.contains(_SUCCESS, regex=True, na=False), "succeeded")


def services(
    words: pd.Series, vocabulary: Sequence[tuple[str, str]] = _SERVICES, otherwise: str | pd.Series = "unknown"
) -> pd.Series:
    """The canonical kind of 仅退款, 退货退款, 换货, 补寄. vocabulary: (part of the word, kind), of which the last that
    fits counts; `otherwise` where none does."""
    kind = pd.Series(otherwise, index=words.index, dtype="str")
    for word, meaning in vocabulary:
        kind = kind.mask(words.str.contains(word, regex=False, na=False), meaning)
    return kind


def refunds_in_words(rows: pd.DataFrame, context: Context) -> dict[str, pd.DataFrame]:
    """The frame `refunds`. rows: its columns, and `state` and `service` in the platform's words, `ended_at`."""
    status = outcomes(rows["state"])
    refunds = rows.assign(
        status=status, kind=services(rows["service"]), completed_at=rows["ended_at"].where(status == "succeeded")
    )
    return {"refunds": canonical("refunds", refunds)}
