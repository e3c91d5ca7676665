"""A list that was handed back as .ods names an erased person no more."""

import io
import zipfile
from pathlib import Path

from include.files.limits import NO_LIMITS
from include.people.erase_files import Trail, _other_file

CUSTOMER = "0b3e9f39872b" + "a" * 52


def test_an_ods_loses_the_words_that_name_the_person(tmp_path: Path) -> None:
    path = tmp_path / "召回.ods"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet", zipfile.ZIP_STORED)
        archive.writestr("content.xml", f"<p>{CUSTOMER[:12]}</p><p>ffffffffffff</p>")
    trail = Trail(frozenset({CUSTOMER}), frozenset(), frozenset(), set())

    assert _other_file(path, trail, [], NO_LIMITS)

    with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
        assert archive.namelist()[0] == "mimetype"
        assert archive.read("content.xml").decode() == "<p>***</p><p>ffffffffffff</p>"
    assert not _other_file(path, trail, [], NO_LIMITS), "nothing is left to take out"
