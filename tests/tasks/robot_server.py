"""A server on this machine that answers as the group robots of DingTalk, WeCom and Feishu do, and one for mail.

All three robots answer HTTP 200 with the error in the body, take so many messages a minute, and refuse a wrong
signature.
A fault is what goes wrong with the next request, once: `reset` and `late` before or after the message was taken, `502`
likewise, or a refusal of the robot's own.
"""

import base64
import hashlib
import hmac
import json
import socket
import struct
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "t0ken-of-the-robot"
SECRET = "SEC0123456789"
LATE_SECONDS = 1.0  # longer than the sender waits
TOO_FAST = {
    "dingtalk": {"errcode": 130101, "errmsg": "send too fast, exceed 20 times per minute"},
    "wecom": {"errcode": 45009, "errmsg": "api freq out of limit"},
    "feishu": {"code": 11232, "msg": "frequency limited"},
}
NOT_SIGNED = {
    "dingtalk": {"errcode": 310000, "errmsg": "sign not match"},
    "wecom": {"errcode": 93000, "errmsg": "invalid webhook url"},
    "feishu": {"code": 19021, "msg": "sign match fail or timestamp is not within one hour from current time"},
}
TAKEN = {
    "dingtalk": {"errcode": 0, "errmsg": "ok"},
    "wecom": {"errcode": 0, "errmsg": "ok"},
    "feishu": {"code": 0, "msg": "success", "data": {}},
}
LONGEST = {"dingtalk": 20_000, "wecom": 20_000, "feishu": 20_480}  # bytes of a body
LONGEST_WECOM_MARKDOWN = 4_096  # bytes
A_MINUTE = {"dingtalk": 20, "wecom": 20, "feishu": 100}


@dataclass
class Robot:
    """taken: the messages that stand in the group, oldest first. seconds: the server's clock. faults: of the next
    requests, in turn."""

    make: str
    seconds: Callable[[], float]
    url: str = ""
    taken: list[dict[str, Any]] = field(default_factory=list)
    refused: list[dict[str, Any]] = field(default_factory=list)
    faults: deque[str] = field(default_factory=deque)
    _at: deque[float] = field(default_factory=deque)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, path: str, body: bytes) -> tuple[int, dict[str, Any]]:
        """(status, answer) to a request; a message that is taken is noted."""
        said = json.loads(body)
        with self._lock:
            answer = self._judged(path, body, said)
            if answer is None:
                self.taken.append(said)
                return 200, TAKEN[self.make]
            self.refused.append(answer)
            return 200, answer

    def _judged(self, path: str, body: bytes, said: dict[str, Any]) -> dict[str, Any] | None:
        if TOKEN not in path or not self._is_signed(path, said):
            return NOT_SIGNED[self.make]
        now = self.seconds()
        while self._at and now - self._at[0] >= 60:
            self._at.popleft()
        if len(self._at) >= A_MINUTE[self.make]:
            return TOO_FAST[self.make]
        self._at.append(now)
        if len(body) > LONGEST[self.make]:
            return {"errcode": 90030, "code": 9499, "msg": "too long"}
        content = said["markdown"]["content"] if self.make == "wecom" and said["msgtype"] == "markdown" else ""
        if len(content.encode()) > LONGEST_WECOM_MARKDOWN:
            return {"errcode": 40058, "errmsg": "markdown.content exceed max length 4096"}
        return None

    def _is_signed(self, path: str, said: dict[str, Any]) -> bool:
        if self.make == "dingtalk":
            query = parse_qs(urlsplit(path).query)
            stamp, found = query.get("timestamp", [""])[0], query.get("sign", [""])[0]
            return found == _hmac(SECRET, f"{stamp}\n{SECRET}")
        if self.make == "feishu":
            return bool(said.get("sign") == _hmac(f"{said.get('timestamp')}\n{SECRET}", ""))
        return True


def _hmac(key: str, message: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), message.encode(), hashlib.sha256).digest()).decode()


@contextmanager
def robot_server(robot: Robot) -> Iterator[Robot]:
    stop = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            fault = robot.faults.popleft() if robot.faults else ""
            if fault == "reset before":
                return self._reset()
            if fault == "502 before":
                return self._say(502, b"<html>Bad Gateway</html>")
            if fault == "busy":
                return self._say(200, json.dumps({"errcode": -1, "code": 9499, "errmsg": "busy"}).encode())
            if fault == "refused":
                return self._say(200, json.dumps(NOT_SIGNED[robot.make]).encode())
            status, answer = robot.answer(self.path, body)
            if fault == "reset after":
                return self._reset()
            if fault == "502 after":
                return self._say(502, b"<html>Bad Gateway</html>")
            if fault == "no code after":
                return self._say(200, b"<html>please log in</html>")
            if fault == "late after":
                stop.wait(LATE_SECONDS)
            return self._say(status, json.dumps(answer).encode())

        def _say(self, status: int, body: bytes) -> None:
            try:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                return  # the sender has given up, which is what some tests are about

        def _reset(self) -> None:
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.connection.close()

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    host = f"http://127.0.0.1:{server.server_address[1]}"
    robot.url = f"{host}/robot/send?access_token={TOKEN}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield robot
    finally:
        stop.set()
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class MailServer:
    """messages: in the box, by their Message-ID's order. faults: of the next messages, in turn: `lost after`,
    `lost before`, `busy`, `refused`."""

    port: int = 0
    messages: list[bytes] = field(default_factory=list)
    faults: deque[str] = field(default_factory=deque)

    def talk(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rwb") as stream:

            def say(line: str) -> None:
                stream.write(line.encode() + b"\r\n")
                stream.flush()

            say("220 hello")
            while line := stream.readline():
                command = line.split()[0].decode().upper()
                if command != "DATA":
                    say("221 bye" if command == "QUIT" else "250 fine")
                    continue
                say("354 go on")
                message = b""
                while (part := stream.readline()) != b".\r\n":
                    message += part
                fault = self.faults.popleft() if self.faults else ""
                if fault == "lost before":
                    return
                if fault in ("busy", "refused"):
                    say("451 later" if fault == "busy" else "554 spam")
                    continue
                self.messages.append(message)
                if fault == "lost after":
                    return
                say("250 taken")
