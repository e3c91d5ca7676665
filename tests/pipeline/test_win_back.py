"""The recall list with all that it rests on: what earlier lists brought, profiles, the watch over the model, the talk
sheet; and the uplift challenger."""

import json
import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select, update

from include.customers.churn.drift_watch import REFERENCE
from include.customers.customers_as_of import customers_as_of
from include.customers.history import day_number
from include.customers.profile_store import profiles_as_of
from include.customers.store import history_as_of
from include.people.identity_store import persons_as_of
from include.pipeline.push import deliver_waiting
from include.pipeline.train_uplift import train_uplift_challenger
from include.tasks.kinds import kind_of
from include.warehouse.books import publication, read_frame
from include.warehouse.model_registry import champion_of, folder_hash
from include.warehouse.tables import (
    churn_scores,
    customer_profiles,
    experiment_arms,
    lifecycle_moves,
    model_watch,
    models,
    recall_arms,
    win_back,
)
from tests.pipeline.conftest import with_a_long_horizon
from tests.recall_sums import adds_up

SECOND, THIRD = date(2025, 11, 2), date(2025, 11, 3)
DAY, EARLIER = THIRD.isoformat(), date(2025, 9, 15)


@pytest.fixture
def desk(third_day: Path, desk_at: Callable[[Path], Any]) -> Any:
    return with_a_long_horizon(desk_at(third_day))


def usual_gap(payload: Any) -> Any:
    """None of who bought on one day only."""
    return payload["usual_gap_days"]


def recall(desk: Any, **more: Any) -> Any:
    from include.pipeline.recall import publish_recall_list

    publish_recall_list(desk.workspace, DAY, desk.morning_after(THIRD), **more)
    return desk.document("recall", THIRD)


def an_earlier_list(desk: Any, who_returns: str) -> int:
    """A list of 15 September by whose customers contact seems to decide: whoever came back within 30 days was listed
    (or, where `who_returns` is 'control', was left alone). Returns the smaller arm's customers."""
    workspace, start = desk.workspace, day_number(EARLIER.isoformat())
    history = history_as_of(workspace, DAY)
    known = history.until(start)
    place = [list(history.customers).index(name) for name in known.customers]
    came = history.position(pd.array(place).to_numpy(), start + 30) > history.position(
        pd.array(place).to_numpy(), start
    )
    arm = pd.Series(came).map({True: who_returns, False: "control" if who_returns == "listed" else "listed"})
    rows = pd.DataFrame({"day": EARLIER.isoformat(), "customer": known.customers.astype(str), "arm": arm})
    rows = rows.assign(propensity=0.9, channel="call", offer="coupon_10", p_churn=0.6, rise=0.02)
    with publication(workspace.books) as change:
        change.insert(recall_arms, rows)
    return int(arm.value_counts().min())


