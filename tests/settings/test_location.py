"""Commands find the merchant and the books, or say what to set; a wrong address leaves no file behind."""

import shutil
from pathlib import Path

import pytest

from include.settings.location import Location, Named, locate, spoken
from include.settings.yaml_reading.yaml_files import SettingsError

EXAMPLE = Path(__file__).parents[2] / "examples" / "specimen"


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("STOREKEEPER_MERCHANT", "STOREKEEPER_HOME"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    shutil.copytree(EXAMPLE, tmp_path / "examples" / "specimen")
    return tmp_path


def books(home: Path) -> Path:
    home.mkdir(parents=True, exist_ok=True)
    file = home / "books.sqlite"
    file.write_bytes(b"something")
    return file


def asked(*words: str) -> Named:
    said = dict(zip(words[::2], words[1::2], strict=True))
    folders = [Path(said[name]) if name in said else None for name in ("--merchant", "--home")]
    return Named(*folders, said.get("--books"))


def found(checkout: Path, *words: str) -> tuple[Location, list[str]]:
    said: list[str] = []
    return locate(asked(*words), said.append, checkout), said


def test_nothing_named_and_no_books_of_ones_own_means_the_demo_and_is_said(checkout: Path) -> None:
    books(checkout / "var" / "demo")
    place, said = found(checkout)
    assert place.home == checkout / "var" / "demo"
    assert place.books == f"sqlite:///{checkout}/var/demo/books.sqlite"
    assert place.described().name == "样品掌柜"
    assert len(said) == 1
    assert "the demo's" in said[0]
    shutil.copytree(EXAMPLE, checkout / "merchant")  # described, and nothing onboarded yet
    assert found(checkout)[0].home == checkout / "var" / "demo"


def test_books_of_ones_own_go_before_the_demo(checkout: Path) -> None:
    books(checkout / "var" / "demo")
    shutil.copytree(EXAMPLE, checkout / "merchant")
    books(checkout / "var")
    place, said = found(checkout)
    assert (place.home, said) == (checkout / "var", [])


def test_what_is_named_is_taken(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    books(checkout / "elsewhere")
    named = ("--merchant", str(EXAMPLE), "--home", str(checkout / "elsewhere"))
    assert found(checkout, *named)[0].books == f"sqlite:///{checkout}/elsewhere/books.sqlite"
    monkeypatch.setenv("STOREKEEPER_MERCHANT", str(EXAMPLE))
    monkeypatch.setenv("STOREKEEPER_HOME", str(checkout / "elsewhere"))
    assert found(checkout)[0].home == checkout / "elsewhere"
    monkeypatch.delenv("STOREKEEPER_MERCHANT")
    books(checkout / "var" / "demo")
    monkeypatch.setenv("STOREKEEPER_HOME", str(checkout / "var" / "demo"))
    assert found(checkout)[0].described().name == "样品掌柜", "the demo's home has the demo's merchant"


def test_an_address_of_books_needs_no_merchant(checkout: Path) -> None:
    file = books(checkout / "elsewhere")
    place, _ = found(checkout, "--books", f"sqlite:///{file}")
    assert place.merchant is None
    with pytest.raises(SettingsError, match="--merchant or STOREKEEPER_MERCHANT names the folder"):
        _ = place.time_zone  # nobody's clock is taken for the merchant's
    assert found(checkout, "--books", "postgresql://host/books")[0].books == "postgresql://host/books"


def test_a_wrong_place_is_told_with_the_demo_s_and_nothing_is_made(checkout: Path) -> None:
    before = sorted(checkout.rglob("*"))
    with pytest.raises(SettingsError, match=r"no such folder.*STOREKEEPER_MERCHANT=examples/specimen"):
        found(checkout)
    with pytest.raises(SettingsError, match=r"no books at sqlite:///var/books.sqlite; `make demo` makes some"):
        found(checkout, "--books", "sqlite:///var/books.sqlite")
    with pytest.raises(SettingsError, match="no books at"):
        found(checkout, "--merchant", str(EXAMPLE), "--home", str(checkout / "nowhere"))
    assert sorted(checkout.rglob("*")) == before
    books(checkout / "var" / "demo")
    with pytest.raises(SettingsError, match=r"no books at sqlite:///var/books.sqlite; the demo's are in var/demo"):
        found(checkout, "--books", "sqlite:///var/books.sqlite")


def test_a_home_alone_is_told_which_file_is_looked_for_and_what_names_it(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    books(checkout / "elsewhere")
    monkeypatch.setenv("STOREKEEPER_HOME", str(checkout / "elsewhere"))
    with pytest.raises(SettingsError) as caught:
        found(checkout)
    said = str(caught.value)
    assert f"{checkout}/merchant: there is no such folder. merchant.yaml is looked for there, since neither" in said
    assert f"{checkout}/elsewhere, the home that is set, is only where books and lists are kept" in said
    assert "export STOREKEEPER_MERCHANT=FOLDER" in said
    assert f"设的 {checkout}/elsewhere 只是存放账本和清单的地方" in caught.value.zh
    (checkout / "merchant" / "shops").mkdir(parents=True)
    with pytest.raises(SettingsError, match=r"merchant/merchant.yaml: there is no such file\. merchant.yaml is looked"):
        found(checkout)
    monkeypatch.setenv("STOREKEEPER_MERCHANT", str(checkout / "named"))
    with pytest.raises(
        SettingsError, match=r"named: there is no such folder\. --merchant or STOREKEEPER_MERCHANT names"
    ):
        found(checkout)


def test_errors_are_in_the_language_of_the_merchant_that_is_there(checkout: Path) -> None:
    file = books(checkout / "elsewhere")
    address = f"sqlite:///{file}"
    assert spoken(asked("--merchant", str(EXAMPLE), "--books", address)) == "zh"
    assert spoken(asked("--merchant", str(checkout / "nowhere"), "--home", str(checkout))) is None


def test_an_empty_file_is_no_books(checkout: Path) -> None:
    file = checkout / "var" / "books.sqlite"
    file.parent.mkdir()
    file.touch()
    with pytest.raises(SettingsError, match="no books at"):
        found(checkout, "--books", f"sqlite:///{file}")


def test_books_behind_a_connection_are_to_be_named(checkout: Path) -> None:
    merchant = checkout / "merchant"
    shutil.copytree(EXAMPLE, merchant)
    with (merchant / "merchant.yaml").open("a", encoding="utf-8") as file:
        file.write("\nbooks: connection:storekeeper_books\n")
    with pytest.raises(SettingsError, match=r"connection:storekeeper_books.*--books"):
        found(checkout)
