"""`demand`: what is counted as demand, and how forecasts of it are trained."""

from pydantic import Field

from include.settings.yaml_reading.strict import Share, Strict


class Bulk(Strict):
    """When a single order is a one-off bulk order, which stands beside demand and not in it."""

    min_quantity: int = Field(10, ge=1, description="units below which no order is bulk")
    spreads: float = Field(8.0, gt=0, description="robust standard deviations of log quantity above the sku's median")
    min_times: float = Field(5.0, ge=1, description="times the 95th percentile of the sku's other orders")
    window_days: int = Field(56, ge=1, description="up to an order's own day: the orders it is held against")


class Demand(Strict):
    history_days: int = Field(800, description="of sales that forecasts are trained on and made from")
    known_in_stock_share: Share = Field(0.5, description="a day in stock for less than this is unknown demand")
    unplaced_share: Share = Field(
        0.2, description="share of orders from places that no warehouse serves, from which on the lists say so"
    )
    seeds: int = Field(1, ge=1, description="models that are trained with different draws and averaged")
    max_rows: int = Field(3_000_000, description="most rows that one model is trained on; of more, a sample is drawn")
    backtest_origins: int = Field(3, ge=1, description="past days from which a challenger is judged")
    bulk: Bulk = Bulk()