def test_a_list_with_all_that_it_rests_on(desk: Any) -> None:
    document = recall(desk)

    payloads = [line.payload for line in document.lines]
    gains = [adds_up(payload["why_zh"]) for payload in payloads]
    assert len(payloads) > 50
    assert [int(gain * 1_000_000) for gain in gains] == [payload["value_micros"] for payload in payloads]
    assert min(gains) > 0
    total, left_out = document.told_first("zh")
    assert total.startswith(f"名单上 {len(gains)} 人预计净赚 {sum(gains):.2f} 元：多带来毛利 ")
    assert re.fullmatch(r"另有 \d+ 人未列入：今天名额已满 \d+、还在自己的购买间隔内 \d+(、.+)*。", left_out)
    others = document.details("zh")
    assert any(note.endswith("位客户还在自己平时的购买间隔内，不打扰。") for note in others)
    assert any(note.endswith("位客户值得联系，但今天各联系方式的名额已满，未列入。") for note in others)
    assert any("（按设置估计，实测数据还不够：名单上 0 人、特意不联系的 0 人）" in note for note in others)
    # Each platform's customers by its own chat; a text of a few cents is worth it for more than a call is.
    channels = {payload["channel"] for payload in payloads}
    names = {one.name: one.zh for one in desk.workspace.merchant.customers.channels_of_contact}
    assert {"wangwang", "dongdong", "sms"} <= channels
    for payload in payloads:
        by = {"wangwang": "tmall", "dongdong": "jd", "feige": "douyin"}.get(payload["channel"], payload["shop"])
        assert by == payload["shop"]
        assert payload["channel"] != "call" or payload["shop"] == "tmall" or payload["days_since"] <= 30
        told = " ".join(str(value) for name, value in payload.items() if name.endswith("_zh"))
        assert not set(re.findall(r"[a-z]+_?[a-z0-9]+", told)) & {"coupon_10", "tmall", "jd", "sms", "call", "wangwang"}
        usual = payload["usual_gap_days"]  # None: bought once
        assert ("很久没有下单" in told) <= (usual is None or payload["days_since"] > 2 * usual)
        assert usual is None or payload["days_since"] > usual
        assert payload["way"] == ("call" if payload["channel"] == "call" else "message")
        assert payload["p_churn"] > 200
        assert (payload["opening_zh"] is None) == (payload["channel"] == "sms"), (
            "the platform writes a text, nobody talks"
        )
    shown = {column.field for column in kind_of("recall").columns if column.sheet == "talk"}
    assert shown == {
        "opening_zh", "opening_en", "last_orders", "next_need_zh", "next_need_en", "after_sales_zh", "after_sales_en",
        "offer_why_zh", "offer_why_en",
    }  # fmt: skip
    nothing_bought = [payload for payload in payloads if not payload["last_orders"]]  # all their newest were gifts
    assert len(nothing_bought) <= len(payloads) / 50
    payloads = [payload for payload in payloads if payload["last_orders"]]
    told = [(payload["last_orders"][0][:10], payload["last_order_day"]) for payload in payloads]
    assert all(first <= last for first, last in told)
    assert sum(first == last for first, last in told) > 0.8 * len(told)  # of the others the last order was a gift
    for name in shown - {"last_orders"}:
        assert any(payload[name] for payload in payloads), name
    for payload in payloads:
        bought = payload["last_orders"][0][:10]  # the newest order may be a gift
        month_day = f"{int(bought[5:7])}月{int(bought[8:])}日"
        is_old = day_number(DAY) - day_number(bought) > 60
        opening = payload["opening_zh"]
        if opening:
            assert opening.startswith(f"您好，我是{payload['shop_zh']}的客服。您")
            if not payload["after_sales_zh"]:
                assert (month_day in opening) == (not is_old)
                begins = {(True, True): "您之前在我们店买过一次", (True, False): "第一次在我们店买了"}
                began = begins.get((usual_gap(payload) is None, is_old), "您有一阵子没来" if is_old else "买的“")
                assert began in opening or "订的一批" in opening or "订过一批" in opening, opening
        assert f"{payload['days_since']} 天" in payload["reason_zh"]
        assert payload["shop_zh"] != payload["shop"], "a name, no code"
        assert payload["channel_name_zh"] == names[payload["channel"]]
        assert not payload["channel_zh"].startswith(payload["channel_name_zh"])
        if payload["channel"] == "sms":
            file = f"人群_{payload['shop_zh']}_{DAY}.csv"
            assert payload["channel_zh"].endswith(f"→ 上传 {file}，由平台发送")
            assert f"upload audience_{payload['shop_en']}_{DAY}.csv;" in payload["channel_en"]
        else:
            goes_to = {"tmall": "千牛 → ", "jd": "京麦（京东商家后台）→ ", "douyin": "抖店 → "}[payload["shop"]]
            assert payload["channel_zh"].startswith(goes_to)
            assert f"订单号 {payload['last_order_id']}" in payload["channel_zh"]
            assert payload["channel_zh"].endswith(f"；订单 {payload['days_since']} 天前")
        assert payload["channel_why_zh"]
    open_or_back = [payload for payload in payloads if payload["opening_zh"] and payload["after_sales_zh"]]
    assert any("很抱歉" in payload["opening_zh"] for payload in open_or_back)
    assert not any("满意吗" in payload["opening_zh"] for payload in open_or_back)
    tags = " ".join(str(payload["tags_zh"]) for payload in payloads)
    assert "常客" in tags
    assert "折扣" not in tags
    assert "正价" not in tags

    again = desk.text("recall", THIRD)
    before = {table.name: desk.rows(table) for table in (recall_arms, customer_profiles, win_back, model_watch)}
    recall(desk, replay=True)
    assert desk.text("recall", THIRD) == again
    for table in (recall_arms, customer_profiles, win_back, model_watch):
        pd.testing.assert_frame_equal(desk.rows(table), before[table.name])

    deliver_waiting(desk.workspace, {}, desk.morning_after(THIRD))
    (path,) = (desk.home / "lists").rglob(f"召回*{DAY}*.xlsx")
    audiences = {each.name for each in path.parent.glob("人群_*.csv")}
    assert audiences == {re.findall("人群_.*?csv", one["channel_zh"])[0] for one in payloads if one["channel"] == "sms"}
    book = CalamineWorkbook.from_path(str(path))
    assert book.sheet_names == ["召回", "通话单", "算式", "说明", "_list"]
    _how, _head, headings, *talk = book.get_sheet_by_index(1).to_python()
    assert headings == [
        "任务编号", "序号", "客户", "最近订单", "联系方式", "怎么联系", "为什么联系", "开场白", "最近买了",
        "可能需要", "售后", "优惠及理由", "处理结果", "原因",
        *(["打电话或发消息"] if len({payload["way"] for payload in payloads}) > 1 else []),
    ]  # fmt: skip
    talked = [payload for payload in payloads if payload["channel"] != "sms"]
    assert [row[headings.index("客户")] for row in talk] == [payload["customer"] for payload in talked]
    assert [row[headings.index("最近订单")] for row in talk] == [payload["last_order_id"] for payload in talked]


