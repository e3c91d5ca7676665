"""`replenishment.guards`: what of a restock list waits for a second person before it can be ordered."""

from pydantic import Field

from include.settings.yaml_reading.strict import Share, Strict


class Guards(Strict):
    """What breaks a guard is held, with its reason, until an approver releases it on the desk; the rest goes out. A
    guard that is null holds nothing."""

    line_times: float | None = Field(
        3.0,
        gt=0,
        description="a line is held if it orders more than so many times what its sku sold, in all warehouses, in its "
        "best ninety days; of a sku that never sold: in those of the best seller of its category; one that is the "
        "supplier's minimum, or one pack, is not",
    )
    money_factor: float | None = Field(
        100.0,
        gt=1,
        description="a line is held if the cost or list price of its sku is about so many times what it was in the "
        "last four weeks, or that part of it: yuan for fen; from half of the factor to twice the factor is about",
    )
    min_pack: int | None = Field(
        6,
        ge=2,
        description="a line is held if the stock report says about so many times what was expected, or that part of "
        "it, as the sku's pack holds: cartons for pieces; looked at for packs of so many and more",
    )
    emptied_share: Share | None = Field(
        0.9,
        description="a warehouse's lines are held if so much of what lay there by the reports of the week before is "
        "empty at once, though nobody bought it: an empty stock file",
    )
    min_emptied_shelves: int = Field(5, ge=1, description="and so many shelves at least")
    sales_times: float | None = Field(
        8.0,
        gt=1,
        description="a line is held if its sku sold, in the last days, more than so many times an average day of the "
        "ninety days before, and all in multiples of so many or more, as it did not before: tens for ones; a sku that "
        "sold on few days is not judged. The whole list is held if a day of all goods was so much more, and the "
        "calendar knows no event of it",
    )
    min_units_sold: int = Field(20, ge=1, description="and so many units at least")
    list_times: float | None = Field(
        2.0,
        gt=0,
        description="the whole list is held if it has more money, units or lines than so many times the largest list "
        "of the ninety days before",
    )
    min_earlier_lists: int = Field(14, ge=1, description="earlier lists that there must be to compare with")
    stays_within_budget: bool = Field(
        True, description="the whole list is held if it costs more than is left of the budget and the emergency fund"
    )
