"""What an export tells of people, taken out before anything is stored.

Buyers leave as pseudonyms, by keyed hash within the shop. Phones, member numbers and e-mail addresses leave as keyed
hashes that are the same in every shop, and as sealed fields of the vault where the shop keeps contacts. An erased
person stays erased, even if an old export is read again.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pandas as pd
from sqlalchemy import delete, select

from include.people.identity import BUYER, FORMER, NOBODY, RECEIVER, REWRITTEN
from include.privacy.contact_keys import EMAIL, MEMBER, PHONE, erased_mark, is_nobody, key_hash, normalised
from include.privacy.sealing import customer_key, customer_keys, former_customer_key, seal
from include.settings.shops import Shop
from include.warehouse.books import publication, read_frame
from include.warehouse.tables import consents, contact_vault, erased_keys, identity_keys, orders, recall_arms
from include.warehouse.workspace import Keys, Workspace

NAME = "name"
CUSTOMER = "customer"
# What a report tells: kind of key, whose, and the column of `Reading.people`. The buyer's own goes first.
_TOLD = (
    (PHONE, BUYER, "phone"),
    (PHONE, RECEIVER, "receiver_phone"),
    (MEMBER, BUYER, "member"),
    (EMAIL, BUYER, "email"),
)
_KEY_COLUMNS = ["customer", "kind", "key_hash", "whose", "shop"]
_CONTACT_COLUMNS = ["customer", "shop", "field", "value", "lookup"]
_CELLS = re.compile(r"[,\t;|\"]+")
AT_ONCE = 5_000


def erased_marks(workspace: Workspace) -> frozenset[str]:
    """Marks of every pseudonym and key that was erased."""
    return frozenset(read_frame(workspace.books, select(erased_keys.c.mark))["mark"])


def erased_among(workspace: Workspace, customers: Iterable[str]) -> set[str]:
    """Those of the customers who were erased."""
    marks = erased_marks(workspace)
    key = workspace.keys.customers
    return {one for one in customers if erased_mark(CUSTOMER, one, key) in marks} if marks else set()


@dataclass
class PersonalData:
    """One export's people, part by part: `for_the_books` for each part, `keep` once before the export is published.

    nobody: the merchant's own words for buyers who are nobody, as `plain_word` writes them. names, orders: what the
    files of erased people hold in clear, for as long as this lives.
    """

    shop: Shop
    keys: Keys
    erased: frozenset[str]
    nobody: frozenset[str] = frozenset()
    names: set[str] = field(default_factory=set)
    orders: set[str] = field(default_factory=set)
    consents: list[pd.DataFrame] = field(default_factory=list)  # customer, consent: of reports that tell it
    _identity: list[pd.DataFrame] = field(default_factory=list)
    _contacts: list[pd.DataFrame] = field(default_factory=list)
    _told_of: set[str] = field(default_factory=set)  # shops of whose customers the export tells
    _former: dict[str, str] = field(default_factory=dict)  # the pseudonym of earlier releases -> today's

    def for_the_books(self, frame: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
        """The frame as it may be stored: `customer` in place of `buyer`. people: `Reading.people` of the same rows."""
        if "buyer" not in frame:
            return frame
        customer = self._pseudonyms(frame)
        told = frame[["file_line"]].assign(customer=customer.array, shop=self._shops(frame).array)
        told = told.dropna(subset=["customer"]).drop_duplicates(["file_line", "customer"])
        told = told.merge(people, on="file_line", how="left")
        rows = self._keys_in(told)
        gone = self._erased_among(told, rows)
        if gone:
            whose = customer.isin(list(gone))
            self.names |= set(frame.loc[whose, "buyer"].str.strip())
            self.orders |= set(frame.loc[whose, "order_id"])
            customer = customer.mask(whose, NOBODY)
        rows = rows[~rows["customer"].isin(list(gone)) & ~rows["mark"].isin(list(self.erased))]
        self._identity.append(rows[_KEY_COLUMNS].drop_duplicates())
        if self.shop.keep_contacts:
            self._contacts.append(self._contacts_in(told, rows, gone))
        if "consent" in frame:
            self.consents.append(frame[["consent"]].assign(customer=customer))
        return frame.drop(columns="buyer").assign(customer=customer)

    def _pseudonyms(self, frame: pd.DataFrame) -> pd.Series:
        """(rows,) the customer of each row's buyer, null where that is nobody."""
        customer = pd.Series(None, index=frame.index, dtype="str")
        for shop, buyers in frame["buyer"].groupby(self._shops(frame), sort=False):
            self._told_of.add(str(shop))
            known = {}
            for buyer in buyers.dropna().unique():
                if not is_nobody(buyer, self.nobody):
                    known[buyer] = customer_key(str(shop), buyer, self.keys.customers)
                    former = former_customer_key(str(shop), buyer, self.keys.customers)
                    if former != known[buyer]:
                        self._former[former] = known[buyer]
            customer[buyers.index] = buyers.map(known).astype("str")
        return customer

    def _shops(self, frame: pd.DataFrame) -> pd.Series:
        """(rows,) whose customer a row names: that of the shop it speaks of, else that of the shop that gave it."""
        own = pd.Series(self.shop.name, index=frame.index, dtype="str")
        return frame["for_shop"].fillna(own) if "for_shop" in frame else own

    def keep(self, workspace: Workspace, export_id: str, exported_at: str, day: str) -> None:
        """Store the keys and contacts of all parts in place of what the same export said before. They count once the
        export is published."""
        told = _together([*self._identity, self._rewritten(workspace)], _KEY_COLUMNS).drop_duplicates()
        contacts = _together(self._contacts, _CONTACT_COLUMNS)
        contacts = contacts.drop_duplicates(["customer", "field"], keep="last")
        with publication(workspace.books) as change:
            change.execute(delete(identity_keys).where(identity_keys.c.export_id == export_id))
            change.insert(identity_keys, told.assign(export_id=export_id))
            for first in range(0, len(contacts), AT_ONCE):
                part = contacts.iloc[first : first + AT_ONCE]
                c = contact_vault.c
                known = change.read(
                    select(c.customer, c.field, c.exported_at).where(c.customer.in_(sorted(set(part["customer"]))))
                )
                newer = known[known["exported_at"] > exported_at]
                at = pd.MultiIndex.from_frame(part[["customer", "field"]])
                part = part[~at.isin(pd.MultiIndex.from_frame(newer[["customer", "field"]]))]
                if part.empty:
                    continue
                for name, rows in part.groupby("field"):
                    change.execute(delete(contact_vault).where(c.field == name, c.customer.in_(list(rows["customer"]))))
                sealed = [
                    seal_contact(row.customer, row.field, row.value, self.keys) for row in part.itertuples(index=False)
                ]
                change.insert(
                    contact_vault,
                    part.drop(columns="value").assign(
                        sealed=sealed,
                        key_id=self.keys.vault_key_id,
                        export_id=export_id,
                        exported_at=exported_at,
                        day=day,
                    ),
                )

    def _rewritten(self, workspace: Workspace) -> pd.DataFrame:
        """_KEY_COLUMNS that join the pseudonyms of earlier releases, as far as the books hold them, to today's: of one
        buyer in another writing. So histories go on, control groups stay, and what was said about contact holds."""
        known: set[str] = set()
        names = sorted(self._former)
        for first in range(0, len(names), AT_ONCE // 10):
            some = names[first : first + AT_ONCE // 10]
            for table in (orders, recall_arms, consents, contact_vault, identity_keys):
                found = select(table.c.customer).where(table.c.customer.in_(some)).distinct()
                known |= set(read_frame(workspace.books, found)["customer"])
        rows = [
            {
                "customer": one,
                "kind": REWRITTEN,
                "key_hash": self._former[former],
                "whose": whose,
                "shop": self.shop.name,
            }
            for former in sorted(known)
            for one, whose in ((former, FORMER), (self._former[former], BUYER))
        ]
        return pd.DataFrame(rows, columns=_KEY_COLUMNS)

    def tells_of_erased(self, text: str) -> bool:
        """A raw row names somebody who was erased. What names them is remembered."""
        if not self.erased:
            return False
        found = {cell for cell in _words(text) if self._is_erased(cell)}
        self.names |= found
        return bool(found)

    def _is_erased(self, cell: str) -> bool:
        for shop in {self.shop.name, *self._told_of}:
            if any(self._is_erased_customer(one) for one in customer_keys(shop, cell, self.keys.customers)):
                return True
        return any(
            hashed is not None and erased_mark(kind, hashed, self.keys.customers) in self.erased
            for kind in (PHONE, MEMBER, EMAIL)
            for hashed in [key_hash(kind, cell, self.keys.customers)]
        )

    def _keys_in(self, told: pd.DataFrame) -> pd.DataFrame:
        """customer, kind, key_hash, whose, value (as told), mark: a row for each key on each row of `told`."""
        parts = []
        virtual = told["phone_expires"].notna() if "phone_expires" in told else pd.Series(False, index=told.index)
        for kind, whose, column in _TOLD:
            if column not in told:
                continue
            values = told[column].mask(virtual) if kind == PHONE else told[column]
            said = told.assign(value=values).dropna(subset=["value"])
            hashes = {text: key_hash(kind, text, self.keys.customers) for text in said["value"].unique()}
            marks = {h: erased_mark(kind, h, self.keys.customers) for h in hashes.values() if h} if self.erased else {}
            hashed = said["value"].map(hashes)
            parts.append(
                said[["file_line", "customer", "shop", "value"]]
                .assign(kind=kind, whose=whose, key_hash=hashed, mark=hashed.map(marks))
                .dropna(subset=["key_hash"])
            )
        return _together(parts, ["file_line", "customer", "shop", "value", "kind", "whose", "key_hash", "mark"])

    def _erased_among(self, told: pd.DataFrame, rows: pd.DataFrame) -> set[str]:
        """Customers who were erased, by their pseudonym or a key of their own."""
        if not self.erased:
            return set()
        named = {customer for customer in told["customer"].unique() if self._is_erased_customer(customer)}
        named |= {customer for former, customer in self._former.items() if self._is_erased_customer(former)}
        hit = rows[rows["mark"].isin(list(self.erased))]
        self.names |= set(hit["value"].str.strip())
        return named | set(hit.loc[hit["whose"] == BUYER, "customer"])

    def _is_erased_customer(self, customer: str) -> bool:
        return erased_mark(CUSTOMER, customer, self.keys.customers) in self.erased

    def _contacts_in(self, told: pd.DataFrame, rows: pd.DataFrame, gone: set[str]) -> pd.DataFrame:
        """customer, field, value, lookup: what is told unmasked; of several the last, the buyer's own before the
        receiver's."""
        keys = rows[rows["kind"].isin([PHONE, EMAIL])]
        keys = keys.assign(own=keys["whose"] == BUYER).sort_values(["own", "file_line"], kind="stable")
        keys = keys.drop_duplicates(["customer", "kind"], keep="last")
        value = [normalised(kind, text) for kind, text in zip(keys["kind"], keys["value"], strict=True)]
        parts = [keys[["customer", "shop"]].assign(field=keys["kind"], value=value, lookup=keys["key_hash"])]
        if "person_name" in told:
            names = told[~told["customer"].isin(list(gone))].dropna(subset=["person_name"])
            names = names[~names["person_name"].str.contains("*", regex=False)]
            names = names.sort_values("file_line").drop_duplicates("customer", keep="last")
            parts.append(
                names[["customer", "shop"]].assign(field=NAME, value=names["person_name"].str.strip(), lookup=None)
            )
        return _together(parts, _CONTACT_COLUMNS)


def seal_contact(customer: str, name: str, value: str, keys: Keys) -> str:
    """A vault field, bound to its customer and its name: it opens nowhere else."""
    return seal(value, keys.newest, keys.vault_key_id, vault_context(customer, name))


def quarantine_context(export_id: str, file_line: int) -> str:
    """What a quarantined row's sealed text is bound to."""
    return f"{export_id}:{file_line}"


def vault_context(customer: str, name: str) -> str:
    return f"contact:{customer}:{name}"


def _words(text: str) -> Iterable[str]:
    return {cell for part in _CELLS.split(text) if (cell := part.strip(" '=\r\n"))}


def _together(parts: Iterable[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    some = [part for part in parts if len(part)]
    if not some:
        return pd.DataFrame({column: pd.Series(dtype="str") for column in columns})
    return pd.concat(some, ignore_index=True)


def marks_of(hashes: Mapping[str, Iterable[str]], key: bytes) -> dict[str, str]:
    """Mark -> kind. hashes: kind -> pseudonyms or key hashes."""
    return {erased_mark(kind, one, key): kind for kind, some in hashes.items() for one in some}
