"""Unknown names are refused with the nearest."""

from string import Formatter

import pytest

from include.settings.names import UnknownNameError, meant, nearest, require_known
from include.settings.people.contacts import MASKING, usual_channels
from include.settings.report_names import HOW_TO_CONTACT
from include.words.texts import LANGUAGES


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


@pytest.mark.parametrize("platform", sorted(MASKING))
def test_a_platform_that_masks_its_buyers_says_how_a_clerk_reaches_them(platform: str) -> None:
    """By every reach that its usual channels have, in each language, by the order's number or the file."""
    usual = {one["reach"] for one in usual_channels([platform], 1.0)}
    assert set(HOW_TO_CONTACT[platform]) == usual == {"order_message", "order_phone", "audience"}
    for reach, words in HOW_TO_CONTACT[platform].items():
        assert set(words) == set(LANGUAGES)
        named = "file" if reach == "audience" else "order"
        for text in words.values():
            assert [name for _, name, _, _ in Formatter().parse(text) if name] == [named]
            assert "→" in text
