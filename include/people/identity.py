"""Who is one person across shops: customers joined by the keys they carry, by rules, never by a guess.

Two customers are one person where exports say the same phone or member number of both. A key says nothing where it may
be several people's: carried by more buyers of one shop than the limit allows, or the phone of a parcel's receiver where
the same buyer has sent parcels to more than one. What a person has said to be apart stays apart.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd

from include.settings.people.personal_data import Identity

NOBODY = "0" * 64
"""The customer of an order whose person was erased: no hash, and nobody's."""
BUYER, RECEIVER, FORMER = "buyer", "receiver", "former"
REWRITTEN = "rewritten"
"""Kind of the key that joins a buyer's pseudonym of an earlier release (whose: FORMER) to today's, which is the key:
one buyer of one shop, written in another way. It always joins."""
KEY_COLUMNS = ("customer", "kind", "key_hash", "whose", "shop", "day", "export_id")
LINK_COLUMNS = ("customer", "person", "kind", "key_hash", "with_customer", "day", "export_id")


@dataclass(frozen=True)
class Persons:
    """links: LINK_COLUMNS, one row for every customer that belongs to a person of several: by which key, with whom,
    since which day and by which export. The person's own row has none of these: a person is named by the customer among
    them that was known first, so that the name stays when others join."""

    links: pd.DataFrame

    def of(self, customers: pd.Series) -> pd.Series:
        """The person of each customer; itself where it stands alone."""
        if self.links.empty:
            return customers
        known = dict(zip(self.links["customer"], self.links["person"], strict=True))
        return customers.map(known).fillna(customers)

    def customers_of(self, customer: str) -> list[str]:
        """Every customer of the person that `customer` belongs to, sorted; itself alone where it is no other's."""
        mine = self.links.loc[self.links["customer"] == customer, "person"]
        if mine.empty:
            return [customer]
        return sorted(self.links.loc[self.links["person"] == mine.iloc[0], "customer"])


def persons(keys: pd.DataFrame, apart: Collection[str], rules: Identity) -> Persons:
    """Join the customers that `keys` allow to join.

    keys: KEY_COLUMNS, one row for each customer, key and export that said so; day is the export's. apart: customers who
    are joined to nobody.
    """
    said = keys.sort_values(["day", "export_id", "customer", "kind", "key_hash", "whose"], ignore_index=True)
    known_since = said.groupby("customer")["day"].first()
    former = set(said.loc[said["whose"] == FORMER, "customer"])
    usable = said[_is_key(said, rules) & (~said["customer"].isin(_with_writings(said, apart)) | _is_rewritten(said))]
    usable = usable.drop_duplicates(["customer", "kind", "key_hash"])
    carriers = usable.groupby(["kind", "key_hash"])["customer"].transform("size")
    usable = usable[carriers > 1].reset_index(drop=True)
    if usable.empty:
        return Persons(pd.DataFrame({column: pd.Series(dtype="str") for column in LINK_COLUMNS}))
    joined = usable.assign(group=_groups(usable))
    members = joined[["customer", "group"]].drop_duplicates()
    # Of those known since one day a former pseudonym names the person: lists and control groups know it.
    members = members.assign(since=members["customer"].map(known_since), is_new=~members["customer"].isin(former))
    members = members.sort_values(["group", "since", "is_new", "customer"])
    members["person"] = members.groupby("group")["customer"].transform("first")
    person_of = members.set_index("customer")["person"]
    # A customer's link is the first key that joined it, with the customer known for longest that carries it.
    joined["since"] = joined["customer"].map(known_since)
    oldest = joined.sort_values(["since", "customer"])
    first = oldest.groupby(["kind", "key_hash"])["customer"].first()
    second = oldest.groupby(["kind", "key_hash"])["customer"].nth(1)
    second.index = pd.MultiIndex.from_frame(oldest.loc[second.index, ["kind", "key_hash"]])
    at = pd.MultiIndex.from_frame(joined[["kind", "key_hash"]])
    other = pd.Series(first.reindex(at).to_numpy(), index=joined.index)
    other = other.mask(other == joined["customer"], pd.Series(second.reindex(at).to_numpy(), index=joined.index))
    # Both ends of a link must have said the key: it stands since the later of the two.
    day_of = joined.set_index(["customer", "kind", "key_hash"])["day"]
    theirs = day_of.reindex(pd.MultiIndex.from_arrays([other, joined["kind"], joined["key_hash"]])).to_numpy()
    joined = joined.assign(with_customer=other, day=np.maximum(joined["day"].to_numpy(), theirs))
    joined["person"] = joined["customer"].map(person_of)
    links = joined.sort_values(["day", "kind", "key_hash"], kind="stable").drop_duplicates("customer")
    own = links["customer"] == links["person"]
    told = ["kind", "key_hash", "with_customer", "export_id"]
    links[told] = links[told].mask(own)
    return Persons(links.sort_values("customer", ignore_index=True)[list(LINK_COLUMNS)])


def shared_keys(keys: pd.DataFrame, rules: Identity) -> pd.MultiIndex:
    """(kind, key_hash) of keys that more buyers of one shop carry than the limit allows."""
    carriers = keys[~_is_rewritten(keys)].groupby(["kind", "key_hash", "shop"])["customer"].nunique()
    shared = carriers[carriers > rules.shared_by].reset_index()
    return pd.MultiIndex.from_frame(shared[["kind", "key_hash"]].drop_duplicates())


def keys_that_join(said: pd.DataFrame, rules: Identity) -> pd.DataFrame:
    """Rows of `said` (KEY_COLUMNS) whose key is their customer's own by these rules, whoever else carries it."""
    return said[_is_key(said, rules)]


def _is_key(said: pd.DataFrame, rules: Identity) -> np.ndarray:
    """(rows,) bool: the row's key may join its customer to others."""
    shared = pd.MultiIndex.from_frame(said[["kind", "key_hash"]]).isin(shared_keys(said, rules))
    fits = (said["kind"].isin(rules.keys).to_numpy() & ~shared) | _is_rewritten(said).to_numpy()
    received = (said["whose"] == RECEIVER).to_numpy()
    if not rules.receiver_phones:
        return np.asarray(fits & ~received)
    # Whoever sends to several phones sends to other people: which one is their own is not known.
    phones = said[received].groupby("customer")["key_hash"].nunique()
    several = said["customer"].isin(phones.index[phones > 1]).to_numpy()
    return np.asarray(fits & ~(received & several))


def _is_rewritten(said: pd.DataFrame) -> pd.Series:
    return said["kind"] == REWRITTEN


def _with_writings(said: pd.DataFrame, customers: Collection[str]) -> list[str]:
    """The customers, and the pseudonyms of the same buyers in another writing."""
    rewritten = said[_is_rewritten(said)]
    keys = rewritten.loc[rewritten["customer"].isin(list(customers)), "key_hash"]
    return [*customers, *rewritten.loc[rewritten["key_hash"].isin(keys), "customer"]]


def _groups(usable: pd.DataFrame) -> np.ndarray:
    """(rows,) the connected group of each row, customers and keys being the two sides of a graph."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    customer, customers = pd.factorize(usable["customer"])
    key, keys = pd.factorize(pd.MultiIndex.from_frame(usable[["kind", "key_hash"]]))
    size = len(customers) + len(keys)
    graph = coo_array((np.ones(len(usable), dtype=np.int8), (customer, key + len(customers))), shape=(size, size))
    return np.asarray(connected_components(graph, directed=False)[1][customer])
