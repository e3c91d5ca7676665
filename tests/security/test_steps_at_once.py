"""Each step of the day several times at once: nothing lost, nothing doubled, nobody dies; on both databases."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from include.customers.churn.churn import save, train
from include.customers.store import history_as_of
from include.pipeline import close, ingest
from include.pipeline.push import deliver_waiting
from include.pipeline.recall import publish_recall_list
from include.pipeline.restock import look_back, publish_restock_lists
from include.pipeline.upkeep import back_up
from include.pipeline.write_data_docs import draw_data_docs
from include.tasks.task_tables import outbox
from include.warehouse.model_registry import register
from include.warehouse.tables import metadata
from include.warehouse.workspace import Workspace, open_workspace
from tests.pipeline.erp_merchant import DAY, PRODUCTS, SOLD, STOCK, SUPPLIERS, ErpMerchant, day_of, product, sale

pytestmark = pytest.mark.slow

AT_ONCE = 3
SKUS = "ABC"
CALL = {"name": "call", "zh": "电话", "en": "phone", "capacity": 4}
PUSHED = {"desk": {"secret": "s3cret"}}


@pytest.fixture
def shop(tmp_path: Path, books: Engine) -> Iterator[ErpMerchant]:
    """Two visits of ten buyers are in the books, with a churn model; the exports of DAY lie in their folders."""
    channel = {"name": "desk", "kind": "webhook", "connection": "desk", "lists": ["restock", "recall"]}
    customers = {"contact_channels": [CALL], "horizon_days": 30}
    made = ErpMerchant.at(tmp_path, books, channels=[channel], customers=customers)
    before = day_of(-45), day_of(-40)
    for visit, (day, buyers) in enumerate(zip(before, (range(10), range(0, 10, 2)), strict=True)):
        rows = (f"{visit}{n},{SKUS[n % 3]},2,20.00,{day} 10:00:00,buyer{n}" for n in buyers)
        made.put("web", day, "a.csv", SOLD, *rows)
        made.ingest(day, "web")
        made.close(day)
    saved = tmp_path / "model"
    saved.mkdir()
    save(train(history_as_of(made.workspace, before[1]), before[1], 30, seed=1), saved / "churn.json")
    register(made.workspace, "churn", before[1], saved, {}, is_released=True)
    made.put("web", DAY, "a.csv", SOLD, *(sale(str(100 + n), sku) for n, sku in enumerate(SKUS * 4)))
    made.put("web", DAY, "b.csv", SOLD, sale("200", "A"), sale("201", "A", units=0))
    made.put("erp", DAY, f"商品库存_{DAY}.csv", STOCK, *(f"{sku},3,3,0,0,w1" for sku in SKUS))
    made.put("erp", DAY, "商品资料.csv", PRODUCTS, *map(product, SKUS))
    made.put("erp", DAY, "供应商.csv", SUPPLIERS, "G1,厂,7,7,")
    yield made
    made.workspace.books.dispose()


def rows_of(workspace: Workspace) -> dict[str, int]:
    with workspace.books.connect() as connection:
        counts = {t.name: connection.scalar(select(func.count()).select_from(t)) for t in metadata.sorted_tables}
    return {name: int(count or 0) for name, count in counts.items()}


def at_once(shop: ErpMerchant, step: Callable[[Workspace], Any]) -> list[Any]:
    """The step so many times at the same moment, each with a workspace of its own, as tasks have it."""
    one = shop.workspace
    url = one.books.url.render_as_string(hide_password=False)
    together = Barrier(AT_ONCE)

    def run(_: int) -> Any:
        own = open_workspace(one.merchant, url, one.keys, one.home)
        try:
            together.wait(60)
            return step(own)
        finally:
            own.books.dispose()

    with ThreadPoolExecutor(AT_ONCE) as workers:
        return list(workers.map(run, range(AT_ONCE)))


def test_a_day_whose_every_step_runs_three_times_at_once(shop: ErpMerchant, http_receiver: Any) -> None:
    now = shop.now(DAY)

    def once_more(step: Callable[[Workspace], Any]) -> None:
        """At once leaves what the step alone, done once more, leaves: nothing is there twice."""
        results = at_once(shop, step)
        after = rows_of(shop.workspace)
        step(shop.workspace)
        assert rows_of(shop.workspace) == after
        assert len(results) == AT_ONCE

    for name in ("web", "erp"):
        once_more(lambda own, name=name: _ingested(ingest.ingest_shop(own, name, DAY, now)))  # type: ignore[misc]
    orders = rows_of(shop.workspace)["orders"]
    assert orders == 15 + len(SKUS) * 4 + 1
    once_more(lambda own: close.close(own, DAY, now, without_late_shops=True))
    once_more(lambda own: publish_restock_lists(own, DAY, now))
    once_more(lambda own: publish_recall_list(own, DAY, now))
    once_more(lambda own: look_back(own, DAY))
    assert rows_of(shop.workspace)["churn_scores"] > 0
    assert rows_of(shop.workspace)["task_lists"] > 1

    secrets = {"desk": {"url": http_receiver.url, **PUSHED["desk"]}}
    at_once(shop, lambda own: deliver_waiting(own, secrets, now))
    deliver_waiting(shop.workspace, secrets, now + timedelta(minutes=20))
    with shop.workspace.books.connect() as connection:
        queued = connection.execute(select(outbox.c.delivery_key, outbox.c.state)).all()
    keys = [headers["Idempotency-Key"] for _, headers, _ in http_receiver.got]
    # A list that breaks a guard waits for a second person: it is held, and nobody gets it.
    assert {row.state for row in queued} <= {"sent", "held"}
    assert keys
    assert sorted(keys) == sorted(row.delivery_key for row in queued if row.state == "sent"), "each once, none twice"

    at_once(shop, lambda own: back_up(own, DAY, now))


def test_data_docs_that_are_drawn_three_times_at_once_are_whole(tmp_path: Path, books: Engine) -> None:
    shop = ErpMerchant.at(tmp_path, books)
    shop.put("web", DAY, "a.csv", SOLD, sale("200", "A"), sale("201", "A", units=0))
    shop.live(DAY)
    drawn = at_once(shop, lambda own: draw_data_docs(own, DAY))
    docs = Path(shop.workspace.merchant.data_docs)
    assert set(drawn) == {str(docs / DAY / "index.html")}
    assert Path(drawn[0]).is_file()
    assert sorted(path.name for path in docs.iterdir()) == [DAY, "results"], "no draft is left"
    shop.workspace.books.dispose()


def _ingested(done: ingest.Ingested) -> ingest.Ingested:
    assert not done.failed, done.failed
    assert not done.stopped, done.stopped
    return done
