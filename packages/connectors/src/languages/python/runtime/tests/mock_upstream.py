"""An API on this machine that answers as it is told and keeps what it was asked."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any


class MockUpstream:
    """Answers in order; the last answer stays."""

    def __init__(self, answers: list[dict[str, Any]]) -> None:
        self.answers = answers
        self.requests: list[dict[str, Any]] = []
        self.over = Event()
        self.url = ""

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Keeps the request and tells what it is answered with."""
        self.requests.append(request)
        return self.answers[min(len(self.requests), len(self.answers)) - 1]


@contextmanager
def mock_upstream(answers: list[dict[str, Any]]) -> Iterator[MockUpstream]:
    """A mock that listens on a free port until the block ends."""
    upstream = MockUpstream(answers)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def respond(self) -> None:
            length = int(self.headers.get("content-length", 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = upstream.answer(
                {
                    "method": self.command,
                    # `self.path` would have its leading slashes merged.
                    "target": self.requestline.split(" ")[1],
                    "headers": headers,
                    "body": self.rfile.read(length),
                }
            )
            if answer.get("hangs"):
                upstream.over.wait()
                self.close_connection = True
                return
            self.send_response_only(answer["status"])
            for name, value in answer.get("headers", {}).items():
                self.send_header(name, value.replace("{upstream}", upstream.url))
            body = _body(answer)
            if answer["status"] != 204:
                self.send_header("content-length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD" and answer["status"] != 204:
                self.wfile.write(body)

        def __getattr__(self, name: str) -> Any:
            # Every method is answered alike.
            if name.startswith("do_"):
                return self.respond
            raise AttributeError(name)

        def log_message(self, *_arguments: object) -> None:
            """Says nothing: the tests do."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    upstream.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield upstream
    finally:
        upstream.over.set()
        server.shutdown()
        server.server_close()


def _body(answer: dict[str, Any]) -> bytes:
    if "bodyBase64" in answer:
        return base64.b64decode(answer["bodyBase64"])
    return str(answer.get("body", "")).encode()
