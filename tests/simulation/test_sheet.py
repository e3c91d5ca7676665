from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from include.simulation.specimen.writers.sheet import Sheet, money, times, when


def test_money_is_yuan_with_two_decimals() -> None:
    assert money(np.array([0, 5, 123, 100000, -4550])).to_pylist() == ["0.00", "0.05", "1.23", "1000.00", "-45.50"]


def test_a_time_that_never_comes_is_an_empty_cell() -> None:
    moments = np.array(["2025-11-11T00:54:10", "NaT"], dtype="datetime64[s]")
    assert times(moments).to_pylist() == ["2025-11-11 00:54:10", ""]


def test_cells_are_wrapped_as_their_column_says(tmp_path: Path) -> None:
    sheet = Sheet(
        name="some.csv",
        header=("单号", "状态", "备注"),
        rows=2,
        cells={"单号": pa.array(["41", "42"]), "状态": "完成", "备注": when(np.array([True, False]), "SD")},
        encoding="gb18030",
        plain=('"', '"'),
        wrap={"单号": ('="', '"')},
        header_text={"状态": "状态 "},
    )

    text = sheet.to_csv(tmp_path).read_bytes().decode("gb18030")

    assert text == '单号,状态 ,备注\r\n="41","完成","SD"\r\n="42","完成",""\r\n'


def test_an_empty_export_is_a_header(tmp_path: Path) -> None:
    sheet = Sheet(
        name="some.csv", header=("单号", "状态"), rows=0, cells={"单号": pa.array([], pa.string())}, encoding="utf-8"
    )
    assert sheet.to_csv(tmp_path).read_text(encoding="utf-8") == "单号,状态\n"


def test_a_column_that_the_header_lacks_is_refused(tmp_path: Path) -> None:
    sheet = Sheet(name="some.csv", header=("单号",), rows=1, cells={"单号": "1", "运费": "0"})
    with pytest.raises(ValueError, match="运费"):
        sheet.to_csv(tmp_path)