def test_whom_a_contact_would_cost_more_than_it_brings_is_counted_and_not_listed(desk: Any) -> None:
    """The dearer a text is, the fewer are listed, and the head tells of all the others."""

    def told(cost: float) -> tuple[int, int, int]:
        """(lines, customers on the list or in the control group, customers not worth a text)."""
        text = {"name": "sms", "zh": "短信", "en": "text", "capacity": 9999, "reach": "audience"}
        ways = [{**text, "effect_of_contact": 0.02, "cost_per_contact": cost}]
        document = recall(desk.with_settings(customers={"contact_channels": ways}), replay=True)
        assert all(adds_up(line.payload["why_zh"]) > 0 for line in document.lines)
        ending = " 位客户联系不合算（预计多带来的毛利抵不过优惠和联系成本），未列入。"
        counts = [int(note["zh"].removesuffix(ending)) for note in document.notes if note["zh"].endswith(ending)]
        return len(document.lines), len(desk.rows(recall_arms, recall_arms.c.day == DAY)), sum(counts)

    cheap, dear = told(0.05), told(1.5)

    assert dear[0] < cheap[0]
    assert dear[2] > cheap[2]
    assert dear[1] + dear[2] == cheap[1] + cheap[2]


def test_profiles_say_what_held_on_a_day(desk: Any) -> None:
    recall(desk)

    kept = profiles_as_of(desk.workspace, DAY, persons_as_of(desk.workspace, DAY))
    moves = desk.rows(lifecycle_moves)
    assert len(kept) == len(history_as_of(desk.workspace, DAY).customers)
    assert customers_as_of(desk.workspace, DAY).profiles_before.empty
    assert moves["from_stage"].unique().tolist() == ["not yet a customer"]
    assert moves["customers"].sum() == len(kept)
    assert kept["next_due_day"].notna().any()


@pytest.mark.parametrize(("who_returns", "told"), [("listed", "实测"), ("control", "联系后回来的反而更少")])
def test_what_the_control_group_has_measured_takes_the_place_of_the_prior(
    desk: Any, who_returns: str, told: str
) -> None:
    smaller = an_earlier_list(desk, who_returns)
    assert smaller >= 40
    assumed = 0.05

    document = recall(desk)
    notes = " ".join(note["zh"] for note in document.notes)

    rows = desk.rows(win_back).set_index(["part", "value"])
    measured = rows.loc[("all", "")]
    assert (measured["verdict"], min(measured["listed"], measured["control"])) == (
        "helps" if who_returns == "listed" else "harms",
        smaller,
    )
    assert "电话（虚拟号）：联系后回来的可能 20% → " in notes or "电话（虚拟号）：按 " in notes
    assert told in notes
    assert re.search("平台短信：联系后回来的可能 .*50% → 51.0%.*（按设置估计", notes)
    channels = {line.payload["channel"] for line in document.lines}
    if who_returns == "listed":
        assert rows.loc[("channel", "call"), "effect"] > assumed
        assert "call" in channels
    else:
        assert rows.loc[("channel", "call"), "effect"] == 0
        assert "call" not in channels
        assert channels
    assert ("list", EARLIER.isoformat()) not in rows.index  # its days of holdout were over long ago
    assert ("offer", "coupon_10") in rows.index


