"""A real server on this machine that answers as CKAN and Overpass do, well and badly.

The answers of ``package_show`` have the members that CKAN 2.9 gives a public portal; names and
addresses are like those of dati.comune.milano.it.
"""

from __future__ import annotations

import hashlib
import json
import re
import socket
import ssl
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

LOGIN_PAGE = b"<!DOCTYPE html>\n<html><head><title>Accedi</title></head><body>login</body></html>"
OK = 200
# A server that is slow, which is what some tests are about.
PAUSE = threading.Event()
MODIFIED = 1_790_000_000


@dataclass
class Answer:
    """What the server sends once."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    # Of the body, this many bytes are sent, and then the line is cut.
    cut_after: int | None = None
    # Before the headers; between two pieces of the body.
    silence_s: float = 0.0
    piece: int = 1 << 16
    between_s: float = 0.0
    # Whether the server knows conditional requests and ranges of this file.
    plain: bool = False
    etag: str | None = None
    length: bool = True
    chunked: bool = False


@dataclass
class OpenDataServer:
    """Its answers by path, and what it was asked."""

    base: str = ""
    files: dict[str, list[Answer]] = field(default_factory=dict)
    packages: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[tuple[str, str, dict[str, str], bytes, float]] = field(default_factory=list)

    def put(self, path: str, *answers: Answer) -> str:
        """Give a path its answers, in order; the last one stays. Returns the address."""
        self.files[path] = list(answers)
        return self.base + path

    def file(self, path: str, body: bytes, content_type: str = "text/csv") -> str:
        """Give a path a file that is served as it should be."""
        return self.put(path, Answer(body=body, headers={"Content-Type": content_type}))

    def package(self, name: str, *resources: dict[str, Any]) -> None:
        """Give the portal a dataset."""
        self.packages[name] = {
            "author": "Comune di Milano",
            "creator_user_id": "b4dfd06e-1b5c-4a34-8f79-1f9d38c7d6f0",
            "id": hashlib.sha256(name.encode()).hexdigest(),
            "isopen": True,
            "license_id": "cc-by",
            "license_title": "Creative Commons Attribution",
            "metadata_modified": "2026-05-08T09:12:44.120351",
            "name": name,
            "num_resources": len(resources),
            "organization": {"name": "comune-di-milano", "title": "Comune di Milano"},
            "private": False,
            "resources": list(resources),
            "state": "active",
            "title": name.replace("-", " "),
            "type": "dataset",
        }

    def resource(
        self,
        path: str,
        kind: str,
        modified: str | None = "2026-09-01T08:30:00.000000",
        **more: Any,
    ) -> dict[str, Any]:
        """Return how CKAN lists a file."""
        return {
            "cache_last_updated": None,
            "created": "2019-08-05T12:13:29.171875",
            "datastore_active": False,
            "description": "",
            "format": kind,
            "hash": "",
            "id": hashlib.sha256(path.encode()).hexdigest(),
            "last_modified": modified,
            "mimetype": None,
            "name": path.rpartition("/")[2],
            "position": 0,
            "resource_type": None,
            "size": None,
            "state": "active",
            "url": self.base + path,
            "url_type": "upload",
            **more,
        }

    def requests_of(self, path: str) -> list[dict[str, str]]:
        """Return the headers with which a path was asked for."""
        return [headers for _, url, headers, _, _ in self.asked if urlsplit(url).path == path]

    def answer(self, path: str, query: str) -> Answer:
        """Return what to send for a path."""
        if path in self.files:
            waiting = self.files[path]
            return waiting.pop(0) if len(waiting) > 1 else waiting[0]
        said = parse_qs(query)
        if path == "/api/3/action/package_show":
            package = self.packages.get(said["id"][0])
            if package is None:
                error = {"__type": "Not Found Error", "message": "Not found"}
                return _json({"success": False, "error": error}, status=404)
            return _json({"success": True, "result": package})
        if path == "/api/3/action/package_search":
            begin = said["q"][0].removeprefix("name:").rstrip("*")
            found = [one for name, one in self.packages.items() if name.startswith(begin)]
            return _json({"success": True, "result": {"count": len(found), "results": found}})
        return Answer(status=404, body=b"<html>404</html>", headers={"Content-Type": "text/html"})


def _json(said: dict[str, Any], *, status: int = 200) -> Answer:
    said = {"help": "https://dati.comune.milano.it/api/3/action/help_show?name=x", **said}
    return Answer(
        status=status,
        body=json.dumps(said).encode(),
        headers={"Content-Type": "application/json;charset=utf-8"},
        plain=True,
    )


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    told: OpenDataServer

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        self._serve(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def do_GET(self) -> None:
        self._serve(b"")

    def _serve(self, sent: bytes) -> None:
        self.told.asked.append(
            (self.command, self.path, dict(self.headers), sent, time.monotonic())
        )
        parts = urlsplit(self.path)
        answer = self.told.answer(parts.path, parts.query)
        PAUSE.wait(answer.silence_s)
        status, body, headers = self._conditional(answer)
        if answer.chunked:
            headers["Transfer-Encoding"] = "chunked"
        elif answer.length:
            headers["Content-Length"] = str(len(body))
        else:
            headers["Connection"] = "close"
        self.close_connection = not answer.length
        try:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self._send(answer, body)
        except OSError:
            self.close_connection = True

    def _send(self, answer: Answer, body: bytes) -> None:
        part = body if answer.cut_after is None else body[: answer.cut_after]
        for start in range(0, len(part), answer.piece):
            piece = part[start : start + answer.piece]
            framed = b"%x\r\n%b\r\n" % (len(piece), piece)
            self.wfile.write(framed if answer.chunked else piece)
            PAUSE.wait(answer.between_s)
        if answer.cut_after is not None:
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
        elif answer.chunked:
            self.wfile.write(b"0\r\n\r\n")

    def _conditional(self, answer: Answer) -> tuple[int, bytes, dict[str, str]]:
        """Answer to conditions and ranges, as a server of files does."""
        status, body, headers = answer.status, answer.body, dict(answer.headers)
        if status != OK or answer.plain:
            return status, body, headers
        etag = answer.etag or f'"{hashlib.sha256(body).hexdigest()}"'
        headers |= {"ETag": etag, "Last-Modified": formatdate(MODIFIED, usegmt=True)}
        if self.headers.get("If-None-Match") == etag:
            return 304, b"", headers
        ranged = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if not ranged or self.headers.get("If-Range") != etag:
            return status, body, headers
        start, whole = int(ranged[1]), len(body)
        if start >= whole:
            return 416, b"", headers
        headers["Content-Range"] = f"bytes {start}-{whole - 1}/{whole}"
        return 206, body[start:], headers


@contextmanager
def open_data_server(*, certificate: Path | None = None) -> Iterator[OpenDataServer]:
    """Start a server, and stop it; with a certificate (and its key) it is encrypted."""
    told = OpenDataServer()
    handler: Callable[..., BaseHTTPRequestHandler] = type("Handler", (_Handler,), {"told": told})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    # A client that hangs up is what many tests are about.
    server.handle_error = lambda *_: None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    scheme = "http" if certificate is None else "https"
    told.base = f"{scheme}://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()
