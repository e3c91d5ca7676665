"""The words of a receipt, in both languages."""

from collections.abc import Mapping

from include.tasks.wording import Language

FOLDER: Mapping[Language, str] = {"zh": "交回", "en": "hand-back"}
PROCESSED: Mapping[Language, str] = {"zh": "已处理", "en": "processed"}
RECEIPT: Mapping[Language, str] = {"zh": "回执", "en": "receipt"}
REFUSED: Mapping[Language, str] = {"zh": "未录入", "en": "not-entered"}
"""Behind the name of a file of which nothing was entered."""
UNNAMED: Mapping[Language, str] = {"zh": "未署名", "en": "unnamed"}

SAID: Mapping[Language, Mapping[str, str]] = {
    "zh": {
        "title": "回执：{kind}清单 {day}",
        "title_of_file": "回执：{file}",
        "handed_back": "文件 {file}，{who} 交回，{at} 读取",
        "now_at": "文件读过后移到了 {place}",
        "correct": "要改的：打开 {place}，改好红色的格，存进 {folder}，就会再读一次；已录入的行不会重复录入",
        "correct_both": (
            "要改的：打开 {place}，改好红色的格，存进 {folder}，就会再读一次；已录入的行不会重复录入。"
            "想重新填，用 {list}，只填要改的行"
        ),
        "nobody": "未署名",
        "what": "合计",
        "lines": "行数",
        "pieces": "件数",
        "entered": "已录入",
        "entered_as": "其中 {state}",
        "known": "早已录入，没有变化",
        "left_out": "未录入（见下面红色的格）",
        "problems": "未录入的行：请按最后一列改好，再交回一次",
        "done_well": "全部录入，没有要改的。",
        "nothing": "清单里没有填写任何处理结果，什么都没有录入。",
        "row": "行",
        "rank": "序号",
        "product": "商品或客户",
        "column": "列",
        "found": "填的是",
        "expected": "请这样写",
        "taken": "已录入的行",
        "answer": "处理结果",
        "outcome": "结果",
        "outcome_chase": "供应商答复",
        "outcome_recall": "联系结果",
        "quantity": "件数",
        "expected_day": "预计到货",
        "reason": "原因",
        "is_new": "本次",
        "new": "新录入",
        "not_new": "早已录入",
        "trouble": "什么都没有录入：{trouble}",
        "no_name": "不知道是谁交回的。请在“交回”里建一个以您名字命名的子文件夹，把文件放进去",
        "bad_name": "“{name}”不能用作署名：请用您的名字，最长 100 字，不带看不见的字符",
        "too_large": "文件有 {megabytes} MB，太大了，不像一份清单",
        "again": "同一个文件已于 {at} 交回过，内容没有变化，这次没有再录入",
        "not_plain": "这是快捷方式或链接，不是文件本身。请把清单文件本身放进来",
        "in_processed": "这个文件直接放进了“已处理”，没有读取。请放进“交回”里以您名字命名的子文件夹",
        "hidden_folder": "它放在名字以点开头的隐藏文件夹里，没有读取。请放进“交回”里以您名字命名的子文件夹",
        "unreadable": "读这个文件时出了错（{error}），原文件已保存在“{folder}”里，请联系数据同事",
    },
    "en": {
        "title": "Receipt: {kind} list of {day}",
        "title_of_file": "Receipt: {file}",
        "handed_back": "{file}, handed back by {who}, read at {at}",
        "now_at": "Once it was read, the file was moved to {place}",
        "correct": "To correct it: open {place}, mend the red cells and save it into {folder}: it is read again, and "
        "lines that are entered already are not entered twice",
        "correct_both": (
            "To correct it: open {place}, mend the red cells and save it into {folder}: it is read again, and lines "
            "that are entered already are not entered twice. To begin anew, take {list} and fill in those lines only"
        ),
        "nobody": "nobody named",
        "what": "In all",
        "lines": "Lines",
        "pieces": "Units",
        "entered": "Entered",
        "entered_as": "of them {state}",
        "known": "Known already, unchanged",
        "left_out": "Not entered (the red cells below)",
        "problems": "Lines not entered: mend them as the last column says, and hand the list back again",
        "done_well": "All is entered, there is nothing to mend.",
        "nothing": "No line of the list has an answer, so nothing was entered.",
        "row": "Row",
        "rank": "No.",
        "product": "Product or customer",
        "column": "Column",
        "found": "Found",
        "expected": "What to write",
        "taken": "Lines entered",
        "answer": "Answer",
        "outcome": "Outcome",
        "outcome_chase": "Supplier's answer",
        "outcome_recall": "What came of it",
        "quantity": "Units",
        "expected_day": "Expected",
        "reason": "Reason",
        "is_new": "This time",
        "new": "entered",
        "not_new": "known",
        "trouble": "Nothing was entered: {trouble}",
        "no_name": "it is not known who hands this back; make a folder with your name inside the hand-back folder, and "
        "put the file there",
        "bad_name": "'{name}' is no name to answer by: take your own, 100 letters at most, all of them visible",
        "too_large": "the file has {megabytes} MB, which is too large for a list",
        "again": "the same file was handed back at {at} and is unchanged, so it was not entered again",
        "not_plain": "this is a shortcut or a link and not the file itself: put the file here",
        "in_processed": "the file was put straight into 'processed' and was not read: put it into the folder with your "
        "name inside the hand-back folder",
        "hidden_folder": "the file lies in a hidden folder, whose name begins with a dot, and was not read: put it "
        "into the folder with your name inside the hand-back folder",
        "unreadable": "reading the file failed ({error}); it is kept in '{folder}', please ask your data team",
    },
}