def test_a_model_that_no_longer_fits_is_told_on_the_list(desk: Any) -> None:
    standing = champion_of(desk.workspace, "churn", DAY)
    assert standing is not None
    path = standing.folder / REFERENCE
    reference = json.loads(path.read_text(encoding="utf-8"))
    score = reference["columns"]["score"]
    score["borders"] = [border / 4 for border in score["borders"]]  # as if all had been far safer on that day
    path.write_text(json.dumps(reference), encoding="utf-8")
    # as if it had been registered so
    renamed = f"{standing.model_id.rpartition('-')[0]}-{folder_hash(standing.folder)}"
    with publication(desk.workspace.books) as change:
        change.execute(update(models).where(models.c.model_id == standing.model_id).values(model_id=renamed))
    horizon = desk.workspace.merchant.customers.horizon_days
    said = (THIRD - timedelta(days=horizon)).isoformat()
    names = history_as_of(desk.workspace, DAY).until(day_number(said)).customers.astype(str)
    scores = pd.DataFrame({"day": said, "customer": names, "model_id": "old", "horizon_days": horizon})
    with publication(desk.workspace.books) as change:
        change.insert(churn_scores, scores.assign(p_churn=0.05, expected_orders=1.0))

    document = recall(desk)

    notes = [note["en"] for note in document.notes]
    assert any(
        note.startswith("Churn risks have changed much since the model was trained (index PSI ") for note in notes
    )
    assert any(note.startswith(f"The churn risks told on {said} did not come true: off by ") for note in notes)
    watch = desk.rows(model_watch).set_index(["measure", "about"])
    assert watch.loc[("drift", "score"), "is_out"] == 1
    assert watch.loc[("calibration_error", said), ["is_out", "model_id"]].tolist() == [1, "old"]
    assert watch.loc[("drift", "since_last"), "is_out"] == 0


def test_an_experiment_is_recorded_and_goes_on_the_list(desk: Any) -> None:
    experiment = {
        "name": "evening",
        "arms": {"usual": {"share": 0.5}, "evening": {"share": 0.5, "send_at": "19:30", "offer": "coupon_10"}},
        "first_day": "2025-11-01",
        "last_day": "2025-11-30",
    }
    document = recall(desk.with_settings(customers={"experiments": [experiment]}))

    arms = desk.rows(experiment_arms)
    evening = set(arms.loc[arms["arm"] == "evening", "customer"].str[:12])
    assert len(arms) == len(document.lines)
    assert 0.25 * len(arms) <= len(evening) <= 0.75 * len(arms)
    for line in document.lines:
        at, offer = line.payload["send_at"], line.payload["offer"]
        assert at == ("19:30" if line.payload["customer"] in evening else None)
        assert offer == "coupon_10" or line.payload["customer"] not in evening
        adds_up(line.payload["why_zh"])


def test_an_uplift_model_waits_for_enough_data_and_for_proof(desk: Any) -> None:
    waiting = train_uplift_challenger(desk.workspace, DAY, say=lambda text: None)
    assert waiting["model"] is None
    assert waiting["reasons"] == ["not enough data yet: 0 listed and 0 left alone, 2000 needed"]
    smaller = an_earlier_list(desk, "listed")
    poorer = desk.with_settings(customers={"uplift_in_arm": 100})
    assert smaller >= 100

    made = train_uplift_challenger(poorer.workspace, DAY, say=lambda text: None)

    # All who were listed came: no customer's own past tells who is moved, so the present ranking stays.
    assert made["released"] is False
    found = desk.rows(models, models.c.kind == "uplift")
    assert found["state"].tolist() == ["challenger"]
    assert champion_of(desk.workspace, "uplift", "2025-12-01") is None
    assert json.loads(found["card"].iloc[0])["judged"]["control"] >= 100


def test_the_card_shows_what_the_model_was_made_from_and_how_it_did(desk: Any) -> None:
    folder = desk.workspace.merchant.models
    (card,) = Path(folder).glob("churn-*/card.md")
    text = card.read_text(encoding="utf-8")

    stored = json.loads(read_frame(desk.workspace.books, select(models.c.card))["card"].iloc[0])
    assert stored["data_hash"] in text
    assert "## importance" in text or not stored["importance"]
    assert set(stored["parameters"]) == {"pareto_nbd", "mbg_nbd", "regular"}
    assert ("calibration.svg" in text) == (card.parent / "calibration.svg").is_file() == bool(stored["calibration"])
