"""Tables whose columns stand straight though Chinese letters are two places wide."""

from include.pages.aligned import aligned, shortened, width_of


def test_columns_stand_straight() -> None:
    table = aligned(["商品", "件"], [["茶", "12"], ["tea leaves", "3"]], [False, True])
    assert table.splitlines() == ["商品        件", "茶          12", "tea leaves   3"]
    assert {width_of(line) for line in table.splitlines()} == {14}


def test_what_is_too_wide_is_cut() -> None:
    assert shortened("元气角 清新", 20) == "元气角 清新"
    assert shortened("元气角 清新除霉喷雾", 10) == "元气角 清…"
    assert width_of(shortened("元气角 清新除霉喷雾", 9)) <= 9
