"""Files without an erased person: raw exports, the folders they came from, pushed lists, logs and all else that lies in
the merchant's home."""

import io
import os
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pandas as pd
from sqlalchemy import select

from include.exports.redaction import Needles
from include.files.container import OLE_MAGIC, ZIP_MAGIC
from include.files.content import Content, Held, head_of
from include.files.errors import DAMAGED_ZIP, ExportError
from include.files.limits import ReadLimits
from include.files.raw_store import RawStore
from include.files.text.text_stream import decode
from include.people.find import shorts
from include.people.raw_replacements import kept_as, replace
from include.people.redact_export import redacted
from include.platforms.kept_readings import limits_of
from include.privacy.contact_keys import KINDS, key_hash
from include.privacy.sealing import SealError, customer_keys
from include.settings.shops import Shop
from include.warehouse.books import read_frame
from include.warehouse.tables import exports, order_customers, orders, raw_replacements
from include.warehouse.tellings import told_at_all
from include.warehouse.workspace import Workspace

TABLES = (".csv", ".xlsx", ".xltx", ".xls", ".zip", ".parquet", ".txt")
BOOKS = (".sqlite", ".sqlite-wal", ".sqlite-shm", ".sealed")  # seen to elsewhere, as rows and as raw files
SHORTEST_WORD = 6  # a shorter name is no safe thing to look for in free text


@dataclass
class Trail:
    """Where to look. customers: pseudonyms; keys: hashes of the person's own keys; orders: their numbers; names: what
    names the person in clear (buyers, phones, ..), added to as files are read."""

    customers: frozenset[str]
    keys: frozenset[str]
    orders: frozenset[str]
    names: set[str]
    shops: frozenset[str] = frozenset()  # all of the merchant's: an ERP's file names customers of each

    def is_of(self, shop: str, cell: str, key: bytes) -> bool:
        """The cell of a personal column names this person, and not somebody beside them on the row."""
        if any(customer_keys(one, cell, key) & self.customers for one in {shop, *self.shops}):
            return True
        return any(key_hash(kind, cell, key) in self.keys for kind in KINDS)


def erase_from_files(
    workspace: Workspace,
    trail: Trail,
    counts: dict[str, int],
    left: list[str],
    now: datetime,
    passwords: Mapping[str, str],
    also: Sequence[Path],
) -> None:
    """Rewrite every file that names the person. counts: kind of file -> how many, filled in; left: what a person must
    see to, a sentence each; neither says anything personal."""
    raw = workspace.raw_store()
    described = _exports(workspace)
    _learn_names(workspace, raw, trail, described, passwords)
    counts["raw"] = _raw_files(workspace, raw, trail, described, left, now, passwords)
    sources = list(_source_files(workspace))
    counts["sources"] = sum(
        _source_file(workspace, raw, trail, path, shop, left, now, passwords) for path, shop in sources
    )
    seen = {path for path, _ in sources}
    limits = limits_of(workspace.merchant)
    counts["lists_and_logs"] = sum(
        _other_file(path, trail, left, limits) for path in _other_files(workspace, also) if path not in seen
    )


def _exports(workspace: Workspace) -> pd.DataFrame:
    c = exports.c
    return read_frame(
        workspace.books, select(c.export_id, c.shop, c.report, c.content_hash, c.file_name).order_by(c.day)
    )


def _learn_names(
    workspace: Workspace, raw: RawStore, trail: Trail, described: pd.DataFrame, passwords: Mapping[str, str]
) -> None:
    """Read who the person is in clear from the files that hold their orders, for as long as the erasure runs."""
    mine: set[str] = set()
    for table in (orders, order_customers):
        of_them = told_at_all(table, [exports.c.export_id], table.c.customer.in_(sorted(trail.customers)))
        mine |= set(read_frame(workspace.books, of_them)["export_id"])
    for row in described[described["export_id"].isin(list(mine))].itertuples():
        digest = kept_as(workspace, row.content_hash)
        content = _read(raw, digest)
        if content is None:
            continue
        shop = _shop(workspace, row.shop)
        password = passwords.get(row.shop)
        limits = limits_of(workspace.merchant)
        found = redacted(content, shop, row.report, row.file_name, password, (), trail.orders, limits).found
        trail.names |= {cell for cell in found if trail.is_of(row.shop, cell, workspace.keys.customers)}


