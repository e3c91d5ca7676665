"""A replay of the merchant's own history in figures: what each policy would have cost, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from include.pages.plots import bar_plot
from include.simulation.report import MEASURES, Measure, at_least_weekly, plot, ratios, table


def _a_day(column: str) -> Measure:
    return lambda sums: float((sums[column] / sums["days"]).sum())


# name -> (中文, English, what it is of the cells). {money}: the merchant's currency.
FIGURES: dict[str, tuple[str, str, Measure]] = {
    "cost": ("成本（缺货毛利＋持有），{money}/天", "cost (lost margin, holding), {money} a day", _a_day("cost")),
    "total": (
        "总成本（再加订货行），{money}/天",
        "total cost (order lines besides), {money} a day",
        _a_day("total"),
    ),
    "lost_margin": ("缺货损失的毛利，{money}/天", "lost margin, {money} a day", _a_day("lost_margin")),
    "holding": ("持有成本，{money}/天", "holding, {money} a day", _a_day("holding_cost")),
    **{
        name: (zh, MEASURES[name][0].replace("yuan", "{money}"), MEASURES[name][1])
        for name, zh in {
            "fill": "满足率，%",
            "availability": "有货率（没有丢单的货位天数），%",
            "stock_outs": "缺货的货位天数",
            "lost": "丢掉的件数",
            "stock_units": "平均库存，件",
            "stock_yuan": "平均库存（成本），{money}",
            "turnover": "周转天数",
            "order_lines": "订货行数",
            "bought": "采购额，{money}",
        }.items()
    },
}
PRESENT = "present"  # the player whom the others are held against
WEEKLY = ("cost", "fill", "availability", "turnover", "stock_yuan")
RATIOS: tuple[tuple[str, str, str], ...] = (
    ("丢掉的件数", "lost units", "lost"),
    ("库存，件", "stock, units", "held"),
    ("库存，{money}", "stock, {money}", "held_value"),
    ("成本", "cost", "cost"),
    ("缺货天数", "stock-out days", "stock_out_days"),
)
PLOTS = (
    ("stock.svg", "on_hand_yuan", "库存（成本），千{money}", "Stock, thousand {money} at cost"),
    ("lost.svg", "lost", "每天丢掉的件数（7 天平均）", "Units lost a day (mean of 7 days)"),
)


def write_report(folder: Path, cells: pd.DataFrame, days: pd.DataFrame, notes: Mapping[str, str]) -> str:
    """report.md with its plots into the folder; returns the report. The frames are those of
    `replay_history.Replayed`. The others are held against PRESENT."""
    cells = cells.assign(cost=cells["lost_margin"] + cells["holding_cost"])
    cells = cells.assign(total=cells["cost"] + cells["handling_cost"])
    for name, column, *titles in PLOTS:
        (folder / name).write_text(plot(days, column, _in(notes, *titles)), encoding="utf-8")
    zh, en, cost = FIGURES["cost"]
    costs = {player: cost(part) for player, part in cells.groupby("player", sort=False)}
    (folder / "cost.svg").write_text(bar_plot(_in(notes, zh, en), costs, "{:,.0f}"), encoding="utf-8")
    text = told(cells, notes)
    plots = "\n\n".join(f"![{name.removesuffix('.svg')}]({name})" for name in ("cost.svg", *(one[0] for one in PLOTS)))
    (folder / "report.md").write_text(f"{text}\n\n{plots}\n", encoding="utf-8")
    return text


def told(cells: pd.DataFrame, notes: Mapping[str, str]) -> str:
    """Markdown: everybody side by side, what sells at least weekly, the ratios to PRESENT, and what to bear in mind. In
    the language of the notes."""
    figures = {name: (_in(notes, zh, en), measure) for name, (zh, en, measure) in FIGURES.items()}
    zh = notes["language"] == "zh"
    days, skus = int(cells["days"].iloc[0]), cells["sku"].nunique()
    places = len(cells[["sku", "warehouse"]].drop_duplicates())
    used = cells.groupby("player", sort=False)["budget_used"].mean().dropna()
    budget = ", ".join(f"{name} {100 * share:.0f} %" for name, share in used.items())
    named = {_in(notes, *titles): column for *titles, column in RATIOS}
    whole, weekly = table(cells, figures), table(at_least_weekly(cells), {name: figures[name] for name in WEEKLY})
    if zh:
        parts = [
            f"# {notes['since']} 至 {notes['day']}，重过一遍",
            f"{days} 天，{skus} 个商家编码，{places} 个货位（商家编码×仓库）。",
            "`present` 是现行策略" + (f"；`asked` 是现行策略改为 {notes['asked']}。" if notes["asked"] else "。"),
            whole,
            f"预算用掉的比例，各次订货的平均（超过 100 % 的是应急资金）：{budget or '没有策略设了预算'}。",
            "其中平均每周至少有人要一件的货位：",
            weekly,
            f"与 {PRESENT} 之比（合计之比，括号里是按商家编码自助抽样的 95 % 区间）：",
            ratios(cells, PRESENT, named, "策略"),
            "## 看结果时要记得",
        ]
    else:
        parts = [
            f"# {notes['since']} to {notes['day']}, lived again",
            f"{days} days, {skus} skus, {places} (sku, warehouse).",
            *([f"`asked` is the present policy with {notes['asked']}."] if notes["asked"] else []),
            whole,
            f"Budget used, mean of looks (beyond 100 %: the emergency fund): {budget or 'no policy has one'}.",
            "Of (sku, warehouse) that customers wanted at least once a week on average:",
            weekly,
            f"Against the {PRESENT} policy, ratio of sums, 95 % bootstrap intervals over skus:",
            ratios(cells, PRESENT, named),
            "## To bear in mind",
        ]
    caveats = _caveats_zh(notes) if zh else _caveats(notes)
    return "\n\n".join([*parts, "\n".join(f"- {line}" for line in caveats)])


def _in(notes: Mapping[str, str], zh: str, en: str) -> str:
    """A title in the language of the notes, with the merchant's own money."""
    return (zh if notes["language"] == "zh" else en).format(money=notes["money"])


