"""Keeps the house: backups, retention, the books' own hygiene.

1. Backs up what cannot be computed again, sealed, to `backups.to` of the merchant's YAML, and restores the copy beside
   the books to see that it is whole. Fails if there is no backup, unless the YAML says `backups: {by: elsewhere}`.
2. Removes raw files older than the retention in the merchant's YAML, and says how many.
3. Removes contacts, sealed rows, scores and entries of the access log older than theirs, and says how many.
4. Removes Airflow's logs older than theirs. Airflow's own database is cleaned by `scripts.clean_airflow`, each week.
5. Audits the books: the ledger, the logs (hash chains), the models and one day's facts computed anew; the lines, facts,
   lists and raw files of the last days, and a part of the rest, so that all is read in four weeks.
   `storekeeper audit` looks at everything at once.

**When it matters**: every night. Without `back_up` a lost disk takes everything with it. A failure of `verify` is
serious: somebody changed history, or a disk is failing. The task's error says what is wrong and what to do.
"""

from datetime import UTC, datetime

from airflow.sdk import DAG, CronPartitionTimetable, task

from plugins.storekeeper_airflow.dag_defaults import clock_starts, day_of, defaults
from plugins.storekeeper_airflow.workplace import backup_options, merchant, merchant_folder, workspace

MERCHANT = merchant()

with DAG(
    "upkeep",
    description="每夜备份、清理到期数据、校验日志 · Backs up, removes what is old, verifies the logs",
    schedule=CronPartitionTimetable("0 0 * * *", timezone=MERCHANT.time_zone, run_offset=0, key_format="%Y-%m-%d"),
    start_date=clock_starts(MERCHANT),
    catchup=False,
    max_active_runs=1,
    default_args=defaults(MERCHANT),
    doc_md=__doc__,
    tags=["upkeep", "impact:medium"],
):

    @task
    def back_up(dag_run):
        from include.pipeline.upkeep import back_up
        from include.pipeline.watching.marks import marked

        place, day, now = workspace(), day_of(dag_run), datetime.now(UTC)
        return marked(place, "backup", day, now, lambda: back_up(place, day, now, merchant_folder(), backup_options()))

    @task
    def retire_raw_files(dag_run):
        from include.pipeline.upkeep import retire_raw_files

        return retire_raw_files(workspace(), day_of(dag_run))

    @task
    def retire_personal_data(dag_run):
        from include.pipeline.retention import retire_personal_data

        return retire_personal_data(workspace(), day_of(dag_run))

    @task
    def retire_logs(dag_run):
        from pathlib import Path

        from airflow.configuration import conf

        from include.pipeline.retention import retire_logs

        return retire_logs(workspace(), Path(conf.get("logging", "base_log_folder")), day_of(dag_run))

    @task(trigger_rule="all_done")  # a missing backup must not hide a changed history
    def verify(dag_run):
        from include.pipeline.upkeep import verify
        from include.pipeline.watching.marks import marked

        place, now = workspace(), datetime.now(UTC)
        return marked(place, "audit", day_of(dag_run), now, lambda: verify(place, now))

    back_up() >> [retire_raw_files(), retire_personal_data(), retire_logs(), verify()]
