"""Files over SFTP. The server must prove who it is: fsspec's own file system would trust whoever answers."""

import io
from collections.abc import Generator
from typing import Any

import paramiko
from fsspec.implementations.sftp import SFTPFileSystem

from include.files.locations.place import CHUNK_BYTES

TIMEOUT_SECONDS = 60.0
SSH_PORT = 22
REQUESTS_AHEAD = 64  # of 32 KiB


class SftpFiles(SFTPFileSystem):
    """host_key: the server's public key as in known_hosts ('ssh-ed25519 AAAA…'); known_hosts: a path of such a file,
    the user's own by default. no_host_key_check: believe whoever answers. private_key: an OpenSSH key as text."""

    lists_no_marks = False
    reads_one_content = False
    cachable = False  # a connection that was closed, or whose server started anew, must not be used again

    def __init__(
        self,
        host: str,
        port: int | None = None,
        username: str | None = None,
        password: str | None = None,
        private_key: str | None = None,
        passphrase: str | None = None,
        host_key: str | None = None,
        known_hosts: str | None = None,
        no_host_key_check: bool = False,
        timeout: float | None = None,
    ) -> None:
        self._port = port or SSH_PORT
        self._host_key = host_key
        self._known_hosts = known_hosts
        self._seconds = timeout or TIMEOUT_SECONDS
        about: dict[str, Any] = {"port": self._port, "username": username, "password": password}
        if private_key:
            about["pkey"] = _read_key(private_key, passphrase)
        if private_key or password:
            about |= {"look_for_keys": False, "allow_agent": False}
        super().__init__(host, host_key_policy="auto_add" if no_host_key_check else "reject", **about)

    def _connect(self) -> None:
        self.client = paramiko.SSHClient()
        if self._host_key:
            name = self.host if self._port == SSH_PORT else f"[{self.host}]:{self._port}"
            entry = paramiko.hostkeys.HostKeyEntry.from_line(f"{name} {self._host_key.strip()}")
            if entry is None or entry.key is None:
                raise paramiko.SSHException("host_key is no public key such as 'ssh-ed25519 AAAA…'")
            self.client.get_host_keys().add(name, entry.key.get_name(), entry.key)
        else:
            self.client.load_system_host_keys(self._known_hosts)
        self.client.set_missing_host_key_policy(self.host_key_policy)
        seconds = self._seconds
        self.client.connect(self.host, timeout=seconds, banner_timeout=seconds, auth_timeout=seconds, **self.ssh_kwargs)
        self.ftp = self.client.open_sftp()
        self.ftp.get_channel().settimeout(seconds)

    def chunks(self, path: str, unless: str | None = None) -> Generator[bytes, None, None]:
        """The whole file as it comes, some blocks asked for ahead."""
        with self.ftp.open(self._strip_protocol(path), "rb") as file:
            file.prefetch(max_concurrent_requests=REQUESTS_AHEAD)
            while chunk := file.read(CHUNK_BYTES):
                yield chunk

    def close(self) -> None:
        client = getattr(self, "client", None)
        if client is not None:
            client.close()


def _read_key(text: str, passphrase: str | None) -> paramiko.PKey:
    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        try:
            return kind.from_private_key(io.StringIO(text.strip() + "\n"), password=passphrase)
        except paramiko.PasswordRequiredException:
            raise
        except (paramiko.SSHException, ValueError):
            continue
    raise paramiko.SSHException("private_key is no OpenSSH key of a known kind, or its passphrase does not fit")
