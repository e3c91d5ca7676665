"""The assets that join the Dags. All are partitioned by the business day, 'YYYY-MM-DD'."""

from airflow.sdk import Asset

DAY = Asset("day")  # a business day was opened
CLOSE_REQUESTED = Asset(
    "close_requested"
)  # a day must be closed (again): a late shop came, one was replayed, or the cut-off passed
BOOKS = Asset("books")  # a day was closed
RESTOCK_LIST = Asset("restock_list")
RECALL_LIST = Asset("recall_list")


def shop_asset(shop: str) -> Asset:
    """A shop's exports of a day stand in the books."""
    return Asset(f"shop_{shop}")
