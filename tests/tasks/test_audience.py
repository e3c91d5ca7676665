"""Customers of a recall list as a file for the platform's own tool, one a shop, and none of a line that is withheld."""

from pathlib import Path

from include.tasks.channels.file import FileChannel
from include.tasks.channels.parcel import Parcel
from include.tasks.document import Document, Line

DAY = "2025-11-11"


def line(number: int, shop: str, channel: str) -> Line:
    payload = {
        "customer": f"c{number}",
        "shop": shop,
        "channel": channel,
        "last_order_id": f"30000000000000000{number}",
        "shop_zh": {"tmall": "样本旗舰店"}.get(shop),
        "channel_name_zh": "短信" if channel == "sms" else "电话",
        "offer": "coupon_10",
        "offer_zh": "十元券",
        "why_zh": "很久没来",
        "why_en": "silent",
        "value_micros": 1_000_000,
    }
    return Line(f"t{number}", f"c{number}", number, 0, DAY, payload)


def parcel(*lines: Line, withheld: tuple[str, ...] = (), key: str = "k") -> Parcel:
    return Parcel(key * 64, 1, 1, Document("recall", DAY, lines, (), (), {}), frozenset(withheld))


def test_each_shop_has_its_file_of_the_lines_that_its_tool_is_to_reach(tmp_path: Path) -> None:
    lines = line(1, "tmall", "sms"), line(2, "tmall", "call"), line(3, "jd", "sms"), line(4, "tmall", "sms")
    channel = FileChannel("desk", str(tmp_path), "zh", ("csv",), audiences=("sms",))

    outcome = channel.send(parcel(*lines, withheld=("t4",)), {})

    assert outcome.state == "sent"
    # Numbers as they are: it is the platform's tool that reads them, and a Chinese file holds no code words.
    assert (tmp_path / f"人群_样本旗舰店_{DAY}.csv").read_text(encoding="utf-8-sig") == (
        "订单编号,优惠,批次,方式,客户代号\n300000000000000001,十元券,20251111,短信,c1\n"
    )
    assert "300000000000000003" in (tmp_path / f"人群_jd_{DAY}.csv").read_text(encoding="utf-8-sig")


def test_a_later_edition_leaves_no_audience_of_before(tmp_path: Path) -> None:
    channel = FileChannel("desk", str(tmp_path), "zh", ("csv",), audiences=("sms",))
    channel.send(parcel(line(1, "tmall", "sms"), line(3, "jd", "sms")), {})

    channel.send(parcel(line(1, "tmall", "sms"), key="m"), {})

    assert [path.name for path in tmp_path.glob("人群_*")] == [f"人群_样本旗舰店_{DAY}.csv"]


def test_a_list_for_no_such_tool_has_no_such_file(tmp_path: Path) -> None:
    FileChannel("desk", str(tmp_path), "zh", ("csv",)).send(parcel(line(1, "tmall", "call")), {})

    assert not list(tmp_path.glob("人群_*"))
