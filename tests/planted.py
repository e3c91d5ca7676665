"""People who do not exist, in every personal column of the specimen merchant's exports."""

import dataclasses
import re

import pyarrow as pa
import pyarrow.compute as pc

from include.simulation.specimen.writers.sheet import Sheet
from tests.leaks import Planted

NAME, NICK, PHONE, MAIL = "欧阳锋镝", "小确幸的猫zz9", "13987650421", "planted.person@post-example.com"
STREET, MESSAGE, CARD = "青石弄样品街77号3单元", "请放门卫王大爷处勿按铃", "330102199001017777"
PLANTED = Planted([NAME, NICK, PHONE, MAIL, STREET, MESSAGE, CARD])
# What a header's name says about its cells; the first that fits. None: a place that may be known, no person.
_COLUMNS: tuple[tuple[str, str | None], ...] = (
    (
        r"省|城市|-市|-区|地区|province|state|city|country|zip|postal|门店|仓库|发票[类内]|等级|物流|时间|方式|状态|时段|^是否",
        None,
    ),
    (r"身份证", CARD),
    (r"邮箱|e-?mail", MAIL),
    (r"手机|电话|phone", PHONE),
    (r"地址|街道|street|address", STREET),
    (r"留言|备注|备忘|说明|notes|tags|抬头|协商记录|操作人|原因标签", MESSAGE),
    (r"会员名$|下单帐号|买家昵称|会员昵称", NICK),
    (r"姓名|收货人|收件人|联系人|昵称|支付宝账号|(billing|shipping) name|recipient|buyer", NAME),
)
_KEPT = (
    r"会员名$|下单帐号|买家昵称|^email$|备注|备忘|tags"  # what stands there counts, so the planted text goes beside it
)


def planted(sheet: Sheet) -> Sheet:
    """The sheet with a planted text in every cell of every personal column."""
    cells = dict(sheet.cells)
    for name in sheet.header:
        text = next((text for pattern, text in _COLUMNS if re.search(pattern, name, re.IGNORECASE)), None)
        if text is None:
            continue
        if text == STREET and name in ("收货地址", "客户地址") and name in cells:
            text = f"浙江省 杭州市 西湖区 {STREET}"
        if re.search(_KEPT, name, re.IGNORECASE):
            cells[name] = pc.binary_join_element_wise(sheet.column(name).cast(pa.string()), text, "")
        else:
            cells[name] = text
    return dataclasses.replace(sheet, cells=cells)
