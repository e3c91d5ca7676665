"""The words of a spreadsheet, in both languages. One dictionary each, so that a missing translation is seen."""

from collections.abc import Mapping
from typing import Literal

Language = Literal["zh", "en"]

WORDS: Mapping[Language, Mapping[str, str]] = {
    "zh": {
        "list": "{kind}清单 {day}",
        "revised": "（第 {edition} 次修订）",
        "summary": "共 {lines} 行，其中紧急 {now} 行",
        "total": "，{heading}合计 {amount}",
        "how": (
            "填写方法：在“答复”列选 接受 / 完成 / 拒绝；拒绝要写原因；数量不填即按建议数量。"
            "保存后交回，系统按行读取，可以排序、筛选、删行。"
        ),
        "handled": "另有 {count} 行已有人处理，这里不再列出。",
        "held_back": "另有 {count} 行曾被拒绝且情况未变，暂不再提。",
        "explained": "说明",
        "column": "列",
        "meaning": "含义",
        "rank": "序号",
        "rank_meaning": "先做序号小的",
        "urgency": "紧急程度",
        "urgency_meaning": "紧急：今天就要处理；尽快：三天内；正常：其余",
        "urgency_2": "紧急",
        "urgency_1": "尽快",
        "urgency_0": "正常",
        "answer": "答复",
        "answer_meaning": "接受：已安排；完成：已下单或已联系；拒绝：不做，要写原因。空着就是还没处理",
        "answer_quantity": "实际数量",
        "answer_quantity_meaning": "实际下单的件数；不填即按建议数量",
        "answer_expected_day": "预计到货",
        "answer_expected_day_meaning": "预计到货日，如 2025-11-20",
        "answer_reason": "原因",
        "answer_reason_meaning": "拒绝的原因，或备注；不要写客户的电话、姓名、地址",
        "accepted": "接受",
        "done": "完成",
        "refused": "拒绝",
        "whole_number": "请填大于 0 的整数",
        "a_day": "请填日期，如 2025-11-20",
        "one_of": "请选 接受、完成 或 拒绝",
        "separator": "、",
        "revised_file": "修订{edition}",
        "digest_line": "{rank}. {title}（{sku}）→ {warehouse}：{quantity} 件",
        "digest_more": "还有 {count} 行，见清单。",
    },
    "en": {
        "list": "{kind} list of {day}",
        "revised": " (revision {edition})",
        "summary": "{lines} lines, {now} of them urgent",
        "total": ", {heading} {amount} in all",
        "how": (
            "How to answer: choose accept / done / refuse in the column Answer; a refusal needs a reason; no quantity "
            "means the suggested one. Save and hand back; lines are read one by one, so sort, filter and delete freely."
        ),
        "handled": "{count} more lines are taken care of already and not shown.",
        "held_back": "{count} more lines were refused before and nothing changed since; they are not suggested.",
        "explained": "Columns",
        "column": "Column",
        "meaning": "Meaning",
        "rank": "No.",
        "rank_meaning": "smaller first",
        "urgency": "Urgency",
        "urgency_meaning": "now: today; soon: within three days; normal: all others",
        "urgency_2": "now",
        "urgency_1": "soon",
        "urgency_0": "normal",
        "answer": "Answer",
        "answer_meaning": "accept: arranged; done: ordered or contacted; refuse: not done, say why; empty: not yet",
        "answer_quantity": "Real quantity",
        "answer_quantity_meaning": "units really ordered; empty means as suggested",
        "answer_expected_day": "Expected arrival",
        "answer_expected_day_meaning": "the day the goods are expected, e.g. 2025-11-20",
        "answer_reason": "Reason",
        "answer_reason_meaning": "why refused, or a note; no customer's phone number, name or address",
        "accepted": "accept",
        "done": "done",
        "refused": "refuse",
        "whole_number": "a whole number above 0, please",
        "a_day": "a date, please, e.g. 2025-11-20",
        "one_of": "accept, done or refuse, please",
        "separator": ", ",
        "revised_file": "revision{edition}",
        "digest_line": "{rank}. {title} ({sku}) to {warehouse}: {quantity} units",
        "digest_more": "{count} more lines, see the list.",
    },
}