def _raw_files(
    workspace: Workspace,
    raw: RawStore,
    trail: Trail,
    described: pd.DataFrame,
    left: list[str],
    now: datetime,
    passwords: Mapping[str, str],
) -> int:
    """Rewrite raw files; returns how many."""
    r = raw_replacements.c
    replaced = read_frame(workspace.books, select(r.replaced_by, r.origin)).dropna()
    origins = dict(zip(replaced["replaced_by"], replaced["origin"], strict=True))
    by_content = described.drop_duplicates("content_hash", keep="last").set_index("content_hash")
    changed = 0
    for digest in list(raw.kept()):
        content = _read(raw, digest)
        if content is None:
            left.append(f"raw file {digest[:12]} does not open with the keys at hand")
            continue
        origin = origins.get(digest, digest)
        about = by_content.loc[origin] if origin in by_content.index else None
        shop = None if about is None else _shop(workspace, str(about["shop"]))
        report = None if about is None else str(about["report"])
        name = "export" if about is None else str(about["file_name"])
        password = None if shop is None else passwords.get(shop.name)
        limits = limits_of(workspace.merchant)
        after = redacted(content, shop, report, name, password, trail.names, trail.orders, limits)
        if after.content is None:
            if _is_locked(content):
                left.append(f"raw file {digest[:12]} is locked: give its shop's password and erase again")
            elif _holds(content, trail):
                replace(workspace, raw, digest, None, now)
                left.append(f"raw file {digest[:12]} could not be rewritten and was removed")
                changed += 1
            continue
        if after.rows:
            replace(workspace, raw, digest, after.content, now)
            changed += 1
    return changed


def _is_locked(content: Content) -> bool:
    """A workbook or zip that does not open: whom it holds cannot be seen."""
    return head_of(content).startswith((OLE_MAGIC, ZIP_MAGIC))


def _holds(content: Content, trail: Trail) -> bool:
    data = content.read()
    return any(
        word.encode(encoding, errors="ignore") in data
        for word in _words(trail, trail.orders)
        for encoding in ("utf-8", "gb18030", "utf-16-le")
    )


def _source_file(
    workspace: Workspace,
    raw: RawStore,
    trail: Trail,
    path: Path,
    shop: Shop,
    left: list[str],
    now: datetime,
    passwords: Mapping[str, str],
) -> bool:
    """Rewrite one file of a shop's folder; its raw copy, where there is one, takes its place byte by byte."""
    content = Held(path.read_bytes())
    password = passwords.get(shop.name)
    report, limits = shop.report_of(path.name), limits_of(workspace.merchant)
    after = redacted(content, shop, report, path.name, password, trail.names, trail.orders, limits)
    if after.content is None or not after.rows:
        if after.content is None and (_is_locked(content) or _holds(content, trail)):
            left.append(f"{path}: cannot be opened here; remove it by hand where it holds the person")
        return False
    if content.data.startswith(OLE_MAGIC) and passwords.get(shop.name):
        left.append(f"{path}: is locked with a password and holds the person, remove it by hand")
        return False
    kept = kept_as(workspace, content.digest)
    same = _read(raw, kept) if kept is not None and kept != content.digest else None
    _rewrite(path, (same or after.content).read())
    if same is None:
        # The books must know the new content as the export that it was.
        replace(workspace, raw, content.digest, after.content, now)
    return True


