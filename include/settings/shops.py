"""One shop: its platform, where its exports are put, and how its files are written (`shops/<name>.yaml`)."""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from include.settings import report_names
from include.settings.currencies import Currency
from include.settings.names import nearest
from include.settings.saying import BilingualError
from include.settings.writing import Writing
from include.settings.yaml_reading.encodings import Encoding
from include.settings.yaml_reading.strict import Strict
from include.words.texts import listed


class Report(Writing):
    """One kind of file a shop gives. `pattern` is a glob in the day's folder; a required report is waited for."""

    pattern: str = Field(description="glob of its files' names in the day's folder")
    required: bool = Field(True, description="whether the day waits for it")
    at_least: int = Field(1, ge=1, description="files that make the report whole, e.g. one a warehouse")
    report: str | None = Field(None, description="the adapter's report, where it is not this entry's own name")
    leaves_out: Literal["zeros", "parts", "nothing"] | None = Field(
        None,
        description="what a stock file does not name: 'zeros', it is empty there (the default); 'parts', files may be "
        "partial, so that the last number stands with its day; 'nothing', a whole file names every sku, so that one "
        "which is missing is unknown",
    )
    holds_all_open: bool = Field(
        False,
        description="of purchase orders: every export holds all that are open, so that a line which the newest no "
        "longer names is closed",
    )
    columns: Mapping[str, str | tuple[str, ...]] | None = Field(
        None, description="canonical field -> this shop's own header for it, where it differs"
    )
    encoding: Encoding | None = Field(None, description="of this report's text files, where it differs from the shop's")
    for_shop: str | None = Field(
        None, description="whose orders the file speaks of, where it speaks of one shop and does not name it"
    )
    declared: Mapping[str, Any] | None = Field(
        None, description="platform `declared` only: the whole declaration of a plain CSV or Parquet"
    )
    counts_other_channels: bool = Field(
        False,
        description="whether goods that the platform only sends for a sale elsewhere (Amazon's Non-Amazon) are this "
        "shop's demand; for merchants whose other channel is not read",
    )


class Source(Strict):
    """Where a shop's exports are put, as fsspec paths; `{day}` is the business day they are delivered for."""

    path: str = Field(description="where each day's exports are put, as an fsspec path with `{day}`")
    history: str | None = Field(None, description="where the exports of the time before are")
    settle_seconds: int = Field(5, ge=0, description="a file younger than this is still being written")
    connection: str | None = Field(None, description="Airflow connection with the credentials of a remote place")
    files: Mapping[str, str] = Field(
        default_factory=dict, description="HTTP without a listing: file name -> address, absolute or under the path"
    )
    archives: str | None = Field(None, description="glob over zips that hold exports of several reports")

    @model_validator(mode="after")
    def _names_the_day(self) -> "Source":
        places = list(self.files.values()) if self.files and not _has_day(self.path) else [self.path]
        if not all(_has_day(place) for place in places):
            raise BilingualError.named("setting.path_without_day")
        if self.files and not self.path.startswith(("http://", "https://")):
            raise BilingualError.named("setting.files_of_folder")
        if self.connection and "://" not in self.path:
            raise BilingualError.named("setting.no_connection_needed")
        return self

    @field_validator("path", "history", "files")
    @classmethod
    def _holds_no_secret(cls, said: Any) -> Any:
        for address in said.values() if isinstance(said, Mapping) else [said or ""]:
            if ":" in address.partition("://")[2].partition("/")[0].rpartition("@")[0]:
                raise BilingualError.named("setting.password_in_address")
        return said


def _has_day(text: str) -> bool:
    return "{day}" in text or "{yyyymmdd}" in text


_OF_A_KEEPER = {"stock", "stock_days", "products", "listings", "suppliers", "purchase_orders", "receipts"}
_OF_A_KEEPER |= {"order_customers", "promotions"}


class Shop(Writing):
    """One account on one platform. How its files write numbers and times is said here for all of its reports, or in one
    report for that report."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="its own name, by which files and books call it")
    platform: str = Field(description="on which it sells: its adapter's name, or `declared`")
    zh: str | None = Field(None, description="what lists call it in Chinese, if not as the ERP does")
    en: str | None = Field(None, description="the same in English")
    other_names: tuple[str, ...] = Field(
        (), description="what an ERP or CRM calls this shop (某某旗舰店), in reports for several shops"
    )
    source: Source
    reports: Mapping[str, Report]
    remark_marks: Mapping[str, Literal["brushing", "gift"]] = Field(
        default_factory=dict, description="word in a seller's remark -> what such an order is"
    )
    warehouse_pattern: str | None = Field(None, description="regex with group 1 = warehouse, over the file name")
    password_connection: str | None = Field(None, description="Airflow connection with the workbook password")
    currency: Currency = Field("CNY", description="of the shop's files; the merchant's, if it is not said")
    encoding: Encoding | None = Field(
        None,
        description="of text exports that are not UTF-8, such as cp1252; without it the platform's, or a guess by the "
        "bytes that is said",
    )
    keep_contacts: bool = Field(
        False, description="keep buyers' phone, name and e-mail, sealed, for those who may look them up"
    )

    @model_validator(mode="after")
    def _is_known(self) -> "Shop":
        if self.platform == report_names.DECLARED:
            return self
        platforms = [*report_names.REPORTS, *report_names.SAME_AS, report_names.DECLARED]
        reports = report_names.REPORTS.get(report_names.SAME_AS.get(self.platform, self.platform))
        if reports is None:
            raise _not_known("setting.platform", self.platform, platforms)
        for entry, about in self.reports.items():
            if (name := about.report or entry) not in reports:
                raise _not_known("setting.report", name, reports, platform=self.platform)
        return self

    def called(self, language: str) -> str:
        """The shop as lists call it: by its own word, else in Chinese by the ERP's, else by its platform's."""
        own = (self.zh or next(iter(self.other_names), None)) if language == "zh" else self.en
        return own or report_names.PLATFORM_WORDS.get(self.platform, {}).get(language) or self.name

    @property
    def kinds(self) -> frozenset[str]:
        """What its reports are, whatever its settings call them."""
        return frozenset(
            (said.declared or {}).get("frame") or said.report or name for name, said in self.reports.items()
        )

    @property
    def sells(self) -> bool:
        """Orders come from here: not from a system that keeps stock or customers for other shops."""
        return not self.kinds <= _OF_A_KEEPER

    def report_of(self, name: str) -> str | None:
        """The first report whose pattern fits a file's name."""
        return next((report for report, about in self.reports.items() if fnmatchcase(name, about.pattern)), None)

    def writing_of(self, report: str) -> Writing:
        """How the files of a report write numbers and times."""
        own, about = Writing(**_said(self)), self.reports.get(report)
        return own if about is None else Writing(**_said(about)).over(own)


def _said(writing: Writing) -> dict[str, Any]:
    return {name: getattr(writing, name) for name in Writing.model_fields}


def _not_known(text: str, name: str, known: Iterable[str], **values: str) -> BilingualError:
    """The mistake of a name that nothing has. text: its name; with `.near` if something is called nearly so."""
    near = nearest(name, known)
    told = text if near is None else f"{text}.near"
    return BilingualError.named(told, name=repr(name), known=listed(known), near=near, **values)
