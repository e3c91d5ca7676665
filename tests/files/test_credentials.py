"""A connection's parts as a file system's options."""

import pytest

from include.files.locations.credentials import StorageOptions, storage_options
from include.files.locations.locations import redacted_url


def test_sftp_takes_the_server_from_the_address_or_from_the_connection() -> None:
    options = storage_options(
        "sftp:///exports/{day}", host="ftp.example.cn", port=2222, login="shop", password="pw",
        extra={"host_key": "ssh-ed25519 AAAA", "no_host_key_check": "false"},
    )  # fmt: skip

    assert dict(options) == {
        "host": "ftp.example.cn", "port": 2222, "username": "shop", "password": "pw", "host_key": "ssh-ed25519 AAAA",
    }  # fmt: skip
    assert storage_options("sftp://a.cn:22/x", port=2222, login="shop")["port"] == 22


def test_s3_and_oss() -> None:
    assert dict(storage_options("s3://bucket/{day}", login="id", password="key")) == {
        "access_key": "id", "secret_key": "key",
    }  # fmt: skip
    oss = storage_options("oss://bucket/{day}", host="oss-cn-hangzhou.aliyuncs.com", login="id", password="key")
    assert (oss["endpoint_url"], oss["addressing_style"]) == ("oss-cn-hangzhou.aliyuncs.com", "virtual")
    with pytest.raises(ValueError, match="endpoint_url"):
        storage_options("oss://bucket/{day}", login="id", password="key")


def test_http_by_login_by_token_and_by_header() -> None:
    assert dict(storage_options("https://a.cn/{day}/", login="me", password="pw")) == {
        "username": "me", "password": "pw",
    }  # fmt: skip
    assert storage_options("https://a.cn/{day}/", password="tok")["headers"] == {"Authorization": "Bearer tok"}
    assert storage_options("https://a.cn/x", extra={"headers": {"X-Key": "1"}})["headers"] == {"X-Key": "1"}


def test_credentials_do_not_go_where_they_were_not_given_for() -> None:
    with pytest.raises(ValueError, match=r"evil\.cn, its connection is for a\.cn"):
        storage_options("https://evil.cn/{day}/", host="a.cn", login="me", password="pw")
    with pytest.raises(ValueError, match="use https"):
        storage_options("http://a.cn/{day}/", login="me", password="pw")
    with pytest.raises(ValueError, match=r"a\.cn, its connection is for b\.cn"):
        storage_options("sftp://a.cn/x", host="b.cn")


def test_a_typo_in_the_extra_is_said_without_its_value() -> None:
    with pytest.raises(ValueError, match="privat_key") as caught:
        storage_options("sftp://a.cn/x", extra={"privat_key": "SECRET"})
    assert "SECRET" not in str(caught.value)


def test_other_protocols_take_the_parts_as_they_are() -> None:
    assert dict(storage_options("ftp:///x/{day}", host="a.cn", login="me", extra={"timeout": 5})) == {
        "host": "a.cn", "username": "me", "timeout": 5,
    }  # fmt: skip


def test_printing_shows_no_secret() -> None:
    options = StorageOptions(host="a.cn", password="hunter22", headers={"Authorization": "Bearer tok99"})

    assert repr(options) == f"{options}" == "StorageOptions(host='a.cn', password=***, headers=***)"
    assert options.without_secrets("no hunter22, no tok99, but a.cn") == "no ***, no ***, but a.cn"


def test_an_address_is_told_without_user_and_query() -> None:
    assert redacted_url("https://me:pw@a.cn/x/y.csv?sign=abc#z") == "https://a.cn/x/y.csv"
    assert redacted_url("/srv/exports") == "/srv/exports"
