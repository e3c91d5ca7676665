"""What is kept of people: sealed, logged when looked at, and gone when they ask for it."""

import io
import json
import shutil
import sqlite3
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import LargeBinary, delete, select, update

from include.cli.keys import new_keys
from include.customers.store import history_as_of, learn_consents
from include.people.access_log import note_access, read_log, verify_access_log
from include.people.contact_vault import opened_contacts, rotate, sealed_rows, still_sealed_with
from include.people.erase import erase
from include.people.find import UnknownPersonError, find, tell
from include.people.person_view import reach_of
from include.pipeline.audit.whole_audit import audit
from include.pipeline.push import deliver_waiting
from include.pipeline.retention import retire_personal_data
from include.privacy.sealing import SealError
from include.settings.channels import Channel
from include.tasks.canonical_json import canonical_json, content_hash, read_json
from include.tasks.task_events import tasks_off_the_log, verify_chain
from include.tasks.task_tables import task_events, tasks
from include.warehouse.books import publication
from include.warehouse.tables import (
    access_log,
    churn_scores,
    contact_vault,
    erasures,
    exports,
    facts_customer_orders,
    identity_keys,
    metadata,
    order_lines,
    orders,
    quarantine,
    recall_arms,
)
from include.warehouse.workspace import Keys
from tests.command_lines import storekeeper
from tests.copies import copied
from tests.pipeline.small_merchant import SmallDesk
from tests.task_books import act

main = storekeeper("people")

FIRST, SECOND = "2025-11-01", "2025-11-02"
PHONE, BOBS = "13961234507", "13761234508"
MAIL = "anna.k@example.com"
CLEAR = (PHONE, f"{PHONE[:3]} {PHONE[3:7]} {PHONE[7:]}", MAIL, "annabel", "安娜贝", "tina_shop", "王小安")


@pytest.fixture(scope="session")
def keys() -> Keys:
    return Keys.from_mapping(new_keys())


def at(home: Path, keys: Keys, url: str | None = None) -> SmallDesk:
    return SmallDesk.at(home, keys, url, consents=f"{home}/consents.csv")


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory, keys: Keys) -> Path:
    """Anna buys in three shops with one phone, Bob beside her on the same days. Read only."""
    made = at(tmp_path_factory.mktemp("lived"), keys)
    (made.home / "consents.csv").write_text(
        f"shop,buyer,channel,state,at,source\nbeta,安娜贝,call,in,{FIRST} 08:00:00,web\n"
        f"beta,bob,call,in,{FIRST} 08:00:00,web\n",
        encoding="utf-8",
    )
    made.sells(
        "alpha",
        FIRST,
        f"a1 annabel {PHONE} {MAIL} 王小安",
        f"a2 bob {BOBS} bob@example.com 李大宝",
        f"a3 annabel {PHONE}",
    )
    made.sells("beta", FIRST, f"b1 安娜贝 {PHONE}", f"b2 bob {BOBS}", f"b3 安娜贝 {PHONE} - - call_{PHONE}")
    made.sells_on_taobao(FIRST, f"90001 tina_shop {PHONE} 王小安", f"90002 bobby {BOBS} 李大宝")
    spoil(made)
    made.live(FIRST)
    made.workspace.books.dispose()
    return made.home


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def desk(request: pytest.FixtureRequest, lived: Path, tmp_path: Path, keys: Keys) -> Iterator[SmallDesk]:
    """The first day is closed: on each database."""
    home = tmp_path / "home"
    shutil.copytree(lived, home)
    made = at(home, keys)
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
        copied(made.workspace.books, url)
        made.workspace.books.dispose()
        (home / "books.sqlite").unlink()
        made = at(home, keys, url)
    yield made
    made.workspace.books.dispose()


def spoil(desk: SmallDesk) -> None:
    """One of Anna's rows cannot be read: it goes to quarantine, sealed."""
    path = desk.home / "exports" / "beta" / FIRST / "sales.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("b3,S3,1,50.00", "b3,S3,1,fifty"), encoding="utf-8")


def annas(desk: SmallDesk) -> list[str]:
    named = [desk.customer("alpha", "annabel"), desk.customer("beta", "安娜贝"), desk.customer("tmall", "tina_shop")]
    return sorted(named)


