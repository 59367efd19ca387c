"""A receiver of MCPoverflow webhooks on Python 3.9 or newer. It prints every verified event.

    python3 -m venv .venv && .venv/bin/pip install -r requirements.txt
    WEBHOOK_SECRET=whsec_... PORT=9000 .venv/bin/python receiver.py

It listens on loopback: in production a proxy in front of it speaks https.
"""

import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks import Webhook, WebhookVerificationError

# Far more than any call has.
MAX_BODY_BYTES = 256 * 1024
port = int(os.environ.get("PORT", "9000"))
webhook = Webhook(os.environ.get("WEBHOOK_SECRET", ""))


def is_ours(body: bytes, headers: dict[str, str]) -> bool:
    """Whether the call is ours, unchanged and not older than five minutes.

    `body` is what came, byte by byte: parsed and printed again it is another.
    """
    try:
        webhook.verify(body, headers)
    except (WebhookVerificationError, ValueError):  # ValueError: a header or body that cannot be read at all
        return False
    return True


class Receiver(BaseHTTPRequestHandler):
    timeout = 15

    def do_POST(self) -> None:
        length = self.headers.get("content-length", "")
        if not length.isdecimal():
            return self.answer(411)
        if int(length) > MAX_BODY_BYTES:
            return self.answer(413)
        body = self.rfile.read(int(length))
        if not is_ours(body, dict(self.headers)):
            return self.answer(400)
        # Keep the event before the answer: after a 2xx it does not come again.
        print(self.headers["webhook-id"], body.decode(), flush=True)
        self.answer(204)

    def answer(self, status: int) -> None:
        self.send_response(status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """The events are the output."""


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", port), Receiver)
    print(f"Listening on http://127.0.0.1:{port}", flush=True)
    server.serve_forever()
