"""Whom a channel reaches: a virtual number until it expires, an order while it is young, an own number with consent."""

import re
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

from include.cli.keys import new_keys
from include.customers.customers_as_of import customers_as_of
from include.customers.recall.reach import contact_until, out_of_reach
from include.customers.recall.win_back_store import month_report
from include.customers.store import learn_consents
from include.privacy.pseudonyms import PSEUDONYM_LENGTH
from include.settings.merchant import Merchant
from include.settings.saying import BilingualError
from include.tasks.drafts import TaskList, draft, task_id
from include.tasks.kinds import kind_of
from include.tasks.publish_list import publish_list
from include.warehouse.as_of import read_lines
from include.warehouse.books import publication
from include.warehouse.tables import recall_arms, win_back
from include.warehouse.workspace import Keys
from tests.command_lines import storekeeper
from tests.copies import new_workspace
from tests.pipeline.small_merchant import SOLD, SmallDesk, merchant
from tests.task_books import act

main = storekeeper("win-back")

FIRST, SECOND, LATER = "2025-09-01", "2025-09-20", "2025-10-01"
CHANNELS = [
    {"name": "call", "zh": "电话", "en": "phone", "capacity": 9, "reach": "order_phone"},
    {"name": "chat", "zh": "旺旺", "en": "chat", "capacity": 9, "reach": "order_message", "max_order_days": 15},
    {"name": "own", "zh": "本人电话", "en": "own phone", "capacity": 9, "reach": "own_phone"},
    {"name": "tool", "zh": "人群", "en": "audience", "capacity": 9, "reach": "audience"},
    {
        "name": "wangwang",
        "zh": "旺旺",
        "en": "Wangwang",
        "capacity": 9,
        "reach": "order_message",
        "platforms": ["taobao"],
    },
]


@pytest.fixture
def desk(tmp_path: Path) -> SmallDesk:
    """beta shows virtual numbers: anna's is valid, bert's ran out. cleo of alpha left her own number and agreed; dora
    of alpha left hers and said nothing."""
    home, keys = tmp_path / "home", Keys.from_mapping(new_keys())
    said = tmp_path / "said.csv"
    said.write_text(f"shop,buyer,channel,state,at,source\nalpha,cleo,,in,{FIRST} 08:00:00,web\n", encoding="utf-8")
    plain = merchant(home, contact_channels=CHANNELS, consents=str(said)).model_dump()
    plain["shops"][1]["reports"]["sales"]["declared"] = {
        **SOLD,
        "columns": {**SOLD["columns"], "contact_until": "note"},
    }
    described = Merchant.model_validate(plain)
    made = SmallDesk(new_workspace(described, described.books, keys, home))
    made.sells("alpha", FIRST, "1 cleo 13961234507", "2 dora 13961234508")
    made.sells("beta", FIRST, "b1 bert 13961234509-7576 - - 2025-09-15")
    made.live(FIRST)
    made.sells("beta", SECOND, "b2 anna 13961234510-7577 - - 2025-10-15")
    made.live(SECOND)
    made.close(LATER)
    learn_consents(made.workspace)
    return made


def test_each_channel_misses_whom_it_cannot_reach(desk: SmallDesk) -> None:
    anna, bert = desk.customer("beta", "anna"), desk.customer("beta", "bert")
    cleo, dora = desk.customer("alpha", "cleo"), desk.customer("alpha", "dora")

    missed = out_of_reach(customers_as_of(desk.workspace, LATER), desk.workspace.merchant)

    assert missed == {
        "call": {bert}, "chat": {bert, cleo, dora}, "own": {anna, bert, dora}, "tool": frozenset(),
        "wangwang": {anna, bert, cleo, dora},
    }  # fmt: skip

    # when a chat to anna could not be delivered and a text to cleo was sent
    wrote = {anna: ("chat", "not_delivered"), cleo: ("tool", "sent")}
    _wrote_to(desk, LATER, wrote)
    told = customers_as_of(desk.workspace, "2025-10-02")
    now = out_of_reach(told, desk.workspace.merchant)

    assert now == {**missed, "chat": missed["chat"] | {anna}}
    assert told.reached["customer"].tolist() == [cleo]


