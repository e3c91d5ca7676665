from datetime import date, timedelta
from pathlib import Path

import pytest

from include.simulation.specimen.business import Specimen
from include.simulation.specimen.faults import Fault
from tests.simulation.reading import fen, plain, table

DAY = date(2025, 11, 5)


def test_a_late_shop_comes_a_day_later_into_its_own_folder(lived: Specimen, tmp_path: Path) -> None:
    late = Fault("late", "jd", DAY, late_days=1)

    lived.write_day(tmp_path, DAY, [late])
    assert not (tmp_path / "jd").exists()
    assert (tmp_path / "tmall" / DAY.isoformat()).exists()

    lived.write_day(tmp_path, DAY + timedelta(days=1), [late])
    assert len(list((tmp_path / "jd" / DAY.isoformat()).iterdir())) == 2
    assert len(list((tmp_path / "jd" / "2025-11-06").iterdir())) == 2


def test_a_missing_report_is_never_written(lived: Specimen, tmp_path: Path) -> None:
    lived.write_day(tmp_path, DAY, [Fault("missing", "tmall", DAY, reports=("refunds",))])
    names = [path.name for path in (tmp_path / "tmall" / DAY.isoformat()).iterdir()]
    assert sorted(name[:10] for name in names) == ["ExportItem", "ExportOrde"]


def test_damaged_ids_look_as_excel_leaves_them(lived: Specimen, tmp_path: Path) -> None:
    lived.write_day(tmp_path, DAY, [Fault("damaged_ids", "tmall", DAY, share=0.1, reports=("orders",))])
    ids = plain(table(tmp_path / "tmall" / DAY.isoformat(), "ExportOrderList*.csv")["订单编号"])
    damaged = ids.str.fullmatch(r"4\.\d{5}E\+18")
    assert 0.03 < damaged.mean() < 0.2
    assert ids[~damaged].str.fullmatch(r"\d{19}").all()


def test_bad_rows_have_absurd_quantities_or_dates(lived: Specimen, tmp_path: Path) -> None:
    lived.write_day(tmp_path, DAY, [Fault("bad_rows", "jd", DAY, share=0.1, reports=("orders",))])
    orders = table(tmp_path / "jd" / DAY.isoformat(), "[0-9]*.csv")
    negative, far = orders["订购数量"] == "-3", orders["下单时间"].str.startswith("2050")
    assert negative.sum() > 0
    assert far.sum() > 0
    assert 0.05 < (negative | far).mean() < 0.2


def test_a_re_export_shows_other_amounts_under_a_later_time(lived: Specimen, tmp_path: Path) -> None:
    lived.write_day(tmp_path, DAY, [Fault("changed_amounts", "tmall", DAY, share=0.2)])
    folder = tmp_path / "tmall" / DAY.isoformat()
    first, again = (
        table(folder, f"ExportOrderList20251106{clock}.csv").set_index("订单编号") for clock in ("0215", "1030")
    )
    changed = fen(first["总金额"]) != fen(again["总金额"])

    assert list(first.index) == list(again.index)
    assert 0.05 < changed.mean() < 0.3
    # the re-export is a whole truth of its own: net of refunds still holds
    paid = again["订单付款时间"] != ""
    assert (fen(again["买家实际支付金额"]) == fen(again["总金额"]) - fen(again["退款金额"]))[paid].all()


def test_a_fault_touches_no_other_shop(lived: Specimen, tmp_path: Path) -> None:
    lived.write_day(tmp_path / "good", DAY)
    lived.write_day(tmp_path / "bad", DAY, [Fault("bad_rows", "jd", DAY, share=0.5)])
    for shop in ("tmall", "douyin", "jushuitan"):
        for path in (tmp_path / "good" / shop / DAY.isoformat()).iterdir():
            assert (tmp_path / "bad" / shop / DAY.isoformat() / path.name).read_bytes() == path.read_bytes()


def test_an_unknown_fault_is_refused() -> None:
    with pytest.raises(ValueError, match="no fault called 'fire'"):
        Fault("fire", "jd", DAY)
