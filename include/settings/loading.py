"""Reads the merchant's YAML: `merchant.yaml` and one file a shop under `shops/`.

A typo must not pass silently: unknown keys are errors, and every error names the file and the place in it.
"""

from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from include.settings.merchant import Merchant
from include.settings.shops import Shop
from include.settings.yaml_reading.messages import readable
from include.settings.yaml_reading.yaml_files import SettingsError, parse_yaml, read_yaml, text_of


def shop_beside_merchant(path: Path) -> tuple[Shop, str]:
    """One shop's YAML with what the merchant's beside it says for all shops, and the merchant's time zone; what that
    does not say, or what it says wrong elsewhere, does not matter here. Raises SettingsError."""
    beside = path.resolve().parent.parent / "merchant.yaml"
    common = read_yaml(beside).content if beside.is_file() else {}
    inherited = {"currency": common["currency"]} if common.get("currency") else {}
    file = read_yaml(path)
    try:
        shop = Shop.model_validate({**inherited, **file.content})
    except ValidationError as error:
        raise SettingsError(readable(error, Shop, file, (), common.get("language"))) from error
    return shop, str(common.get("time_zone", Merchant.model_fields["time_zone"].default))


def load_merchant(folder: Path, home: Path) -> Merchant:
    """Read `folder`/merchant.yaml and `folder`/shops/*.yaml; `{home}` in paths becomes `home`, and a relative path
    begins there, wherever a command or a Dag runs.

    A process parses and validates the same text once: only the files are read again, so that a change is seen at once.
    Raises SettingsError, which names the file, the line and the key.
    """
    if not folder.is_dir():
        raise SettingsError.named("error.no_merchant_folder", folder=folder)
    shops = sorted((folder / "shops").glob("*.yaml"))
    texts = tuple((path, text_of(path)) for path in (folder / "merchant.yaml", *shops))
    if not shops:
        raise SettingsError.named("error.no_shops", folder=folder / "shops")
    return _validated(texts, home)


@lru_cache(maxsize=8)
def _validated(texts: tuple[tuple[Path, str], ...], home: Path) -> Merchant:
    """texts: each file and what stands in it, merchant.yaml first."""
    main, *files = (parse_yaml(path, text) for path, text in texts)
    try:
        described = Merchant.model_validate({**main.content, "shops": [file.content for file in files]})
    except ValidationError as error:
        raise SettingsError(readable(error, Merchant, main, files)) from error
    # Defaults name {home} too, so it is filled in once everything is there.
    return Merchant.model_validate(_with_home(_placed(described.model_dump()), home))


def _placed(said: dict[str, Any]) -> dict[str, Any]:
    """Every folder that is named without its beginning is one of the home's."""
    for name in ("raw", "models", "data_docs"):
        said[name] = _in_home(said[name])
    said["backups"]["to"] = _in_home(said["backups"]["to"])
    scheme, _, file = said["books"].partition(":///")
    if scheme == "sqlite":
        said["books"] = f"sqlite:///{_in_home(file)}"
    for channel in said["channels"]:
        channel["path"] = _in_home(channel["path"])
    for shop in said["shops"]:
        for name in ("path", "history"):
            shop["source"][name] = _in_home(shop["source"][name])
    return said


def _in_home(address: Any) -> Any:
    is_relative = isinstance(address, str) and "://" not in address and not address.startswith(("/", "{home}", "~"))
    return f"{{home}}/{address}" if is_relative else address


def _with_home(value: Any, home: Path) -> Any:
    """`{home}` replaced in every text, deep."""
    if isinstance(value, str):
        return value.replace("{home}", str(home))
    if isinstance(value, dict):
        return {key: _with_home(inner, home) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_with_home(inner, home) for inner in value]
    return value
