"""Unknown names are refused with the nearest."""

import pytest

from include.settings.names import UnknownNameError, meant, nearest, require_known


@pytest.mark.parametrize(
    ("said", "near"), [("tmal", "tmall"), ("TMALL", "tmall"), ("douyn", "douyin"), ("补化", "补货"), ("xyz", None)]
)
def test_the_nearest_name_whatever_its_case(said: str, near: str | None) -> None:
    assert nearest(said, ["tmall", "jd", "douyin", "补货"]) == near


def test_every_unknown_name_is_told() -> None:
    require_known("shop", ["jd"], {"jd", "tmall"})
    with pytest.raises(
        UnknownNameError, match=r"no shop is called 'tmal': did you mean tmall\?; no shop is called 'x'"
    ):
        require_known("shop", ["tmal", "jd", "x"], {"jd", "tmall"})
    with pytest.raises(UnknownNameError) as caught:
        require_known("shop", ["tmal", "x"], {"jd", "tmall"})
    assert caught.value.zh == "没有叫 'tmal' 的店铺：是不是 tmall？；没有叫 'x' 的店铺：有 jd、tmall"
    with pytest.raises(UnknownNameError, match="there is none"):
        require_known("shop", ["x"], set())


def test_a_name_in_either_language_is_meant() -> None:
    kinds = {"restock": ("补货",), "recall": ("召回",)}
    assert meant("kind", "补货", kinds) == meant("kind", "restock", kinds) == "restock"
    with pytest.raises(UnknownNameError, match="did you mean recall"):
        meant("kind", "recal", kinds)
