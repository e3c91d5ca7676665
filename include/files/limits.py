"""How much a file may hold and take to be read."""

from dataclasses import dataclass

from include.files.errors import ExportError


@dataclass(frozen=True)
class ReadLimits:
    """max_cells: of a sheet's area, from A1 to its last cell, blank ones too. max_text_bytes: of all cells' texts.
    memory_bytes, seconds: what the process that reads the workbook may take. max_rejected_rows: beyond it, a file most
    of whose rows cannot be read is stopped. max_together_rows: of one order, one sku, one movement.
    """

    max_cells: int = 50_000_000
    max_text_bytes: int = 1 << 30
    memory_bytes: int = 4 << 30
    seconds: float | None = None
    max_rejected_rows: int = 100_000
    max_together_rows: int = 1_000_000


NO_LIMITS = ReadLimits()
"""The limits of a merchant who sets none."""


def mostly_rejected(
    file: str, rejected: int, rows: int, limits: ReadLimits, why: str, expected: str
) -> ExportError | None:
    """The refusal of a file most of whose rows cannot be read, before all their texts are held; None for another.

    rejected, rows: as far as the file was read. why: what is wrong with the rows.
    """
    if rejected <= limits.max_rejected_rows or 2 * rejected <= rows:
        return None
    return ExportError(
        file,
        f"most rows cannot be read: {why}",
        found=f"{rejected:,} of the first {rows:,} rows (reading.max_rejected_rows: {limits.max_rejected_rows:,})",
        expected=expected,
    )


class RefusedError(Exception):
    """A workbook cannot be read: why, what was found and what was expected. code: as `ExportError` has it."""

    def __init__(self, problem: str, found: str | None = None, expected: str | None = None, code: str = "") -> None:
        super().__init__(problem)
        self.problem, self.found, self.expected, self.code = problem, found, expected, code


def too_large(cells: int, limits: ReadLimits, sheet: str, last: str = "") -> RefusedError:
    """The refusal of a sheet whose area is beyond the limit. last: its last cell's name."""
    return RefusedError(
        "a sheet of the workbook is too large to be read",
        f"sheet {sheet} reaches to {last or 'its last cell'}: {cells:,} cells, blank ones included",
        f"at most {limits.max_cells:,} cells (reading.max_sheet_cells); delete empty rows and columns",
        "too_large",
    )


def too_much_text(found: int, limits: ReadLimits) -> RefusedError:
    return RefusedError(
        "the workbook's cells hold more text than can be read",
        f"more than {found >> 20:,} MiB",
        f"at most {limits.max_text_bytes >> 20:,} MiB (reading.max_workbook_text_megabytes)",
        "too_large",
    )
