"""The figures of the business on the specimen's days, against the line tables read by plain SQL and added up anew."""

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Engine, insert, text

from include.kpi.kpi_figures import FIGURES, SHOP
from include.kpi.kpi_sums import KpiSums, paid_by_shop, read_sums
from include.kpi.review_periods import Span, compared, period_of, spans_up_to
from include.warehouse.books import open_books
from include.warehouse.tables import fact_versions, facts_sales
from tests.reads import reads_of

AS_OF = "2025-11-02"
SPANS = {
    "day": Span("2025-11-01", "2025-11-01"),
    "running": Span("2025-11-02", "2025-11-02"),
    "october": Span("2025-10-01", "2025-10-31"),
}
BY_NAME = {one.name: one for one in FIGURES}


@pytest.fixture(scope="module")
def specimen(second_day: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    file = tmp_path_factory.mktemp("kpi") / "books.sqlite"
    shutil.copy(second_day / "books.sqlite", file)
    engine = open_books(f"sqlite:///{file}")
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def sums(specimen: Engine) -> KpiSums:
    with specimen.connect() as connection:
        return read_sums(connection, AS_OF, None, SPANS)


class Lines:
    """The newest version of every line, by pandas over all versions: shop by shop, as an accountant would."""

    def __init__(self, engine: Engine, as_of: str) -> None:
        self.engine, self.as_of = engine, as_of
        self.orders = self.newest("orders", ["order_id"])
        lines = self.newest("order_lines", ["line_id"], whole="order_id")
        order = self.orders.set_index(["shop", "order_id"])
        told = order.reindex(pd.MultiIndex.from_frame(lines[["shop", "order_id"]])).reset_index(drop=True)
        lines["day"] = lines["paid_at"].fillna(told["paid_at"]).str[:10]
        lines["mark"] = told["mark"].fillna("").to_numpy()
        listed = lines["unit_price_micros"].fillna(0) * lines["quantity"]
        lines["paid_micros"] = lines["paid_micros"].fillna(listed).astype("int64")
        lines = lines[lines["day"].notna() & (lines["mark"] != "brushing")].reset_index(drop=True)
        lines["gift"] = (lines["is_gift"] == 1) | (lines["mark"] == "gift") | (lines["paid_micros"] == 0)
        self.paid = lines

    def newest(self, table: str, key: list[str], whole: str | None = None) -> pd.DataFrame:
        place = "t.line, t.export_number, t.file_line, t.number"
        places = f"SELECT {place} FROM {table} t UNION ALL SELECT {place} FROM {table}_repeats t"
        query = f"""SELECT t.*, p.file_line, p.number, e.export_id, e.exported_at, e.day AS export_day
                    FROM ({places}) p JOIN {table} t ON t.line = p.line
                    JOIN exports e ON e.export_number = p.export_number
                    WHERE e.state = 'published' AND e.day <= :as_of"""
        with self.engine.connect() as connection:
            rows = pd.read_sql(text(query), connection, params={"as_of": self.as_of})
        rows = rows.loc[:, ~rows.columns.duplicated(keep="last")]  # the place is that of the telling
        order = ["exported_at", "export_day", "export_id", "file_line", "number"]
        rows = rows.sort_values(order, kind="stable", ignore_index=True)
        if whole:  # lines without a number of the platform's own: the newest export that names the order tells them all
            own = rows["told_with"].isna()
            last = rows[~own].groupby(["shop", whole])["export_id"].transform("last")
            rows = rows[own | (rows["export_id"] == last.reindex(rows.index))]
        return rows.drop_duplicates(["shop", *key], keep="last").reset_index(drop=True)

    def units(self) -> pd.DataFrame:
        """The paid lines with `units` (bundles as their goods) and `cost` of all of them."""
        recipes = self.newest("listings", ["for_shop", "listing_code", "sku"])
        costs = self.newest("products", ["sku"]).set_index("sku")["cost_micros"]
        recipe: dict[tuple[str | None, str], list[tuple[str, int]]] = {}
        for row in recipes.itertuples():
            whose = row.for_shop if isinstance(row.for_shop, str) else None
            recipe.setdefault((whose, str(row.listing_code)), []).append((str(row.sku), int(row.quantity)))
        made = [
            recipe.get((shop, code)) or recipe.get((None, code)) or ([(code, 1)] if code in costs.index else [])
            for shop, code in zip(self.paid["shop"], self.paid["merchant_code"], strict=True)
        ]
        quantity = self.paid["quantity"]
        return self.paid.assign(
            units=[sum(n for _, n in one) * q for one, q in zip(made, quantity, strict=True)],
            cost=[sum(int(costs[sku]) * n for sku, n in one) * q for one, q in zip(made, quantity, strict=True)],
            matched=[bool(one) for one in made],
        )

    def refunds(self) -> pd.DataFrame:
        """shop, order_id, day, refunded: of each paid order the largest that any report says, at most what was paid."""
        cases = self.newest("refunds", ["refund_id"])
        cases = cases[cases["status"] == "succeeded"]
        by_line = cases[cases["line_id"].notna()].groupby(["shop", "line_id"])["refunded_micros"].sum()
        by_order = cases.groupby(["shop", "order_id"])["refunded_micros"].sum()
        stated = self.orders.set_index(["shop", "order_id"])["refunded_micros"]
        lines = self.paid.copy()
        of_line = by_line.reindex(pd.MultiIndex.from_frame(lines[["shop", "line_id"]])).fillna(0).to_numpy()
        known = pd.concat([lines["refunded_micros"].fillna(0), pd.Series(of_line, index=lines.index)], axis=1).max(
            axis=1
        )
        lines["known"] = known.clip(upper=lines["paid_micros"])
        found = lines.groupby(["shop", "order_id"]).agg(
            day=("day", "min"), paid=("paid_micros", "sum"), known=("known", "sum")
        )
        found["whole"] = pd.concat([stated.reindex(found.index), by_order.reindex(found.index)], axis=1).max(axis=1)
        found["refunded"] = found[["known", "whole"]].max(axis=1).clip(upper=found["paid"]).astype("int64")
        return found.reset_index()


@pytest.fixture(scope="module")
def lines(specimen: Engine) -> Lines:
    return Lines(specimen, AS_OF)


def within(frame: pd.DataFrame, span: Span, column: str = "day") -> pd.DataFrame:
    day = frame[column].str[:10]
    return frame[(day >= span.first) & (day <= span.last)]


def value(sums: KpiSums, figure: str, span: str, *shops: str) -> Any:
    return BY_NAME[figure].value(sums.of(span, shops or list(sums.begins)))


@pytest.mark.parametrize("span", SPANS)
def test_money_and_units_are_those_of_the_lines(sums: KpiSums, lines: Lines, span: str) -> None:
    goods = within(lines.units(), SPANS[span])
    assert goods["matched"].all(), "the specimen's codes are all known: brushing among others could not be told"
    assert len(goods) > 20
    for shop in sums.begins:
        own = goods[goods["shop"] == shop]
        assert value(sums, "paid", span, shop) == own["paid_micros"].sum()
        assert value(sums, "units", span, shop) == own.loc[~own["gift"], "units"].sum()
        assert value(sums, "margin", span, shop) == (own["paid_micros"] - own["cost"]).sum()
    back = within(lines.refunds(), SPANS[span])
    for shop in sums.begins:
        assert value(sums, "refunded", span, shop) == back.loc[back["shop"] == shop, "refunded"].sum()
    assert value(sums, "refunded", "october") > 0


@pytest.mark.parametrize("span", SPANS)
def test_orders_and_buyers_are_those_of_the_lines(sums: KpiSums, lines: Lines, span: str) -> None:
    real = lines.orders[~lines.orders["mark"].isin(["brushing", "gift"])]
    paid, placed = within(real, SPANS[span], "paid_at"), within(real, SPANS[span], "created_at")
    told = lines.newest("order_customers", ["for_shop", "order_id"]).set_index(["for_shop", "order_id"])["customer"]
    buyers = lines.paid.merge(lines.orders[["shop", "order_id", "customer"]], on=["shop", "order_id"])
    named = told.reindex(pd.MultiIndex.from_frame(buyers[["shop", "order_id"]])).to_numpy()
    buyers["customer"] = buyers["customer"].where(buyers["customer"].notna(), named)
    buyers = buyers[buyers["customer"].notna()]
    first = buyers.groupby(["shop", "customer"])["day"].min()
    for shop in sums.begins:
        orders = int((paid["shop"] == shop).sum())
        assert value(sums, "orders", span, shop) == orders
        assert value(sums, "gmv", span, shop) == placed.loc[placed["shop"] == shop, "total_micros"].sum()
        own = set(within(buyers[buyers["shop"] == shop], SPANS[span])["customer"])
        if orders and not own:
            assert value(sums, "buyers", span, shop) is None, "no order names a buyer: unknown, not none"
            continue
        new = sum(first[shop, one] >= SPANS[span].first for one in own)
        assert value(sums, "buyers", span, shop) == len(own)
        assert value(sums, "new_buyers", span, shop) == new
        assert value(sums, "returning_buyers", span, shop) == len(own) - new
        money = value(sums, "paid", span, shop)
        assert abs(value(sums, "order_value", span, shop) * orders - money) <= orders
        assert value(sums, "units_per_order", span, shop) == value(sums, "units", span, shop) / orders


@pytest.mark.parametrize("span", SPANS)
def test_shops_and_categories_add_up_to_the_whole(sums: KpiSums, span: str) -> None:
    whole = sums.of(span, list(sums.begins))
    of_shops = [sums.of(span, [shop]) for shop in sums.begins]
    for name, total in whole.items():
        parts = [one[name] for one in of_shops]
        assert total == (None if None in parts else sum(parts)), name
    of_categories = [sums.of(span, list(sums.begins), [one]) for one in sums.categories]
    for figure in ("paid", "units", "refunded", "margin"):
        assert BY_NAME[figure].value(whole) == sum(BY_NAME[figure].value(one) for one in of_categories), figure
    for one in of_categories:
        assert {one.get(name) for name in SHOP} == {None}, "a category knows nothing of orders and buyers"


def test_the_chart_is_of_the_same_money(specimen: Engine, sums: KpiSums) -> None:
    with specimen.connect() as connection:
        spans = {one.first: one for one in spans_up_to(AS_OF, 33, 1)}
        paid = paid_by_shop(connection, AS_OF, None, spans, None)
    october = sum(micros for (day, _), micros in paid.items() if day < "2025-11-01")
    assert october == value(sums, "paid", "october")
    assert len(paid) == 33 * len(sums.begins)


def test_a_period_before_the_books_begin_is_unknown(specimen: Engine, sums: KpiSums) -> None:
    spans = compared(period_of("month", date(2025, 10, 1)), AS_OF).spans
    with specimen.connect() as connection:
        found = read_sums(connection, AS_OF, None, spans)
    assert all(one.value(found.of("year", list(found.begins))) is None for one in FIGURES)
    assert value(found, "paid", "now") == value(sums, "paid", "october")
    assert value(found, "visitors", "now") is None
    assert value(found, "conversion", "now") is None


def test_a_reader_of_an_earlier_day_sees_what_was_known_then(specimen: Engine, sums: KpiSums) -> None:
    before = "2025-10-31"
    span = {"october": SPANS["october"]}
    with specimen.connect() as connection:
        then = read_sums(connection, before, None, span)
    known = within(Lines(specimen, before).refunds(), SPANS["october"])["refunded"].sum()
    assert value(then, "refunded", "october") == known
    assert known < value(sums, "refunded", "october"), "refunds of the two days after are of October's money"


def test_both_databases_add_up_alike(books: Engine) -> None:
    sale = {"shop": "tmall", "day": AS_OF, "as_of": AS_OF}
    with books.begin() as connection:
        assert read_sums(connection, AS_OF, None, SPANS).begins == {}
        connection.execute(
            insert(facts_sales),
            [{**sale, "sku": sku, "units_paid": 2, "paid_micros": 7, "refunded_micros": 1} for sku in ("A", "B")],
        )
        connection.execute(insert(fact_versions), {**sale, "fact": "sales", "content_hash": "0" * 64, "rows": 2})
        found = read_sums(connection, AS_OF, ["tmall", "jd"], SPANS)
        assert paid_by_shop(connection, AS_OF, None, {"all": SPANS["running"]}, None) == {("all", "tmall"): 14}
    assert value(found, "paid", "running") == 14
    assert value(found, "refund_rate", "running") == 2 / 14
    assert value(found, "margin", "running") is None, "no cost is known"
    assert value(found, "paid", "october") is None


def test_the_number_of_statements_does_not_grow(specimen: Engine) -> None:
    counts = []
    for kind in ("day", "quarter"):
        with reads_of(specimen) as found, specimen.connect() as connection:
            read_sums(connection, AS_OF, None, compared(period_of(kind, date(2025, 11, 2)), AS_OF).spans)
        counts.append(found.statements)
    assert counts[0] == counts[1] <= 12
