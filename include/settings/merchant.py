"""A merchant: all sections of `merchant.yaml`, and its shops.

Numbers that are judgements have their sentence and their default in the section that they belong to, and nowhere else.
"""

import zoneinfo
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field, field_validator, model_validator

from include.settings.channels import Alerts, Channel, HandBack
from include.settings.checking import Checking
from include.settings.currencies import Currency
from include.settings.desk import Desk
from include.settings.names import nearest, twice
from include.settings.people.customers import Customers, customers_of
from include.settings.people.personal_data import Retention
from include.settings.reading import Reading
from include.settings.reviewing.targets import Targets
from include.settings.running import Backups, Closing, Disk, Running
from include.settings.saying import BilingualError
from include.settings.shops import Shop
from include.settings.stock.demand import Demand
from include.settings.stock.replenishment import Replenishment
from include.settings.warehouses import Warehouse
from include.settings.yaml_reading.strict import Strict
from include.words.texts import Language, listed


class Merchant(Strict):
    name: str = Field(description="what pages and messages call the merchant")
    time_zone: str = Field(
        "Asia/Shanghai", description="of business days and of every time that a file does not give a zone"
    )
    language: Language = Field("zh", description="of the lists; a channel may say another")
    currency: Currency = Field("CNY", description="of the books, the lists and all money in these settings")
    exchange_rates: Mapping[Currency, Annotated[Decimal, Field(gt=0)]] = Field(
        default_factory=dict,
        description="currency of a shop -> what one unit of it is in `currency`, by which its amounts are booked",
    )
    calendar: str = Field(
        "CN", description="country whose festivals move demand, e.g. DE, or one of its parts, e.g. DE-BE"
    )
    books: str = Field(
        "sqlite:///{home}/books.sqlite",
        description="address of the database; `connection:ID` names an Airflow connection that holds it",
    )
    raw: str = Field("{home}/raw", description="where exports are kept as they came, sealed")
    raw_connection: str | None = Field(None, description="Airflow connection that opens `raw` where it is in S3 or OSS")
    models: str = Field("{home}/models", description="where trained models are kept")
    data_docs: str = Field("{home}/data_docs", description="where the pages of Great Expectations' checks are written")
    owner: str = Field("storekeeper", description="of the Dags, as Airflow shows it")
    running: Running
    warehouses: tuple[Warehouse, ...]
    promotions: Mapping[str, tuple[date, ...]] = Field(
        default_factory=dict, description="the merchant's own sales: name -> its days"
    )
    closing: Closing = Closing()
    checking: Checking = Checking()
    reading: Reading = Reading()
    demand: Demand = Demand()
    replenishment: Replenishment = Replenishment()
    customers: Customers = Customers()
    targets: Targets = Targets()
    channels: tuple[Channel, ...] = ()
    alerts: Alerts = Alerts()
    hand_back: HandBack = HandBack()
    desk: Desk = Desk()
    backups: Backups = Backups()
    disk: Disk = Disk()
    retention_days: int = Field(730, ge=30, description="raw files older than this are removed by upkeep")
    retention: Retention = Retention()
    shops: tuple[Shop, ...]

    @field_validator("time_zone")
    @classmethod
    def _on_earth(cls, name: str) -> str:
        try:
            zoneinfo.ZoneInfo(name)
        except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError) as error:
            near = nearest(name, zoneinfo.available_timezones())
            told = "setting.time_zone" if near is None else "setting.time_zone.near"
            raise BilingualError.named(told, name=repr(name), near=near) from error
        return name

    @model_validator(mode="after")
    def _consistent(self) -> "Merchant":
        for kind, names in (
            ("shop", [s.name for s in self.shops]),
            ("warehouse", [w.name for w in self.warehouses]),
            ("channel", [c.name for c in self.channels]),
        ):
            if several := twice(names):
                raise BilingualError.named(f"setting.two.{kind}", names=listed(several))
        told = self.desk.escalation
        people = [one.name for one in self.channels if one.tells_people]
        if told is not None and told not in people:
            raise BilingualError.named("setting.escalation", name=repr(told), known=listed(people or ["-"]))
        heard = [one.name for one in self.channels if one.kind != "file"]
        deaf = sorted(set(self.alerts.channels) - set(heard))
        if deaf:
            raise BilingualError.named("setting.deaf", names=listed(deaf), known=listed(heard or ["-"]))
        if several := twice(name for s in self.shops for name in {s.name, *s.other_names}):
            raise BilingualError.named("setting.shops_answer", names=listed(several))
        unknown = sorted(
            {r.for_shop for s in self.shops for r in s.reports.values() if r.for_shop} - {s.name for s in self.shops}
        )
        if unknown:
            known = listed(shop.name for shop in self.shops)
            raise BilingualError.named("setting.for_shop", names=listed(unknown), known=known)
        if several := twice(name for w in self.warehouses for name in (w.name, *w.other_names)):
            raise BilingualError.named("setting.warehouses_answer", names=listed(several))
        if several := twice(province for w in self.warehouses for province in w.serves):
            raise BilingualError.named("setting.served_twice", names=listed(several))
        if not self.warehouses:
            raise BilingualError.named("setting.no_warehouse")
        if strange := sorted(set(self.targets.shops) - {shop.name for shop in self.shops}):
            known = listed(shop.name for shop in self.shops)
            raise BilingualError.named("setting.targets_shops", names=listed(strange), known=known)
        foreign = sorted({shop.currency for shop in self.shops} - {self.currency} - set(self.exchange_rates))
        if foreign:
            values = {"foreign": listed(foreign), "first": foreign[0], "own": self.currency}
            raise BilingualError.named("setting.two_currencies", **values)
        if self.currency in self.exchange_rates:
            raise BilingualError.named("setting.own_rate", currency=self.currency)
        return self

    @model_validator(mode="before")
    @classmethod
    def _said_once(cls, said: Any) -> Any:
        """The merchant's currency and language hold for its shops and channels, unless these say their own; a merchant
        whose shops all have one currency has it too."""
        if not isinstance(said, dict):
            return said
        inherited = dict(said)
        if "currency" not in said and isinstance(said.get("shops"), (list, tuple)):
            stated = {one["currency"] for one in said["shops"] if isinstance(one, dict) and one.get("currency")}
            if len(stated) == 1 and not said.get("exchange_rates"):
                inherited["currency"] = stated.pop()  # that of every shop which says one
        said = inherited
        inherited["customers"] = customers_of(said)
        for part, name in (("shops", "currency"), ("channels", "language")):
            if name in said and isinstance(said.get(part), (list, tuple)):
                inherited[part] = [{name: said[name], **one} if isinstance(one, dict) else one for one in said[part]]
        return inherited

    @field_validator("calendar")
    @classmethod
    def _is_a_country(cls, said: str) -> str:
        if said == "CN":  # the Dags are parsed with these settings: no import that is not needed
            return said
        import holidays

        country, _, part = said.partition("-")
        known = holidays.list_supported_countries()
        if country not in known:
            raise BilingualError.named("setting.calendar", country=repr(country))
        if part and part not in known[country]:
            parts = listed(known[country] or ["-"])
            raise BilingualError.named("setting.calendar_part", said=repr(said), country=country, parts=parts)
        return said

    def rate_of(self, shop: "Shop") -> Decimal:
        """What one unit of the shop's currency is in the currency of the books."""
        return Decimal(1) if shop.currency == self.currency else self.exchange_rates[shop.currency]

    def warehouse_of(self) -> dict[str, str]:
        """Province -> the warehouse that should serve it."""
        return {province: w.name for w in self.warehouses for province in w.serves}

    def warehouse_names(self) -> dict[str, str]:
        """Every name of a warehouse, its own and the others, -> its own."""
        return {name: w.name for w in self.warehouses for name in (w.name, *w.other_names)}

    @property
    def fallback_warehouse(self) -> str:
        """Where an order without a known province counts: the first warehouse."""
        return self.warehouses[0].name

    def leaves_out(self) -> dict[str, str]:
        """Shop -> what its stock files leave out, where its YAML says so."""
        return {
            shop.name: report.leaves_out for shop in self.shops for report in shop.reports.values() if report.leaves_out
        }

    def shop_names(self) -> dict[str, str]:
        """Every name of each shop -> its own."""
        return {name: shop.name for shop in self.shops for name in (*shop.other_names, shop.name)}

    @property
    def customers_told_by(self) -> str | None:
        """The first shop whose exports say whose the orders of other shops are."""
        return next((shop.name for shop in self.shops if "order_customers" in shop.kinds), None)

    def shop(self, name: str) -> Shop:
        shops = {shop.name: shop for shop in self.shops}
        if name not in shops:
            raise KeyError(f"no shop {name!r}; there are {', '.join(shops)}")
        return shops[name]