def listed(desk: SmallDesk) -> None:
    """Anna and Bob are scored and listed, the list is pushed, the clerk writes something beside Anna's line."""
    anna, bob = desk.customer("alpha", "annabel"), desk.customer("alpha", "bob")
    with publication(desk.workspace.books) as change:
        for name in (anna, bob):
            score = {"model_id": "m", "horizon_days": 60, "p_churn": 0.5, "expected_orders": 1.0}
            change.insert(churn_scores, pd.DataFrame([{"day": FIRST, "customer": name, **score}]))
            arm = {"arm": "listed", "propensity": 0.9}
            change.insert(recall_arms, pd.DataFrame([{"day": FIRST, "customer": name, **arm}]))
    desk.lists(FIRST, anna, bob)
    deliver_waiting(desk.workspace, {}, desk.morning_after(FIRST))
    (task,) = desk.rows(tasks, tasks.c.customer == anna[:12])["task_id"]
    with desk.workspace.books.begin() as connection:
        act(connection, task, "refused", "li", desk.clock(FIRST), {"reason": "annabel moved to Xiamen"})


def everything(desk: SmallDesk) -> Iterator[tuple[str, bytes]]:
    """(where, bytes) of all that the merchant has: every table's every row, every file, what is packed or sealed
    opened with the keys at hand."""
    workspace = desk.workspace
    with workspace.books.connect() as connection:
        for table in metadata.sorted_tables:
            for row in connection.execute(select(table)):
                for column, value in zip(table.columns, row, strict=True):
                    if isinstance(column.type, LargeBinary) and value is not None:
                        yield f"{table.name}.{column.name}", zlib.decompress(value)
                    elif value is not None:
                        yield f"{table.name}.{column.name}", str(value).encode()
    for row in sealed_rows(workspace):
        yield "quarantine, opened", row["text"].encode()
    raw = workspace.raw_store()
    for digest in raw.kept():
        yield f"raw {digest[:8]}", raw.read(digest)
    for path in sorted(workspace.home.rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            yield str(path.relative_to(workspace.home)), content
            if zipfile.is_zipfile(io.BytesIO(content)):
                with zipfile.ZipFile(io.BytesIO(content)) as archive:
                    for name in archive.namelist():
                        yield f"{path.name} > {name}", archive.read(name)


def places_of(desk: SmallDesk, *words: str) -> set[str]:
    """Where any of these words stands, in whatever encoding."""
    needles = [word.encode(encoding) for word in words for encoding in ("utf-8", "gb18030", "utf-16-le")]
    return {where for where, content in everything(desk) if any(needle in content for needle in needles)}


def copy_of_before(desk: SmallDesk) -> None:
    """A backup as earlier releases made it: a plain copy of SQLite."""
    folder = desk.workspace.home / "backups"
    folder.mkdir()
    with desk.workspace.books.connect() as books, closing(sqlite3.connect(folder / f"books_{FIRST}.sqlite")) as copy:
        held: Any = books.connection.driver_connection
        held.backup(copy)


def test_erased_means_found_nowhere_and_sums_stay(desk: SmallDesk) -> None:
    listed(desk)
    desk.workspace.home.joinpath("storekeeper.log").write_text(f"scored {annas(desk)[0]}\nall well\n", encoding="utf-8")
    if desk.workspace.books.dialect.name == "sqlite":
        copy_of_before(desk)
    pseudonyms = [name for one in annas(desk) for name in (one, one[:12])]
    before = places_of(desk, *CLEAR, *pseudonyms)
    assert {
        "recall_arms.customer",
        "tasks.payload",
        "task_lists.document",
        "orders.customer",
        "storekeeper.log",
    } <= before
    assert any(place.endswith("sales.csv") for place in before)
    assert any(place.startswith("raw ") for place in before)
    assert any(".xlsx > " in place for place in before)
    paid = desk.rows(facts_customer_orders)["revenue_micros"].sum()
    total = desk.rows(orders)["total_micros"].sum()

    chosen = find(desk.workspace, "li", "she asked", desk.clock(FIRST), phone=PHONE)
    assert chosen == annas(desk)
    done = erase(desk.workspace, chosen, "li", "she asked, letter of 1 November", desk.clock(FIRST))

    assert places_of(desk, *CLEAR, *pseudonyms) == set()
    assert done.left == []
    assert desk.rows(orders)["total_micros"].sum() == total
    assert desk.rows(facts_customer_orders)["revenue_micros"].sum() == paid
    assert set(desk.rows(orders)["customer"]) == {
        "0" * 64, desk.customer("alpha", "bob"), desk.customer("beta", "bob"), desk.customer("tmall", "bobby")
    }  # fmt: skip
    # Bob and what the clerk sees of him are as they were.
    assert places_of(desk, BOBS, "李大宝")
    assert desk.rows(tasks, tasks.c.customer == desk.customer("alpha", "bob")[:12])["state"].tolist() == ["open"]
    with desk.workspace.books.connect() as connection:
        assert verify_chain(connection) is None
        assert tasks_off_the_log(connection) == []
        assert verify_access_log(connection) is None
    assert audit(desk.workspace, desk.clock(FIRST)).findings == (), "an erasure is no change behind the books' back"


def certificates(desk: SmallDesk) -> list[dict[str, Any]]:
    return [read_json(text) for text in desk.rows(erasures)["certificate"]]


def test_the_certificate_counts_and_names_nobody(desk: SmallDesk) -> None:
    listed(desk)
    done = erase(desk.workspace, annas(desk), "li", f"letter, call back {PHONE}", desk.clock(FIRST))
    (said,) = certificates(desk)
    assert said == done.document()
    assert said["customers"] == 3
    counted = ("orders", "tasks", "task_lists", "churn_scores", "recall_arms")
    assert {name: said["tables"][name] for name in counted} == {
        "orders": 4, "tasks": 1, "task_lists": 1, "churn_scores": 1, "recall_arms": 1,
    }  # fmt: skip
    assert said["tables"]["quarantine"] >= 1
    assert said["files"]["raw"] == 3
    assert said["files"]["sources"] == 3
    whole = dict(said)
    assert whole.pop("hash") == content_hash(canonical_json(whole))
    for form in (done.text(), canonical_json(said)):
        assert not [word for word in (*CLEAR, *annas(desk)) if word in form]
    assert desk.rows(erasures)["state"].tolist() == ["done"]


def test_the_certificate_tells_the_places_that_erasing_does_not_reach(desk: SmallDesk) -> None:
    """Given a shop that is fetched from a remote folder, and lists that leave by mail, by a robot and to a remote
    folder."""
    merchant = desk.workspace.merchant
    beta = merchant.shops[1]
    remote = beta.model_copy(update={"source": beta.source.model_copy(update={"history": "sftp://host/old"})})
    sent = [
        {"name": "post", "kind": "mail", "lists": ["recall"], "connection": "mail_of_recall"},
        {"name": "group", "kind": "wecom", "lists": ["recall"], "connection": "robot_of_recall"},
        {"name": "bucket", "kind": "file", "lists": ["recall"], "path": "s3://lists/{day}"},
        {"name": "buyers", "kind": "mail", "lists": ["restock"], "connection": "mail_of_restock"},
    ]
    channels = (*merchant.channels, *(Channel.model_validate(one) for one in sent))
    shops = (merchant.shops[0], remote, *merchant.shops[2:])
    workspace = replace(desk.workspace, merchant=merchant.model_copy(update={"shops": shops, "channels": channels}))

    done = erase(workspace, annas(desk), "li", "she asked", desk.clock(FIRST))

    of_the_server = ["books"] if workspace.books.dialect.name == "postgresql" else []
    (said,) = certificates(desk)
    told = said["not_reached"]
    assert [one["what"] for one in told] == [
        "shop beta", "channel post", "channel group", "channel bucket", *of_the_server, "backups", "copies",
    ]  # fmt: skip
    assert done.left == []
    assert all(one[name] in done.text() for one in told for name in ("what", "why_zh", "why"))
    assert "sftp://" not in done.text()


def test_an_old_export_does_not_bring_the_person_back(desk: SmallDesk) -> None:
    """Given the original files again, a new export of the same orders, and an account with the same phone elsewhere."""
    originals = {path: path.read_bytes() for path in sorted((desk.home / "exports").rglob("*.csv"))}
    ids = sorted(desk.rows(exports)["export_id"])
    erase(desk.workspace, annas(desk), "li", "she asked", desk.clock(FIRST))
    desk.ingest(FIRST)  # the files without her
    assert sorted(desk.rows(exports)["export_id"]) == ids
    lines = len(desk.rows(order_lines))
    for path, content in originals.items():
        path.write_bytes(content)
    desk.ingest(FIRST)  # the files as they were
    assert sorted(desk.rows(exports)["export_id"]) == ids
    assert len(desk.rows(order_lines)) == lines
    for path in originals:
        path.unlink()
    desk.sells("alpha", SECOND, f"a1 annabel {PHONE} {MAIL} 王小安", f"a2 bob {BOBS}", f"a9 annabel {PHONE}")
    desk.sells("beta", SECOND, f"b7 new-nick {PHONE}", f"b2 bob {BOBS}")
    desk.live(SECOND)
    learn_consents(desk.workspace)
    for path in sorted((desk.home / "exports").rglob("*.csv")):
        path.unlink()  # what the platform has given since is the merchant's own

    assert places_of(desk, *CLEAR, *annas(desk)) == set()
    assert desk.customer("beta", "new-nick") not in set(desk.rows(orders)["customer"])
    history = history_as_of(desk.workspace, SECOND)
    assert not set(annas(desk)) & set(history.customers)
    assert desk.customer("alpha", "bob") in set(desk.rows(orders)["customer"])


def test_contacts_are_kept_where_the_shop_says_so_sealed_and_bound(desk: SmallDesk) -> None:
    held = desk.rows(contact_vault)
    assert set(held["shop"]) == {"alpha"}
    anna = desk.customer("alpha", "annabel")
    assert sorted(held.loc[held["customer"] == anna, "field"]) == ["email", "name", "phone"]
    assert held.loc[held["field"] == "name", "lookup"].isna().all()
    told = opened_contacts(desk.workspace, [anna])
    assert {one["field"]: one["value"] for one in told} == {"phone": f"+86{PHONE}", "email": MAIL, "name": "王小安"}

    c = contact_vault.c
    bob = desk.customer("alpha", "bob")
    stolen = held.loc[(held["customer"] == bob) & (held["field"] == "phone"), "sealed"].iloc[0]
    with desk.workspace.books.begin() as connection:
        connection.execute(update(contact_vault).where(c.customer == anna, c.field == "phone").values(sealed=stolen))
    with pytest.raises(SealError) as error:
        opened_contacts(desk.workspace, [anna])
    assert BOBS not in str(error.value)


def test_a_newer_export_replaces_a_contact_and_an_older_one_does_not(desk: SmallDesk) -> None:
    desk.sells("alpha", SECOND, f"a5 annabel {PHONE[:-1]}9")
    desk.ingest(SECOND, "alpha")
    desk.ingest(FIRST, "alpha")
    anna = desk.customer("alpha", "annabel")
    told = opened_contacts(desk.workspace, [anna])
    assert {one["value"] for one in told if one["field"] == "phone"} == {f"+86{PHONE[:-1]}9"}


def test_rotation_seals_all_anew_can_be_interrupted_and_frees_the_old_key(
    desk: SmallDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from include.people import contact_vault

    old = desk.workspace.keys
    fresh = Keys({**old.vault, "k2": bytes(range(32))}, "k2", old.customers)
    newer = SmallDesk(replace(desk.workspace, keys=fresh))
    assert set(still_sealed_with(newer.workspace)) == {"k1"}

    def stop(*_: Any) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(contact_vault, "_rotate_quarantine", stop)
        with pytest.raises(KeyboardInterrupt):
            rotate(newer.workspace, "li", "yearly", desk.clock(FIRST))
    assert set(still_sealed_with(newer.workspace)) == {"k1", "k2"}
    monkeypatch.setattr(contact_vault, "AT_ONCE", 2)
    rotate(newer.workspace, "li", "yearly", desk.clock(FIRST))
    assert set(still_sealed_with(newer.workspace)) == {"k2"}
    without = SmallDesk(replace(desk.workspace, keys=Keys({"k2": bytes(range(32))}, "k2", old.customers)))
    assert len(sealed_rows(without.workspace)) == len(desk.rows(quarantine))
    anna = desk.customer("alpha", "annabel")
    assert len(opened_contacts(without.workspace, [anna])) == 3
    raw = without.workspace.raw_store()
    assert all(raw.read(digest) for digest in raw.kept())


def test_every_look_is_logged_and_a_changed_log_is_found(desk: SmallDesk) -> None:
    now = desk.clock(FIRST)
    found = find(desk.workspace, "li", f"complaint of {PHONE}", now, shop="beta", buyer="安娜贝")
    told = tell(desk.workspace, found, "wang", "her right of access", now)
    assert {one["order_id"] for one in told["orders"]} == {"a1", "a3", "b1", "90001"}
    assert {one["value"] for one in told["contact_vault"]} == {f"+86{PHONE}", MAIL, "王小安"}
    json.dumps(told, ensure_ascii=False, default=int)
    log = read_log(desk.workspace)
    assert log["what"].tolist() == ["find", "show", "show", "show"]
    assert log["why"].iloc[0] == "complaint of ***"
    assert not set(annas(desk)) & set(log["subject"])
    with pytest.raises(ValueError, match="who they are and why"):
        find(desk.workspace, "li", " ", now, phone=PHONE)
    c = access_log.c
    with desk.workspace.books.begin() as connection:
        assert verify_access_log(connection) is None
        connection.execute(update(access_log).where(c.seq == 2).values(who="nobody"))
        assert verify_access_log(connection) == 2
        connection.execute(update(access_log).where(c.seq == 2).values(who="wang"))
        connection.execute(delete(access_log).where(c.seq == 4))
        assert verify_access_log(connection) == 4


def test_retention_removes_what_is_old_and_the_chain_goes_on(desk: SmallDesk) -> None:
    note_access(desk.workspace, "li", "long ago", "find", datetime(2020, 1, 1))
    note_access(desk.workspace, "li", "today", "find", desk.clock(FIRST))
    removed = retire_personal_data(desk.workspace, "2028-11-01")
    assert removed["contacts"] == 6
    assert removed["quarantine"] == len(desk.rows(quarantine))
    assert desk.rows(quarantine)["sealed_text"].isna().all()
    assert removed["access_log"] == 1
    note_access(desk.workspace, "li", "later", "find", desk.clock(SECOND))
    with desk.workspace.books.connect() as connection:
        assert verify_access_log(connection) is None
    assert desk.rows(access_log)["seq"].tolist() == [2, 3]


def test_data_of_events_can_be_erased_by_an_erasure_only(desk: SmallDesk) -> None:
    listed(desk)
    with desk.workspace.books.begin() as connection:
        blank = {"data": canonical_json({"erased": "made up"}), "salt": ""}
        connection.execute(update(task_events).where(task_events.c.seq == 1).values(blank))
        assert verify_chain(connection) == 1


def test_the_command_line_finds_erases_and_writes_the_certificate(
    desk: SmallDesk, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from include.cli import people

    monkeypatch.setattr(people, "workspace_with_keys", lambda session, keys: replace(desk.workspace))
    said = ["--as", "li", "--why", "she asked"]
    clock = lambda zone: desk.clock(FIRST)  # noqa: E731
    assert main([*said, "find", "--phone", PHONE], clock) == 0
    assert capsys.readouterr().out.split() == annas(desk)
    assert main([*said, "erase", "--phone", PHONE], clock) == 1
    told, reach = capsys.readouterr().out, reach_of(desk.workspace, annas(desk))
    assert "--yes" in told
    bought = [desk.rows(table, table.c.customer.in_(annas(desk))) for table in (orders, facts_customer_orders)]
    known = pd.concat([rows[["shop", "order_id"]] for rows in bought]).drop_duplicates()
    assert reach.orders == len(known) > 0
    assert all(str(count) in told for count in (reach.accounts, reach.orders, reach.tasks, reach.lists, reach.contacts))
    assert main([*said, "show", "--phone", PHONE], clock) == 0
    shown = capsys.readouterr().out
    assert "micros" not in shown
    first = known.iloc[0]
    assert first["order_id"] in shown
    assert main([*said, "show", "--phone", PHONE, "--json"], clock) == 0
    assert set(json.loads(capsys.readouterr().out)["customers"]) == set(annas(desk))
    assert main([*said, "erase", "--phone", PHONE, "--yes", "--certificate", str(tmp_path / "c")], clock) == 0
    assert sorted(path.suffix for path in (tmp_path / "c").iterdir()) == [".json", ".txt"]
    capsys.readouterr()
    assert main([*said, "find", "--phone", PHONE], clock) == 1
    out = capsys.readouterr()
    assert PHONE not in out.err + out.out
    assert main([*said, "access-log"], clock) == 0
    with pytest.raises(UnknownPersonError):
        find(desk.workspace, "li", "again", desk.clock(FIRST), shop="alpha", buyer="annabel")
    assert identity_keys.name == "identity_keys"
    assert not set(annas(desk)) & set(desk.rows(identity_keys)["customer"])
