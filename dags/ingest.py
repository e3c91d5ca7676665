"""Brings every shop's exports of a day into the books.

1. `ingest_<shop>` starts when `open_day` opens the day. It waits for the shop's exports without holding a worker, keeps
   the raw files, reads, checks and publishes them.
2. It can be run alone for a day (trigger it with a partition key): if the day is closed, it is closed again.
3. A shop that comes after the cut-off is still waited for; its day is then closed again and the lists are revised.

**When it matters**: until 06:30 each day. A failed `ingest_<shop>` costs its shop's freshness, never the other shops'
lists. Safe to run again at any time: the same files change nothing.
"""

from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG, BaseOperator, PartitionedAssetTimetable, task
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

from include.calendar.business_days import cut_off_of
from plugins.storekeeper_airflow.assets import CLOSE_REQUESTED, DAY, shop_asset
from plugins.storekeeper_airflow.dag_defaults import day_of, defaults, replay_flags
from plugins.storekeeper_airflow.waiting import ExportsTrigger, seen_before
from plugins.storekeeper_airflow.workplace import merchant, source_options, workbook_password, workspace

MERCHANT = merchant()
CLOSING = MERCHANT.closing


class IngestShop(BaseOperator):
    """Ingest a shop's day; where its exports are not all there yet, wait for them in the triggerer."""

    def __init__(self, *, shop: str, **kwargs) -> None:
        super().__init__(**kwargs)
        self.shop = shop

    def execute(self, context):
        from include.pipeline.ingest import are_whole, look_for_exports

        day, shop = day_of(context["dag_run"]), merchant().shop(self.shop)
        look = look_for_exports(shop, day, datetime.now(UTC), storage_options=source_options(self.shop))
        if not are_whole(shop, look):
            # A day opened long after it ended is waited for as long as any other, from now on.
            from_then = max(cut_off_of(day, CLOSING.cut_off, MERCHANT.time_zone), datetime.now(UTC))
            give_up = from_then + timedelta(days=CLOSING.late_days)
            trigger = ExportsTrigger(self.shop, day, give_up.isoformat(), CLOSING.look_every_seconds)
            self.defer(trigger=trigger, method_name="came")
        return self.ingest(context)

    def came(self, context, event):
        if not event["came"]:
            from include.words.texts import say

            day = day_of(context["dag_run"])
            raise AirflowFailException(
                say(MERCHANT.language, "alert.never_came", shop=self.shop, day=day, days=CLOSING.late_days)
            )
        return self.ingest(context, seen_before(event))

    def ingest(self, context, seen=None):
        from include.pipeline.ingest import ingest_shop

        done = ingest_shop(
            workspace(),
            self.shop,
            day_of(context["dag_run"]),
            datetime.now(UTC),
            password=workbook_password(self.shop),
            storage_options=source_options(self.shop),
            seen=seen,
        )
        for file, why in done.problems():
            self.log.error("%s was not published: %s", file, why)
        if done.whole:
            context["outlet_events"][shop_asset(self.shop)].extra = replay_flags(
                context["triggering_asset_events"], context["dag_run"]
            )
            return done.summary()
        problem = done.trouble(MERCHANT.language)
        raise AirflowException(problem) if done.worth_trying_again else AirflowFailException(problem)


for shop in MERCHANT.shops:
    with DAG(
        f"ingest_{shop.name}",
        description=f"入账：等 {shop.name} 的导出文件，核对后记入账本 · Checks and books the exports of {shop.name}",
        schedule=PartitionedAssetTimetable(assets=DAY),
        start_date=datetime(2020, 1, 1),
        default_args=defaults(MERCHANT),
        doc_md=__doc__,
        tags=["day", "ingest", shop.platform, "impact:high"],
    ):

        @task(outlets=[CLOSE_REQUESTED])
        def revise(dag_run, triggering_asset_events, outlet_events):
            """A shop that came after its day was closed, or was replayed alone, has the day closed again."""
            from include.pipeline.close import needs_closing_again

            said = replay_flags(triggering_asset_events, dag_run)
            if said["replay"] or not needs_closing_again(workspace(), day_of(dag_run)):
                raise AirflowSkipException("the day is not closed yet, or its close knows all this")
            outlet_events[CLOSE_REQUESTED].extra = said

        IngestShop(task_id="ingest", shop=shop.name, outlets=[shop_asset(shop.name)]) >> revise()