def _caveats(notes: Mapping[str, str]) -> tuple[str, ...]:
    return (
        f"{notes['filled']} of the units wanted stand for days on which nobody knows what was wanted, since the shelf "
        "was empty: what the known days of the four weeks before sold on average. Empty for longer, a day counts "
        "neither way. What was wanted on such a day is rather more than that.",
        "What is not there is lost, not wanted later. Everybody begins with the shelves of the books on the eve of the "
        "first day, and with what was under way then.",
        "An order takes as long as its supplier's own receipts say, drawn once and alike for everybody, whatever the "
        "policy believes; suppliers' holidays come on top.",
        "Everybody sees the demand that was, also where the replayed shelf would have hidden it. Models, suppliers' "
        "lead times, sales and classes are as of each look; prices, packs and suppliers as of the last day.",
        f"The min-max rule orders below and up to {notes['lowest']} and {notes['highest']} days beyond the lead time, "
        "at the pace of four weeks: the pair that would have cost least before the first day, order lines counted. "
        "Base stock goes up to the 95th percentile of thirteen weeks' "
        "totals over lead time and review period.",
        "Nothing moves between warehouses; what is left on the last day, or still under way, has cost nothing but its "
        "days till then.",
    )


def _caveats_zh(notes: Mapping[str, str]) -> tuple[str, ...]:
    return (
        f"需求中有 {notes['filled']} 的件数属于没人知道要多少的日子（货架是空的）：按前四周已知日子的平均销量补上；"
        "空得更久的日子不计。这些日子真正的需求只会更多。",
        "当时没货就算丢单，不会过后再买。各策略都从第一天前一晚账本上的库存和在途货开始。",
        "订单多久到货按该供应商自己的收货记录抽取，抽一次，各策略相同，与策略自己的估计无关；供应商假期另加。",
        "各策略都看得到真实发生的需求，即使重放的货架已空。模型、供应商交期、销量和分类按当次订货时已知的算；"
        "价格、箱规和供应商按最后一天的算。",
        f"min-max 按四周的销售速度，低于交期外 {notes['lowest']} 天的量就订，订到交期外 {notes['highest']} 天："
        "这一对数在第一天之前成本最低（含订货行）。base-stock 订到交期加检查周期内十三周合计的第 95 百分位。",
        "不做仓间调拨；最后一天剩下的和还在途的，除了占用的天数之外没有成本。",
    )
