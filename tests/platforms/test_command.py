"""`./storekeeper inspect FILE`."""

from pathlib import Path

import pytest

from tests.command_lines import storekeeper

main = storekeeper("inspect")


def test_it_says_what_a_file_is(fixtures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # when
    code = main([str(fixtures / "jd" / "18453840.csv")])

    # then
    told = {line.split(maxsplit=1)[0]: line.split(maxsplit=1)[1] for line in capsys.readouterr().out.splitlines()}
    assert code == 0
    assert (told["platform"], told["report"], told["generation"]) == ("jd", "orders", "2018")
    assert (told["encoding"], told["container"]) == ("gb18030", "csv")
    assert told["rows"] == "7: 4 published, 0 rejected"
    assert told["days"] == "2015-12-30 to 2015-12-31"


def test_it_names_the_nearest_of_an_unknown_and_a_missing_column(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "x.csv"
    file.write_text(
        "订单编号,总金额,订单创建时间,订单付款日,王小明\n1,2.00,2026-01-01,2026-01-01,秘密\n", encoding="utf-8"
    )

    code = main([str(file)])

    out = capsys.readouterr().out
    assert code == 1
    assert "missing      订单付款时间 (nearest: 订单付款日)" in out
    assert "unknown      订单付款日 (nearest: 订单付款时间)" in out
    assert "秘密" not in out


def test_it_says_what_is_a_guess(fixtures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(fixtures / "jd" / "售后服务单_2026-08-05.csv")]) == 0
    assert "note         Read by best knowledge, not confirmed: the whole header" in capsys.readouterr().out

    assert main([str(fixtures / "jd" / "18453840.csv")]) == 0
    assert "note " not in capsys.readouterr().out


def test_it_admits_not_to_know(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "x.csv"
    file.write_text("a,b,c\n1,2,3\n")

    assert main([str(file)]) == 1
    assert "unknown" in capsys.readouterr().out


def test_it_says_why_a_file_cannot_be_opened(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "x.csv"
    file.write_bytes(b"")

    assert main([str(file)]) == 2
    assert "the file is empty" in capsys.readouterr().err
