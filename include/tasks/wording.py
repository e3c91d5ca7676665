"""The words of a spreadsheet, in both languages. One dictionary each, so that a missing translation is seen."""

from collections.abc import Mapping
from typing import Literal

from include.tasks.kinds import Kind, kind_of

Language = Literal["zh", "en"]

WORDS: Mapping[Language, Mapping[str, str]] = {
    "zh": {
        "language": "zh",
        "list": "{kind}清单 {day}",
        "as_of": "（数据截至 {day}，{next} 早上处理）",
        "revised": "（第 {edition} 次修订）",
        "summary": "共 {lines} 行，其中紧急 {now} 行",
        "summary_plain": "共 {lines} 行",
        "total": "，{heading}合计 {amount}",
        "how": (
            "填写方法：在“处理结果”列选 接受 / 完成 / 拒绝；拒绝要写原因；数量不填即按本行的建议数量。"
            "可以排序、筛选、删行。填好后保存，放进清单旁的“交回”文件夹里您名字的子文件夹，一分钟内有回执。"
        ),
        "how_chase": (
            "填写方法：问过供应商，在“处理结果”列选 完成，在“供应商答复”列选供应商怎么说；"
            "新交期、已提前、已延后还要填“预计到货”；没有答复就空着。打算去问选 接受；不催选 拒绝 并写原因。"
            "数量不填即按未到件数。"
            "可以排序、筛选、删行。填好后保存，放进清单旁的“交回”文件夹里您名字的子文件夹，一分钟内有回执。"
        ),
        "how_recall": (
            "填写方法：在“处理结果”列选联系的结果（打电话和发消息可选的不同）；客户说别再联系就选 勿扰；"
            "不打算联系选 拒绝 并写原因。"
            "可以排序、筛选、删行。填好后保存，放进清单旁的“交回”文件夹里您名字的子文件夹，一分钟内有回执。"
        ),
        "or_talk": "这一页和“通话单”页（联系客户时看的，同样的客户）填一页就行；两页填得不同，就都不录入。",
        "how_talk": (
            "通话单：联系客户时看的一页，和“召回”页是同样的客户，每位一行。"
            "处理结果在这一页或“召回”页填一页就行；两页填得不同，就都不录入。"
        ),
        "talk_meaning": (
            "联系客户时看的一页：和“召回”页是同样的客户，每位一行，写着开场白、最近买了什么、售后和优惠。"
            "处理结果在“召回”页或这一页填一页就行；两页填得不同，就都不录入"
        ),
        "handled": "另有 {count} 行已有人处理，这里不再列出。",
        "held_back": "另有 {count} 行曾被拒绝且情况未变，暂不再提。",
        "explained": "说明",
        "talk": "通话单",
        "sum": "算式",
        "column": "列",
        "meaning": "含义",
        "rank": "序号",
        "rank_meaning": "先做序号小的",
        "urgency": "紧急程度",
        "urgency_meaning_restock": (
            "看最晚下单日和断货每天少卖。紧急：今天不下单就开始少卖，一天的损失达到设定的金额；"
            "尽快：三天内会这样，或最晚下单日已过；正常：过几天再订也不会多断货。"
            "现在断货、但在途先到的，今天下单也补不上，算正常，要靠催货和调拨。先按紧急程度、再按不补货预计损失排"
        ),
        "urgency_meaning_chase": (
            "看还能救回多少。紧急：货架已空或一天内会空，每天少卖达到设定的金额；"
            "尽快：三天内会这样，或已逾期且缺货，或货架已空、早到还能少断货；正常：其余，如延后、取消、核对。"
            "先按紧急程度、再按缺货预计损失排"
        ),
        "urgency_meaning_transfer": (
            "看调入仓能少断多少货。紧急：调拨到时调入仓已空或一天内会空，每天少卖达到设定的金额；"
            "尽快：三天内会这样，或调入仓已断货；正常：其余，如只为调走积压的。"
            "先按紧急程度、再按缺货预计损失排"
        ),
        "urgency_2": "紧急",
        "urgency_1": "尽快",
        "urgency_0": "正常",
        "task_id": "任务编号",
        "way": "打电话或发消息",
        "way_call": "打电话",
        "way_message": "发消息",
        "answer": "处理结果",
        "answer_meaning": "接受：已安排；完成：已办好；拒绝：不做，要写原因。空着就是还没处理",
        "answer_meaning_restock": "接受：已安排；完成：已下单；拒绝：不订，要写原因。空着就是还没处理",
        "answer_meaning_chase": "接受：已安排；完成：已问过供应商；拒绝：不催，要写原因。空着就是还没处理",
        "answer_meaning_transfer": "接受：已安排；完成：已发出；拒绝：不调，要写原因。空着就是还没处理",
        "answer_meaning_excess": "接受：已安排；完成：已处理；拒绝：不处理，要写原因。空着就是还没处理",
        "answer_meaning_recall": (
            "打电话：已接通有意向 / 已接通无意向 / 未接通：过几天可再打 / 空号：以后不再打电话；"
            "发消息（聊天、短信、优惠券）：已发送 / 已回复 / 发送失败：不再用这种方式，直到客户再下单；"
            "两种都有：勿扰：以后不再联系 / 已下单；还没联系但已安排选 接受；不打算联系选 拒绝，要写原因"
        ),
        "answer_quantity": "实际数量",
        "answer_quantity_meaning": "实际处理的件数；不填即按本行的建议数量",
        "answer_quantity_meaning_restock": "实际下单的件数；不填即按本行的建议订货",
        "answer_quantity_meaning_chase": "供应商答应的件数；不填即按未到件数",
        "answer_quantity_meaning_transfer": "实际调拨的件数；不填即按本行的调拨件数",
        "answer_quantity_meaning_excess": "实际处理的件数；不填即按本行的处理件数",
        "answer_expected_day": "预计到货",
        "answer_expected_day_meaning": "预计到货日，如 2025-11-20，也可写 11月20日、下周三",
        "answer_reason": "原因",
        "answer_reason_meaning": "拒绝的原因，或备注；不要写客户的电话、姓名、地址",
        "answer_outcome": "供应商答复",
        "answer_outcome_meaning": "供应商怎么说：新交期、已提前、已延后（这三种要填预计到货）、已取消、已到货；"
        "只填 完成 而这里不填，即 已催未答复，过几天还没到会再列出",
        "accepted": "接受",
        "done": "完成",
        "refused": "拒绝",
        "whole_number": "请填大于 0 的整数",
        "a_day": "请填日期，如 2025-11-20",
        "an_outcome": "请从下拉列表中选",
        "one_of": "请选 接受、完成 或 拒绝",
        "one_outcome_of": "请从下拉列表中选；不打算联系选 拒绝",
        "separator": "、",
        "revised_file": "修订{edition}",
        "digest_line": "{rank}. {title}（{sku}）→ {warehouse}：{quantity} 件",
        "digest_more": "还有 {count} 行，见清单。",
        "problem": "{sheet}第 {row} 行 {product}，{column}：填的是“{found}”，{expected}",
        "sheet_named": "“{sheet}”",
        "entered": "已录入 {changed} 行，早已录入 {unchanged} 行，未录入 {problems} 行",
        "same_as": "其中 {count} 行与 {who} 早先的答复相同。",
        "own_change": "其中 {count} 行改动了您早先的答复。",
        "old_list": "注意：这份清单是 {day} 的，最新的是 {newest}；没填数量的行，按这份清单上的件数录入。",
        "old_list_plain": "注意：这份清单是 {day} 的，最新的是 {newest}。",
        "column_gone": "清单里少了这些列，无法核对每一行：{columns}。请用原来的清单重新填写。",
        "state_open": "待处理",
        "state_withdrawn": "已撤回",
        "state_expired": "已过期",
        "expect_id": "这一行没有隐藏编号，不能录入；请在清单原有的行里填写",
        "expect_own_id": "这一行的隐藏编号属于 {other}，与本行不符，可能是排序或粘贴时错位；请用原来的清单重新填写",
        "expect_one_line": "同一任务出现了两次，见{sheet}第 {row} 行；请只保留一行",
        "expect_one_answer": "同一任务出现了两次且答复不同，都没有录入；请只保留一行",
        "expect_one_sheet": "两页都填了且不同，都没有录入；只留一个",
        "row_named": "第 {row} 行",
        "comma": "，",
        "expect_answer": "请选 接受、完成 或 拒绝；同意就写 接受",
        "expect_answer_too": "其他列已填写，这里请选 接受、完成 或 拒绝",
        "expect_call": "请选 {outcomes}、接受 或 拒绝",
        "expect_quantity": "请填大于 0 的整数；不填即按本行的建议件数",
        "expect_figures": "请写数字 {number}",
        "expect_refusal": "0 件就是不做：请在“处理结果”选 拒绝 并写原因",
        "expect_whole": "件数不能是小数，请填大于 0 的整数",
        "expect_positive": "件数不能是负数，请填大于 0 的整数；若是不做，请在“处理结果”选 拒绝 并写原因",
        "expect_value": "这一格是错误值或没有算出结果的公式，请直接写内容",
        "no_value": "没有值的公式",
        "expect_printed": "本行没有可用的建议件数，请在“实际数量”里填写",
        "expect_day": "请填日期，如 2025-11-20 或 11月20日",
        "expect_clear_day": "从清单的那天算是 {first}，从今天算是 {second}，请写明日期",
        "expect_outcome": "请选 {outcomes}",
        "refused_agreed_day": "请填双方约定的预计到货日",
        "refused_outcome_way": "这一行的联系方式没有“{outcome}”这种结果；请选 {outcomes}、接受 或 拒绝",
        "refused_outcome_state": "结果“{outcome}”不能与这个处理结果同时填",
        "expect_reason": "请写拒绝的原因",
        "doubt_other_person": "{who} 已答复“{state}”{quantity}；确要改动，请在“原因”里以“确认”开头写明",
        "doubt_many": "超过建议件数 {suggested} 的 {times:g} 倍；若无误，请在“原因”里以“确认”开头写明",
        "doubt_surplus": "超过调出仓能让出的 {surplus} 件；若无误，请在“原因”里以“确认”开头写明",
        "doubt_budget": ("连同已接受的共 {money}，超出当日预算 {budget}；若无误，请在“原因”里以“确认”开头写明"),
        "units": " {quantity} 件",
        "refused_no_task": "没有这个任务；请用原来的清单填写",
        "refused_state": "{who} 已答复“{state}”{quantity}，不能这样改；若没有做成，请选 拒绝 并写原因",
        "refused_withdrawn": "该任务已撤回，不必再答复；若已做了，请选 完成",
        "refused_quantity": "请填 1 到 {most} 之间的整数",
        "refused_day": "请填 {day} 起两年内的日期",
        "not_a_workbook": "这不是能读的工作簿。请交回 .xlsx 清单（也可另存为 .ods 或 .xls）",
        "is_text": "这是 CSV 或文本文件，里面没有可填的列。请在同名的 .xlsx 清单里填写并交回",
        "has_password": "这个文件设了密码，读不了。请取消密码后另存为 .xlsx 再交回",
        "is_another_file": "这是{what}，不是清单。请交回 .xlsx 清单（也可另存为 .ods 或 .xls）",
        "file_document": "Word 文档",
        "file_slides": "演示文稿",
        "file_picture": "图片",
        "file_pdf": "PDF 文件",
        "file_archive": "压缩包或别的打包文件",
        "file_empty": "空文件",
        "too_large_to_read": (
            "这个工作簿大得读不了：离清单很远的地方有内容（按 Ctrl+End 可以看到最后一格），或者内容太多。"
            "请在原来的清单里填写，另存为 .xlsx 再交回"
        ),
        "no_codes": "找不到隐藏的列代码行。请交回由掌柜推送的清单，不要删除隐藏的 A 列和表头上方的隐藏行",
        "no_marker": (
            "清单里隐藏的 _list 表不见了，无法知道这是哪一份清单。"
            "请在掌柜推送的原文件里填写并交回，不要把表复制到别的工作簿"
        ),
        "other_books": "这不是这里推送的清单（可能来自别的店铺或测试环境）。请在本店“清单”文件夹里的原文件中填写并交回",
    },
    "en": {
        "language": "en",
        "list": "{kind} list of {day}",
        "as_of": " (data up to {day}, for the morning of {next})",
        "revised": " (revision {edition})",
        "summary": "{lines} lines, {now} of them urgent",
        "summary_plain": "{lines} lines",
        "total": ", {heading} {amount} in all",
        "how": (
            "How to answer: choose accept / done / refuse in the column Answer; a refusal needs a reason; no quantity "
            "means the suggested one. Sort, filter and delete lines freely. Save, and put the file into the folder "
            "'hand-back' beside the lists, in the folder with your name: a receipt comes within a minute."
        ),
        "how_chase": (
            "How to answer: once the supplier was asked, choose done in the column Answer, and what the supplier says "
            "in the column Supplier's answer; a new day, pulled forward and postponed need the Expected arrival, too; "
            "no answer yet: leave it empty. Accept what you will ask; refuse, with a reason, what you will not. No "
            "quantity means all that has not come. Sort, filter and delete lines freely. Save, and put the file into "
            "the folder 'hand-back' beside the lists, in the folder with your name: a receipt comes within a minute."
        ),
        "how_recall": (
            "How to answer: choose what came of the contact in the column Answer (a call and a message have words of "
            "their own); 'do not disturb' for who wants no more "
            "contact; refuse, with a reason, whom you will not contact. Sort, filter and delete lines freely. Save, "
            "and put the file into the folder 'hand-back' beside the lists, in the folder with your name: a receipt "
            "comes within a minute."
        ),
        "or_talk": " Answer on this sheet or on the Talk sheet (the same customers, to look at while you contact "
        "them): one of the two is enough, and what differs is not entered.",
        "how_talk": (
            "Talk sheet: to look at while you contact a customer; the same customers as on the recall sheet, one line "
            "each. Answer on this sheet or on that: one of the two is enough, and what differs is not entered."
        ),
        "talk_meaning": (
            "to look at while you contact a customer: the same customers as on the recall sheet, one line each, with "
            "an opening line, what was bought last, after-sales and offer. Answer on that sheet or on this: one of "
            "the two is enough, and what differs is not entered"
        ),
        "handled": "{count} more lines are taken care of already and not shown.",
        "held_back": "{count} more lines were refused before and nothing changed since; they are not suggested.",
        "explained": "Columns",
        "talk": "Talk sheet",
        "sum": "Sum",
        "column": "Column",
        "meaning": "Meaning",
        "rank": "No.",
        "rank_meaning": "smaller first",
        "urgency": "Urgency",
        "urgency_meaning_restock": (
            "by the last order day and what an empty shelf loses a day. now: an order later than today loses as much a "
            "day as the settings name; soon: it will within three days, or the last order day is passed; normal: an "
            "order some days later loses no more. A shelf that is empty now and filled before an order of today comes "
            "is normal: only chasing and transfers help it. Sorted by urgency, then by sales at risk"
        ),
        "urgency_meaning_chase": (
            "by what can still be saved. now: the shelf is empty or will be within a day, and loses as much a day as "
            "the settings name; soon: it will within three days, or the goods are overdue and missed, or the shelf is "
            "empty and goods that come sooner still save sales; normal: all others, such as to postpone, cancel or "
            "check. Sorted by urgency, then by sales at risk"
        ),
        "urgency_meaning_transfer": (
            "by what is saved where they go. now: the shelf is empty when they come or within a day of it, and loses "
            "as much a day as the settings name; soon: it will within three days, or the shelf is empty now; normal: "
            "all others, such as what only moves an excess. Sorted by urgency, then by sales at risk"
        ),
        "urgency_2": "now",
        "urgency_1": "soon",
        "urgency_0": "normal",
        "task_id": "task id",
        "way": "call or message",
        "way_call": "call",
        "way_message": "message",
        "answer": "Answer",
        "answer_meaning": "accept: arranged; done: done; refuse: not done, say why; empty: not yet",
        "answer_meaning_restock": "accept: arranged; done: ordered; refuse: not ordered, say why; empty: not yet",
        "answer_meaning_chase": "accept: arranged; done: the supplier was asked; refuse: not asked, say why; empty: "
        "not yet",
        "answer_meaning_transfer": "accept: arranged; done: sent; refuse: not moved, say why; empty: not yet",
        "answer_meaning_excess": "accept: arranged; done: seen to; refuse: left alone, say why; empty: not yet",
        "answer_meaning_recall": "of a call: interested / not interested / no answer: may be tried again in a few days "
        "/ wrong number: not called again; of a message (chat, text, coupon): sent / replied / not delivered: not "
        "written to by this channel again until the next order; of both: do not disturb: never contacted again / "
        "ordered; accept: arranged; refuse: not contacted, say why",
        "answer_quantity": "Real quantity",
        "answer_quantity_meaning": "units really handled; empty means as suggested on this line",
        "answer_quantity_meaning_restock": "units really ordered; empty means as suggested on this line",
        "answer_quantity_meaning_chase": "units that the supplier has promised; empty means all that are open",
        "answer_quantity_meaning_transfer": "units really moved; empty means as suggested on this line",
        "answer_quantity_meaning_excess": "units really handled; empty means as suggested on this line",
        "answer_expected_day": "Expected arrival",
        "answer_expected_day_meaning": "the day the goods are expected, e.g. 2025-11-20",
        "answer_reason": "Reason",
        "answer_reason_meaning": "why refused, or a note; no customer's phone number, name or address",
        "answer_outcome": "Supplier's answer",
        "answer_outcome_meaning": "what the supplier says: new day, pulled forward, postponed (with the expected "
        "arrival); cancelled; received; done and nothing here means asked without answer, and it is listed again after "
        "some days if it has not come",
        "accepted": "accept",
        "done": "done",
        "refused": "refuse",
        "whole_number": "a whole number above 0, please",
        "a_day": "a date, please, e.g. 2025-11-20",
        "an_outcome": "one of the list, please",
        "one_of": "accept, done or refuse, please",
        "one_outcome_of": "one of the list, please; refuse whom you will not contact",
        "separator": ", ",
        "revised_file": "revision{edition}",
        "digest_line": "{rank}. {title} ({sku}) to {warehouse}: {quantity} units",
        "digest_more": "{count} more lines, see the list.",
        "problem": "{sheet}row {row} {product}, {column}: found '{found}', {expected}",
        "sheet_named": "'{sheet}' ",
        "entered": "{changed} lines entered, {unchanged} known already, {problems} not entered",
        "same_as": "{count} of them say what {who} has said before.",
        "own_change": "{count} of them change what you said before.",
        "old_list": "Note: this list is of {day}, the newest of {newest}; no quantity means the one printed here.",
        "old_list_plain": "Note: this list is of {day}, the newest of {newest}.",
        "column_gone": "These columns are gone: {columns}. No line can be checked; fill in the list as it was pushed.",
        "state_open": "open",
        "state_withdrawn": "withdrawn",
        "state_expired": "expired",
        "expect_id": "this line has no hidden id: write into the lines of the list only",
        "expect_own_id": "its hidden id is that of {other}, not of this line: fill in the list as it was pushed",
        "expect_one_line": "expected one line a task, see {sheet}row {row}",
        "expect_one_answer": "the same task stands twice, with two answers, and neither is entered: keep one row",
        "expect_one_sheet": "both sheets are filled in and differ, and neither is entered: keep one of the two",
        "row_named": "row {row}",
        "comma": ", ",
        "expect_answer": "expected accept, done or refuse; to agree, write accept",
        "expect_answer_too": "expected accept, done or refuse, since other columns are filled in",
        "expect_call": "expected {outcomes}, accept or refuse",
        "expect_quantity": "expected a whole number above 0, or nothing for the quantity of this line",
        "expect_figures": "write {number} in figures",
        "expect_refusal": "0 units means not doing it: choose refuse, and say why",
        "expect_whole": "expected a whole number of units",
        "expect_positive": "expected a number above 0; if it is not done, choose refuse, and say why",
        "expect_value": "the cell shows an error or a formula without a value: write what you mean",
        "no_value": "a formula without a value",
        "expect_printed": "this line shows no quantity: write it into the column Real quantity",
        "expect_day": "expected a date such as 2025-11-20",
        "expect_clear_day": "that is {first} from the list's day and {second} from today: write the date",
        "expect_outcome": "expected {outcomes}",
        "refused_agreed_day": "expected the day that was agreed on",
        "refused_outcome_way": "'{outcome}' cannot come of this line's channel; expected {outcomes}, accept or refuse",
        "refused_outcome_state": "the outcome '{outcome}' does not go with this answer",
        "expect_reason": "expected why it is refused",
        "doubt_other_person": "{who} has answered {state}{quantity}; to change it, begin the reason with 'confirm'",
        "doubt_many": "over {times:g} times the suggested {suggested}; if it is right, begin the reason with 'confirm'",
        "doubt_surplus": "more than the {surplus} that can be spared; if it is right, begin the reason with 'confirm'",
        "doubt_budget": (
            "with what is accepted already {money} in all, beyond the day's budget of {budget}; if it is right, begin "
            "the reason with 'confirm'"
        ),
        "units": " {quantity} units",
        "refused_no_task": "there is no such task: fill in the list as it was pushed",
        "refused_state": "{who} has answered {state}{quantity}, which cannot be changed so; if it came to nothing, "
        "choose refuse, and say why",
        "refused_withdrawn": "the task was withdrawn and needs no answer; if it is done all the same, choose done",
        "refused_quantity": "expected a whole number from 1 to {most}",
        "refused_day": "expected a day within two years of {day}",
        "not_a_workbook": "This cannot be read as a spreadsheet: hand back the .xlsx (or save it as .ods or .xls)",
        "is_text": "This is a CSV or a text file, which has no columns to fill in: hand back the .xlsx of that name",
        "has_password": "This file has a password and cannot be read: take the password off, save it as .xlsx and hand "
        "it back again",
        "is_another_file": "This is {what}, which is no list: hand back the .xlsx (or save it as .ods or .xls)",
        "file_document": "a Word document",
        "file_slides": "a presentation",
        "file_picture": "a picture",
        "file_pdf": "a PDF",
        "file_archive": "an archive",
        "file_empty": "an empty file",
        "too_large_to_read": "This workbook is too large to be read: a cell far from the list holds something (Ctrl+"
        "End shows the last one), or there is too much of it. Fill in the list as it was pushed, and save it as .xlsx",
        "no_marker": "The hidden sheet _list is gone, so nobody knows which list this is: fill in the file as it was "
        "pushed, and do not copy its sheet into another workbook",
        "other_books": "This list was not pushed from these books (of another shop, or of a trial): fill in the file "
        "that lies beside the lists of this shop",
        "no_codes": "There is no hidden row of column codes: hand back the list as it was pushed, with its hidden "
        "column A and the hidden row above the header in place",
    },
}


def state_word(language: Language, state: str) -> str:
    """A task's state as its reader calls it; anything else as it is."""
    words = WORDS[language]
    return words.get(state) or words.get(f"state_{state}") or state


def units_in_words(language: Language, quantity: object) -> str:
    """' 912 件' behind a state; nothing where no quantity is known."""
    return WORDS[language]["units"].format(quantity=quantity) if quantity else ""


def outcome_word(language: Language, kind: str, code: str) -> str:
    """What the kind calls an outcome; a code that it does not know as it is."""
    found = next((one for one in kind_of(kind).outcomes if one.code == code), None)
    return code if found is None else found.called(language)


def outcomes_in_words(language: Language, kind: Kind, way: object) -> str:
    """The outcomes of a line that is worked by this way, with commas between."""
    return WORDS[language]["separator"].join(one.called(language) for one in kind.outcomes_by(way))
