"""Brings a new merchant in: the opening history in one go, and the first models.

1. Reads every shop's `history` folder (13 months in one file, or files of three months as platforms allow). Trigger it
   with the partition key of the last day that the history covers: the history becomes known on that day.
2. Closes that day, which computes the facts of all the days before.
3. Trains the first demand and churn models, so that the next day's lists have something to stand on.

**When it matters**: once a merchant, or once a shop. Safe to run again: the same files change nothing.
"""

from datetime import UTC, datetime

from airflow.sdk import DAG, PartitionedAtRuntime, task
from airflow.sdk.exceptions import AirflowException, AirflowFailException

from plugins.storekeeper_airflow.dag_defaults import day_of, defaults
from plugins.storekeeper_airflow.workplace import merchant, source_options, workbook_password, workspace

MERCHANT = merchant()

with DAG(
    "onboard",
    description="导入历史，训练第一批模型，每个商家一次 · Brings a merchant's history in, once",
    schedule=PartitionedAtRuntime(),
    start_date=datetime(2020, 1, 1),
    default_args=defaults(MERCHANT),
    doc_md=__doc__,
    tags=["onboarding", "impact:low"],
):

    @task
    def history(shop: str, dag_run):
        from include.pipeline.ingest import ingest_shop

        done = ingest_shop(
            workspace(),
            shop,
            day_of(dag_run),
            datetime.now(UTC),
            history=True,
            password=workbook_password(shop),
            storage_options=source_options(shop),
        )
        if not done.whole:
            problem = done.trouble(MERCHANT.language)
            raise AirflowException(problem) if done.worth_trying_again else AirflowFailException(problem)
        return done.summary()

    @task
    def close(dag_run):
        from include.pipeline.close import close

        closed = close(workspace(), day_of(dag_run), datetime.now(UTC), without_late_shops=True)
        return closed.summary() if closed else None

    @task
    def demand(dag_run):
        from include.pipeline.train import train_demand

        return train_demand(workspace(), day_of(dag_run))

    @task
    def churn(dag_run):
        from include.pipeline.train import train_churn

        return train_churn(workspace(), day_of(dag_run))

    shops = [history.override(task_id=f"history_{s.name}")(s.name) for s in MERCHANT.shops if s.source.history]
    shops >> close() >> [demand(), churn()]