def _source_files(workspace: Workspace) -> Iterator[tuple[Path, Shop]]:
    """Files in the shops' local folders, each with its shop."""
    for shop in workspace.merchant.shops:
        for place in (shop.source.path, shop.source.history):
            if place is None or "://" in place:
                continue
            root = Path(place.split("{")[0])
            for path in sorted(root.rglob("*")) if root.is_dir() else ():
                if path.is_file():
                    yield path, shop


def _other_files(workspace: Workspace, also: Sequence[Path]) -> Iterator[Path]:
    """Everything else in the merchant's home, the channels' local folders, the consents and `also`; each once."""
    merchant = workspace.merchant
    places = [workspace.home, *also, Path(merchant.models), Path(merchant.data_docs)]
    places += [
        Path(channel.path.split("{")[0]) for channel in merchant.channels if channel.path and "://" not in channel.path
    ]
    if merchant.customers.consents:
        places.append(Path(merchant.customers.consents))
    seen: set[Path] = set()
    for place in places:
        for path in [place] if place.is_file() else sorted(place.rglob("*")):
            known = path.resolve()
            if known not in seen and path.is_file() and not path.name.endswith(BOOKS):
                seen.add(known)
                yield path


def _other_file(path: Path, trail: Trail, left: list[str], limits: ReadLimits) -> bool:
    """A list loses the person's row, any other text the words that name them."""
    content = path.read_bytes()
    # An order's number alone names nobody where accounts keep it: only rows that say who it was are looked for.
    words = _words(trail, ())
    if path.suffix.lower() in TABLES:
        after = redacted(Held(content), None, None, path.name, None, words, limits=limits)
        if after.rows and after.content is not None:
            _rewrite(path, after.content.read())
            return True
    if path.suffix.lower() == ".ods" and (written := _ods_without(content, words)) is not None:
        _rewrite(path, written)
        return True
    try:
        said = decode(content, path.name)
    except ExportError:
        if any(word.encode() in content for word in words):
            left.append(f"{path}: holds the person and is no text, remove it by hand")
        return False
    text = said.text
    found = [word for word in words if word in text]
    for word in sorted(found, key=len, reverse=True):
        text = text.replace(word, "***")
    if found:
        _rewrite(path, text.encode(said.encoding, errors="replace"))
    return bool(found)


def _ods_without(content: bytes, words: Iterable[str]) -> bytes | None:
    """A list that was handed back as .ods, without the words; None if none of them is in it."""
    found, out = False, io.BytesIO()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(out, "w") as after:
            for part in before.infolist():
                data = before.read(part)
                for word in sorted(words, key=len, reverse=True) if part.filename.endswith(".xml") else ():
                    found |= word.encode() in data
                    data = data.replace(word.encode(), b"***")
                after.writestr(part, data)
    except (*DAMAGED_ZIP, OSError):
        return None
    return out.getvalue() if found else None


def _words(trail: Trail, more: Iterable[str]) -> set[str]:
    """What to look for in free text: pseudonyms, whole and short, and names long enough to be nobody else's."""
    long = {name for name in trail.names if len(name) >= SHORTEST_WORD or (len(name) > 2 and not name.isascii())}
    needles = Needles.of(trail.names)
    return {*trail.customers, *shorts(sorted(trail.customers)), *long, *needles.phones, *needles.emails, *more}


def _rewrite(path: Path, content: bytes) -> None:
    """In one step, with the moment of change that it had: an old export must not look young."""
    stood = path.stat()
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.write_bytes(content)
    os.utime(unfinished, ns=(stood.st_atime_ns, stood.st_mtime_ns))
    unfinished.chmod(stood.st_mode & 0o777)
    unfinished.replace(path)


def _read(raw: RawStore, digest: str | None) -> Held | None:
    if digest is None:
        return None
    try:
        return Held(raw.read(digest))
    except (FileNotFoundError, SealError):
        return None


def _shop(workspace: Workspace, name: str) -> Shop | None:
    return next((shop for shop in workspace.merchant.shops if shop.name == name), None)
