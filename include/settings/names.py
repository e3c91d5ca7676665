"""Names that a person types: the nearest known one is told where none is meant."""

import difflib
from collections.abc import Collection, Iterable, Mapping

from include.settings.saying import SaidError

LIKENESS = 0.5  # share of letters in common, from which on a name is worth telling
MOST_NAMES = 12  # that a message lists where none is near


# What is looked for, as `require_known` is given it, in Chinese.
ZH = {
    "command": "命令",
    "shop": "店铺",
    "state": "状态",
    "kind of task": "清单类型",
    "player": "策略",
    "sku": "商家编码",
    "supplier or sku": "供应商或商家编码",
    "category": "类目",
    "class": "分类",
    "sold code": "已售编码",
    "promotion of these days": "活动（这段日子）",
}


class UnknownNameError(SaidError):
    """Nothing is called so; the message names the nearest that is."""


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name most like this one, whatever its case; None if none is like it."""
    by_form = {one.casefold(): one for one in known}
    found = difflib.get_close_matches(name.casefold(), list(by_form), n=1, cutoff=LIKENESS)
    return by_form[found[0]] if found else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """'; did you mean X?' for an error's end; '' if no known name is like it."""
    near = nearest(name, known)
    return f"; did you mean {near}?" if near is not None else ""


def require_known(what: str, names: Iterable[str], known: Collection[str]) -> None:
    """Raises UnknownNameError if one of `names` is not in `known`. what: 'shop', 'sku', for the message."""
    unknown = [no_such(what, name, known) for name in dict.fromkeys(names) if name not in known]
    if unknown:
        raise UnknownNameError.of(unknown)


def no_such(what: str, name: str, known: Collection[str]) -> UnknownNameError:
    """'no shop is called 'tmal': did you mean tmall?'; if none is near, those there are, as far as they are few."""
    said, said_zh = f"no {what} is called {name!r}", f"没有叫 {name!r} 的{ZH.get(what, what)}"
    near = nearest(name, known)
    if near is not None:
        return UnknownNameError(f"{said}: did you mean {near}?", f"{said_zh}：是不是 {near}？")
    if not known:
        return UnknownNameError(f"{said}: there is none", f"{said_zh}：一个都还没有")
    if len(known) > MOST_NAMES:
        return UnknownNameError(said, said_zh)
    there = sorted(known)
    return UnknownNameError(f"{said}: there are {', '.join(there)}", f"{said_zh}：有 {'、'.join(there)}")


def meant(what: str, name: str, names: Mapping[str, Collection[str]]) -> str:
    """The key of `names` that is called so, or one of whose other names is. Raises UnknownNameError."""
    for key, others in names.items():
        if name == key or name in others:
            return key
    raise no_such(what, name, [*names, *(other for others in names.values() for other in others)])
