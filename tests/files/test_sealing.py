"""What is sealed opens with the right key, as a whole, or not at all."""

import base64
import io
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.privacy.sealed_stream import open_sealed, seal_stream, unseal_stream
from include.privacy.sealing import SealError, customer_key, seal, unseal

KEY, OTHER = bytes(range(32)), bytes(32)
TEXT = '="3515",张三,13900000000'


def test_a_sealed_text_opens_again_and_shows_nothing() -> None:
    sealed = seal(TEXT, KEY, "2026-05", context="export 1, line 7")

    assert unseal(sealed, {"2026-05": KEY}, context="export 1, line 7") == TEXT
    assert sealed.startswith("sk1:2026-05:")
    assert "张三" not in sealed
    assert seal(TEXT, KEY, "2026-05") != seal(TEXT, KEY, "2026-05")


@pytest.mark.parametrize(
    ("keys", "context", "said"),
    [
        ({"b": KEY}, "line 7", "not at hand"),
        ({"a": OTHER}, "line 7", "does not open"),
        ({"a": KEY}, "line 8", "does not open"),
    ],
)
def test_another_key_or_another_row_does_not_open_it(keys: dict[str, bytes], context: str, said: str) -> None:
    sealed = seal(TEXT, KEY, "a", context="line 7")

    with pytest.raises(SealError, match=said):
        unseal(sealed, keys, context)


@pytest.mark.parametrize(
    "change", [lambda s: s[:-6] + "AAAA==", lambda s: "x" + s, lambda s: "", lambda s: "sk1:a:%%%"]
)
def test_a_changed_text_does_not_open(change: object) -> None:
    assert callable(change)
    with pytest.raises(SealError):
        unseal(change(seal(TEXT, KEY, "a")), {"a": KEY})


def test_keys_are_checked() -> None:
    with pytest.raises(ValueError, match="32 bytes, found 5"):
        seal(TEXT, b"short", "a")
    with pytest.raises(ValueError, match="key id"):
        seal(TEXT, KEY, "a:b")


def test_a_buyer_is_known_by_a_keyed_hash() -> None:
    known = customer_key("taobao", "小树", KEY)

    assert known == customer_key("taobao", " 小树 ", KEY)
    assert len(known) == 64
    # another shop, another key, another buyer: another hash; and no gluing of shop and buyer
    assert len({known, customer_key("jd", "小树", KEY), customer_key("taobao", "小树", OTHER)}) == 3
    assert customer_key("ab", "c", KEY) != customer_key("a", "bc", KEY)


def sealed_file(content: bytes, chunk: int = 16) -> bytes:
    out = io.BytesIO()
    seal_stream(io.BytesIO(content), out, KEY, "a", chunk_bytes=chunk)
    return out.getvalue()


@settings(max_examples=60, deadline=None)
@given(content=st.binary(max_size=200))
def test_a_stream_of_any_length_survives(content: bytes) -> None:
    sealed = sealed_file(content)

    assert b"".join(unseal_stream(io.BytesIO(sealed), {"a": KEY})) == content


@settings(max_examples=60, deadline=None)
@given(content=st.binary(max_size=100), at=st.integers(0, 110), size=st.integers(0, 110))
def test_a_stream_is_read_at_any_place(content: bytes, at: int, size: int) -> None:
    file, length = open_sealed(io.BytesIO(sealed_file(content)), {"a": KEY})

    assert length == len(content)
    assert file.seek(at) == at
    assert file.read(size) == content[at : at + size]
    assert file.seek(0, io.SEEK_END) == length


def test_a_stream_cut_off_is_not_opened_at_any_place() -> None:
    sealed = sealed_file(b"x" * 64)

    for cut in (1, 16, 25, 26, 33, 50, 75, 100):
        with pytest.raises(SealError):
            open_sealed(io.BytesIO(sealed[:-cut]), {"a": KEY})


def test_memory_is_bounded_by_the_chunk() -> None:
    content = os.urandom(1000)

    chunks = list(unseal_stream(io.BytesIO(sealed_file(content, chunk=64)), {"a": KEY}))

    assert max(map(len, chunks)) == 64
    assert b"".join(chunks) == content


@settings(max_examples=100, deadline=None)
@given(at=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_no_flipped_bit_goes_unnoticed(at: int, bit: int) -> None:
    sealed = bytearray(sealed_file(b"0123456789" * 10))
    sealed[at % len(sealed)] ^= 1 << bit

    with pytest.raises(SealError):
        b"".join(unseal_stream(io.BytesIO(bytes(sealed)), {"a": KEY}))


def test_chunks_cannot_be_cut_off_moved_or_repeated() -> None:
    sealed = sealed_file(bytes(range(64)))  # four chunks of 4 + 1 + 16 + 16 bytes
    head, chunks = sealed[:-148], [sealed[-148:][n : n + 37] for n in range(0, 148, 37)]

    for order in ([0, 1, 2], [0, 2, 1, 3], [0, 1, 1, 2, 3], [1, 2, 3], []):
        with pytest.raises(SealError):
            list(unseal_stream(io.BytesIO(head + b"".join(chunks[n] for n in order)), {"a": KEY}))


def test_a_file_that_was_sealed_before_files_were_packed_is_still_read() -> None:
    content = "订单号,金额\n3515,39.90\n".encode() * 4
    before = base64.b64decode(
        "U0tSQVcBAWEAAAAgrG3uIgCspHl8LJqgswNoLEfPBmXbGIVmTCyY5YLPdJXCw65ejbpLfssm0qw3pc5Ofe+eqVsFquqfdL1l49IHkMvch6f8h06g"
        "jl8p7a3b18MyLwCAEkKujaLdF6gygnwrHXQ8e6Uv1ESsPZWUtxiv7Sd91Dj9jiXMEvM2aCsn+awuKAQ/jhQ2r4gd/IHOsKe001st9X0nkl6dy5gA"
        "MiyMrHEackcTz8HTPJ9WFFkdgx3M9jgw+jvo"
    )  # by the code of then, chunks of 32 bytes

    assert b"".join(unseal_stream(io.BytesIO(before), {"a": KEY})) == content
    file, length = open_sealed(io.BytesIO(before), {"a": KEY})
    assert length == len(content)
    assert file.seek(40) == 40
    assert file.read() == content[40:]
    for cut in (1, 20, 48):
        with pytest.raises(SealError):
            open_sealed(io.BytesIO(before[:-cut]), {"a": KEY})


def test_exports_take_less_room_and_what_is_packed_already_no_more() -> None:
    export = "".join(f"35150000{n},白川里 升级加厚电热毯,39.90,2025-11-11 10:00:00\n" for n in range(5000)).encode()
    packed = os.urandom(100_000)

    assert len(sealed_file(export, chunk=1 << 20)) < len(export) / 4
    assert len(sealed_file(packed, chunk=1 << 20)) < len(packed) + 100


def test_what_is_appended_is_no_part_of_the_file() -> None:
    for more in (b"\0", b"\0\0\0\x20", bytes(40)):
        with pytest.raises(SealError):
            list(unseal_stream(io.BytesIO(sealed_file(b"x" * 20) + more), {"a": KEY}))
