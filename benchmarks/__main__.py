"""`make bench`: measures what needs nothing but this project, and names what needs data of your own.

    python -m benchmarks.day                          what Airflow adds to a day's pure computing
    python -m benchmarks.plan_scale                   a day's scoring and planning, by number of (sku, warehouse)
    python -m benchmarks.vn2 DIR OUT CACHE            orders for a window of the VN2 inventory planning data
    python -m benchmarks.demand DIR OUT               demand forecasts of a folder of daily sales
    python -m benchmarks.promotions                   forecasts of promoted skus with and without the plan of promotions
    python -m benchmarks.censored DIR                 what empty shelves do to forecasts of M5's sales
    python -m benchmarks.closed_loop OUT              the specimen merchant's autumn and winter, planner against rules
    python -m benchmarks.before CHECKOUT OUT          the planner of an earlier checkout among the closed loop's players
    python -m benchmarks.order_rules                  ordering rules in seconds, on the specimen's goods and seasons
    python -m benchmarks.coverage OUT                 the specimen's quantiles against what customers wanted
    python -m benchmarks.landing                      where months land, and how often the interval holds
    python -m benchmarks.retail_autumn FILE OUT       forecasts and orders of a real shop's autumn, week by week
    python -m benchmarks.customers DIR OUT            churn scores of a folder of customers' orders
    python -m benchmarks.customers_earlier DATA       churn scores of earlier windows, where the scorer is chosen
    python -m benchmarks.customers_scale              a day's customers, by number of them
    python -m benchmarks.recall OUT                   what recall earns where the effect of every contact is known

Those that name a DIR, FILE or DATA read it in the layout that their docstrings give.
"""

import sys

from benchmarks.day import main

if __name__ == "__main__":
    print(__doc__, file=sys.stderr)
    sys.exit(main())
