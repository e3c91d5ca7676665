"""`customers`: whom to win back, how, and how often."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, field_validator, model_validator

from include.settings.names import twice
from include.settings.people.contacts import NO_OFFER, WAGES, ContactChannel, Offer, usual_channels
from include.settings.people.experiments import Experiment
from include.settings.people.needs import Needs
from include.settings.people.personal_data import Identity
from include.settings.people.segments import Segments
from include.settings.saying import BilingualError
from include.settings.yaml_reading.clock import Clock
from include.settings.yaml_reading.strict import Share, Strict
from include.words.texts import listed


class Till(Strict):
    """A buyer with orders far beyond anybody's is a till, a reseller or a made-up account: no customer to win back."""

    orders: int = Field(40, ge=2, description="orders within `days` below which nobody is a till")
    times: float = Field(10, ge=2, description="and times as many as 19 of 20 customers have at most")
    days: int = Field(365, ge=30, description="so far back orders are counted")


class Customers(Strict):
    nobody: tuple[str, ...] = Field(
        (), description="the merchant's own words for a buyer who is nobody (门店散客, 线下), beside the usual ones"
    )
    till: Till = Till()
    known_days: int = Field(90, ge=1, description="days whose orders are checked for having a customer")
    min_known_share: Share = Field(
        0.5, description="a shop is named on the recall list if fewer of its orders have a customer"
    )
    horizon_days: int = Field(
        90, ge=7, description="days without an order after which a customer is lost, if nothing below says else"
    )
    horizons: Mapping[str, Annotated[int, Field(ge=7, le=730)]] = Field(
        default_factory=dict, description="category: the same for those who buy mostly from it"
    )
    horizon_gaps: float | None = Field(
        None,
        gt=0,
        description="customers with a rhythm are lost after this many usual gaps, whatever they buy",
    )
    horizon_steps: tuple[int, ...] = Field(
        (30, 60, 90, 180), min_length=1, max_length=8, description="rising; the first that holds these is the horizon"
    )
    capacity: int = Field(
        200, ge=0, description="contacts a day by each way of contact, where contact_channels names none"
    )
    control_share: Share = Field(0.1, description="of customers who are always left alone, for comparison")
    fatigue_days: int = Field(30, description="nobody is listed again sooner, by whatever channel")
    max_contacts: tuple[int, int] = Field(
        (3, 180), description="most contacts of a customer, and the days for which that holds, all channels together"
    )
    retry_after_days: int = Field(3, ge=1, description="days until a customer who did not answer may be called again")
    max_attempts: int = Field(3, ge=1, description="unanswered calls after which fatigue_days hold as after a contact")
    min_p_churn: Share = Field(0.5, description="customers whose chance to be lost is at least this may be listed")
    gap_multiple: float = Field(
        1.5, description="and so may customers who are silent for more than this many usual gaps"
    )
    min_silence_days: int = Field(14, ge=1, description="nobody is called sooner after an order")
    max_return_chance: Share = Field(
        0.8, description="customers who come back by themselves with at least this chance are not contacted"
    )
    value_days: int = Field(180, ge=7, le=730, description="a return is worth the orders of this many days after it")
    max_orders_of_return: float = Field(
        12.0, ge=1, description="most orders that one return counts for: a daily buyer is not won back to every day"
    )
    virtual_number_days: int = Field(
        30, ge=1, description="days that a masked order's number reaches its buyer, if no export says until when"
    )
    wage_per_hour: float | None = Field(
        25.0,
        ge=0,
        description="of who contacts customers, in the merchant's currency; a usual one if not said",
    )
    effect_of_contact: Share = Field(
        0.05, description="prior chance that a contact brings back a lost customer who was as likely to stay as to go"
    )
    effect_prior_customers: float = Field(
        300, gt=0, description="the prior weighs like this many customers listed and as many left alone"
    )
    min_effect: Share = Field(
        0.005,
        description="lower bound for a measured effect, so that lists keep running while we learn, unless they do harm",
    )
    margin: Share = Field(0.3, description="share of what a customer pays, where no order's goods have a known cost")
    offers: tuple[Offer, ...] = ()
    holdout_days: int = Field(30, ge=1, description="within which an order counts as a return")
    contact_channel: str = Field("call", description="the only channel, where contact_channels names none")
    contact_channels: tuple[ContactChannel, ...] = ()
    experiments: tuple[Experiment, ...] = ()
    basket_days: int = Field(180, ge=1, description="days of orders that tell what is bought together")
    basket_support: int = Field(20, ge=2, description="orders in which two goods are bought together, at least")
    basket_lift: float = Field(1.5, gt=1, description="and at least this many times as often as by chance")
    due_within_days: int = Field(7, ge=0, description="a category that comes due within this many days is mentioned")
    needs: Needs = Needs()
    segments: Segments = Segments()
    long_silence_gaps: float = Field(
        2.0,
        ge=0,
        description="a long silence is mentioned only if it is longer than this many of the customer's usual gaps",
    )
    long_silence_days: int = Field(30, ge=0, description="and than this many days")
    uplift_in_arm: int = Field(2000, ge=100, description="customers an uplift model needs in each arm")
    drift_bound: float = Field(0.25, gt=0, description="population stability index beyond which a score has drifted")
    calibration_bound: Share = Field(0.05, description="calibration error beyond chance at which scores are doubted")
    consents: str | None = Field(
        None, description="CSV of what customers said: shop, buyer, channel, state, at, source"
    )
    consent_needed: bool = Field(False, description="call nobody who has not agreed, not only nobody who refused")
    quiet_hours: tuple[Clock, Clock] | None = Field(
        None, description="from, to: no recall list goes to a channel that contacts customers by itself"
    )
    identity: Identity = Identity()

    @field_validator("horizon_steps")
    @classmethod
    def _rising(cls, steps: tuple[int, ...]) -> tuple[int, ...]:
        if list(steps) != sorted(set(steps)) or steps[0] < 7 or steps[-1] > 730:
            raise BilingualError.named("setting.steps", found=listed(map(str, steps)))
        return steps

    @model_validator(mode="after")
    def _each_name_once(self) -> "Customers":
        for kind, names in (
            ("contact_channel", [one.name for one in self.contact_channels]),
            ("offer", [one.name for one in self.offers]),
            ("experiment", [one.name for one in self.experiments]),
        ):
            if several := twice(names):
                raise BilingualError.named(f"setting.two.{kind}", names=listed(several))
        described = [NO_OFFER, *(one.name for one in self.offers)]
        for experiment in self.experiments:
            for arm, variant in experiment.arms.items():
                if variant.offer is not None and variant.offer not in described:
                    raise BilingualError.named(
                        "setting.arm_offer",
                        experiment=experiment.name,
                        arm=arm,
                        offer=repr(variant.offer),
                        known=listed(described),
                    )
        return self

    @model_validator(mode="before")
    @classmethod
    def _offer_for_all(cls, said: Any) -> Any:
        """`offer` once named what everyone was offered whom nothing else fitted, and nobody knew what it cost."""
        if not isinstance(said, dict) or "offer" not in said:
            return said
        offers = said.get("offers") or ()
        names = [one.get("name") if isinstance(one, dict) else getattr(one, "name", None) for one in offers]
        if said["offer"] not in (None, NO_OFFER, *names):
            raise BilingualError.named("setting.offer_nowhere", offer=repr(said["offer"]))
        return {name: value for name, value in said.items() if name != "offer"}

    @property
    def channels_of_contact(self) -> tuple[ContactChannel, ...]:
        """The channels, in the order of the YAML; the one of `contact_channel` where none is described."""
        if self.contact_channels:
            return self.contact_channels
        zh, en = {"call": ("电话", "phone")}.get(self.contact_channel, (self.contact_channel, self.contact_channel))
        one = ContactChannel(name=self.contact_channel, zh=zh, en=en, capacity=self.capacity, minutes_per_contact=5)
        return (one,)

    def cost_of(self, channel: ContactChannel) -> float | None:
        """What one contact by this channel costs; None where it takes work and nobody said what an hour costs."""
        if not channel.minutes_per_contact:
            return channel.cost_per_contact
        if self.wage_per_hour is None:
            return None
        return channel.cost_per_contact + channel.minutes_per_contact / 60 * self.wage_per_hour

    def prior_of(self, channel: ContactChannel) -> float:
        """The chance at even odds that a contact by this channel helps, as believed before it is measured."""
        return self.effect_of_contact if channel.effect_of_contact is None else channel.effect_of_contact


def customers_of(said: Mapping[str, Any]) -> Any:
    """The customers' settings with what follows from the merchant's own: a wage in its currency, and the ways of
    contact that its platforms allow."""
    customers = said.get("customers", {})
    if not isinstance(customers, dict):
        return customers
    currency = said.get("currency") or "CNY"
    own: dict[str, Any] = {"wage_per_hour": WAGES.get(str(currency))}
    if "contact_channels" not in customers and "contact_channel" not in customers:
        shops = [one for one in said.get("shops") or () if isinstance(one, dict)]
        rates = said.get("exchange_rates") or {}
        yuan = 1.0 if currency == "CNY" else float(rates["CNY"]) if "CNY" in rates else None
        usual = usual_channels((str(one.get("platform")) for one in shops), yuan)
        if isinstance(most := customers.get("capacity"), int):
            usual = [{**one, "capacity": min(one["capacity"], most)} for one in usual]
        own["contact_channels"] = usual
    return {**own, **customers}
