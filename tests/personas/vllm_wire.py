"""Between our client and a vLLM server: a relay to the real one that writes everything down, and one that says it again.

An exchange is a request (names of adapters without the part that is new with every process) and the bytes that the server
answered. Both can cut a line in the middle, and both count who hung up.
"""

from __future__ import annotations

import json
import re
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

FILE = Path(__file__).with_name("vllm_exchange.json")
_TOKEN = re.compile(r"\b[0-9a-f]{12}(?=-\d)")
_FOLDER = re.compile(r'"/[^"]*/([^"/]+)"')
BLANK = "x" * 12
Exchange = dict[str, Any]


class Wire:
    """A server of its own that answers from somewhere else. `seen`: requests; `left`: lines on which the client hung up."""

    def __init__(self) -> None:
        self.seen: list[Exchange] = []
        self.left = 0
        self.cut_after = 0  # events after which the line of the next stream breaks
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _any(self) -> None:
                size = int(self.headers.get("Content-Length", 0))
                outer._answer(self, self.rfile.read(size))
                self.close_connection = True

            do_GET = do_POST = _any

            def log_message(self, *_: Any) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def asked(self) -> list[Exchange]:
        """Bodies of the completions so far."""
        return [one["body"] for one in self.seen if one["path"] == "/v1/completions"]

    def _answer(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        exchange = {"method": handler.command, "path": handler.path, "body": json.loads(body) if body else None}
        self.seen.append(exchange)
        events, cut = 0, 0
        if exchange["path"] == "/v1/completions":
            cut, self.cut_after = self.cut_after, 0
        for piece in self.pieces(exchange, body, handler):
            events += piece.count(b"data: ")
            try:
                handler.wfile.write(piece)
            except OSError:
                self.left += 1
                return
            if cut and events >= cut:
                handler.connection.shutdown(socket.SHUT_RDWR)
                return

    def pieces(self, exchange: Exchange, body: bytes, handler: BaseHTTPRequestHandler) -> Any:
        raise NotImplementedError


def known(exchange: Exchange) -> str:
    """What of a request decides the answer."""
    body = {k: v for k, v in (exchange["body"] or {}).items() if k != "cache_salt"}
    text = json.dumps([exchange["method"], exchange["path"], body], sort_keys=True)
    return _FOLDER.sub(r'"\1"', _TOKEN.sub(BLANK, text))


def hung_up(line: socket.socket) -> bool:
    """Whether the other end goes away within seconds."""
    line.settimeout(5)
    try:
        return line.recv(1) == b""
    except ConnectionError:
        return True
    except TimeoutError:
        return False


class Recorder(Wire):
    """Relays to the server at `url`; `made` are the exchanges."""

    def __init__(self, url: str) -> None:
        self.made: list[Exchange] = []
        self._host, self._port = urlsplit(url).hostname, urlsplit(url).port
        super().__init__()

    def pieces(self, exchange: Exchange, body: bytes, handler: BaseHTTPRequestHandler) -> Any:
        got = b""
        with socket.create_connection((self._host, self._port)) as line:
            head = f"{handler.command} {handler.path} HTTP/1.1\r\nHost: {self._host}\r\nConnection: close\r\n"
            head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
            if key := handler.headers.get("Authorization"):
                head += f"Authorization: {key}\r\n"
            line.sendall(f"{head}\r\n".encode() + body)
            try:
                while piece := line.recv(65_536):
                    got += piece
                    yield piece
            finally:
                self.made.append({"asked": known(exchange), "answer": _TOKEN.sub(BLANK, got.decode())})


class Replay(Wire):
    """Says again what a recorder wrote down; each answer once, the last of several for ever. What nobody asked before is refused."""

    def __init__(self, made: list[Exchange]) -> None:
        self._made: dict[str, list[str]] = {}
        for one in made:
            self._made.setdefault(one["asked"], []).append(one["answer"])
        self._token = BLANK
        super().__init__()

    def pieces(self, exchange: Exchange, body: bytes, handler: BaseHTTPRequestHandler) -> Any:
        if found := _TOKEN.search(body.decode()):
            self._token = found[0]
        answers = self._made.get(known(exchange))
        if not answers:
            yield b"HTTP/1.1 418 Not recorded\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            return
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        for piece in re.split(r"(?<=\n\n\r\n)", answer.replace(BLANK, self._token)):
            threading.Event().wait(0.002)  # as a server that has to think
            yield piece.encode()
        if "text/event-stream" in answer and "[DONE]" not in answer:  # back then the client hung up here
            self.left += hung_up(handler.connection)