def _wrote_to(desk: SmallDesk, day: str, wrote: dict[str, tuple[str, str]]) -> None:
    """A list of `day` by channels that write, and what came of it the next morning. wrote: customer -> both."""
    lines = [
        draft(kind_of("recall"), day, {"customer": who[:PSEUDONYM_LENGTH], "channel": channel, "way": "message"})
        for who, (channel, _) in wrote.items()
    ]
    rows = [{"day": day, "customer": who, "arm": "listed", "propensity": 0.9} for who in wrote]
    with publication(desk.workspace.books) as change:
        change.insert(recall_arms, pd.DataFrame(rows))
    publish_list(desk.workspace.books, TaskList("recall", day, lines), datetime(2025, 10, 2, 2))
    with desk.workspace.books.begin() as connection:
        for who, (_, outcome) in wrote.items():
            task = task_id("recall", day, who[:PSEUDONYM_LENGTH])
            act(connection, task, "done", "li", datetime(2025, 10, 2, 9), {"outcome": outcome})


def test_until_when_a_number_is_valid_stands_with_the_order(desk: SmallDesk) -> None:
    stored = read_lines(desk.workspace.books, "orders", LATER)

    until = contact_until(desk.workspace, LATER, stored[["shop", "order_id"]]).to_dict()

    assert until == {
        ("beta", "b1"): "2025-09-15 00:00:00",
        ("beta", "b2"): "2025-10-15 00:00:00",
    }


def test_a_masked_number_of_which_nothing_is_told_lasts_a_month(desk: SmallDesk) -> None:
    """alpha's exports say nothing of its numbers' end. Were it a shop of Tmall, they would be virtual."""
    shops = desk.workspace.merchant.shops
    masked = (shops[0].model_copy(update={"platform": "taobao"}), *shops[1:])

    def missed(day: str, days: int) -> frozenset[str]:
        rules = desk.workspace.merchant.customers.model_copy(update={"virtual_number_days": days})
        merchant = desk.workspace.merchant.model_copy(update={"shops": masked, "customers": rules})
        return out_of_reach(customers_as_of(desk.workspace, day), merchant)["call"]

    bert, both = desk.customer("beta", "bert"), {desk.customer("alpha", name) for name in ("cleo", "dora")}

    assert missed(LATER, 30) == {bert}  # ordered on 1 September, 30 days ago
    assert missed(LATER, 29) == {bert, *both}


def test_the_report_of_a_month_reads_its_newest_review(desk: SmallDesk, capsys: pytest.CaptureFixture[str]) -> None:
    row = {
        "part": "month", "value": "2025-08", "listed": 400, "listed_returned": 120, "control": 50,
        "control_returned": 9,
        "verdict": "helps", "listed_margin_micros": 9_000_000, "control_margin_micros": 5_000_000,
        "margin_difference_micros": 4_000_000, "margin_low_micros": 1, "margin_high_micros": 2,
        "margin_verdict": "helps",
        "offers_micros": 1_000_000, "contacts_micros": 500_000, "net_difference_micros": 2_500_000,
        "net_low_micros": 1_500_000, "net_high_micros": 3_500_000, "net_verdict": "helps", "contacted": 0,
        "contacted_returned": 0,
    }  # fmt: skip
    older = {**row, "listed": 100}
    with publication(desk.workspace.books) as change:
        change.insert(win_back, pd.DataFrame([{"day": FIRST, **older}, {"day": LATER, **row}]))

    told = month_report(desk.workspace, "2025-08", "en")

    assert told.startswith(
        "The lists of 2025-08, within 30 days, against those left alone (400 listed, 50 left alone): "
    )
    assert "less 1.00 for offers and 0.50 for contacts is +2.50 yuan (+1.50 to +3.50 with 95 % confidence)" in told
    assert told.endswith("+1000 yuan in all (+600 to +1400): helps.")
    with pytest.raises(ValueError, match="no recall list of 2025-07 is reviewed yet"):
        month_report(desk.workspace, "2025-07", "en")
    with pytest.raises(BilingualError) as error:
        month_report(desk.workspace, "2025-07", "zh")
    assert error.value.zh == "2025-07 的召回清单还没有复盘：清单发出 30 天后才有"
    chinese = month_report(desk.workspace, "2025-08", "zh")
    assert chinese.startswith("2025-08 的名单，30 天内与特意不联系的客户相比（名单上 400 人，不联系 50 人）：")
    assert re.findall("[A-Za-z]+", chinese) == []
    assert main(["July"]) == 2
    assert "expected a month such as 2025-10, found 'July'" in capsys.readouterr().err
