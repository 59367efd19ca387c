"""Sends a request and keeps it in bounds.

There is a time-out over everything, redirects are followed to the same origin only
(credentials must not follow one elsewhere), and an API that is busy is asked again.
"""

import asyncio
import re
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import cache
from ssl import SSLContext

import httpx2

MAX_REDIRECTS = 3
MAX_RETRIES = 2
MAX_WAIT_SECONDS = 5
"""Longer waits are the model's business: it is told the status and can try later."""
MAX_BODY_BYTES = 8 * 1024 * 1024
"""Bytes read from an answer; what follows is never loaded."""


class RefusedRedirectError(Exception):
    """The API answered with a redirect to another host, or with too many of them."""


@dataclass(frozen=True)
class Received:
    """An answer that was read to its end, or to the limit."""

    status: int
    reason: str
    headers: httpx2.Headers
    body: bytes
    complete: bool


class Upstream:
    """The HTTP client; connections are kept as long as its event loop runs."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._client: httpx2.AsyncClient | None = None

    async def send(self, request: httpx2.Request, timeout_ms: float) -> Received:
        """The API's answer after redirects and retries.

        Raises TimeoutError, RefusedRedirectError and what the client raises.
        """
        async with asyncio.timeout(timeout_ms / 1000):
            attempt = 0
            while True:
                received = await self._follow(request)
                wait = _wait_before_retry(received) if attempt < MAX_RETRIES else None
                if wait is None:
                    return received
                await asyncio.sleep(wait)
                attempt += 1

    async def _follow(self, request: httpx2.Request) -> Received:
        hop = 0
        while True:
            if request.url.userinfo:
                raise httpx2.InvalidURL("A password in an address is not sent.")
            response = await self._open().send(request, stream=True)
            try:
                location = response.headers.get("location")
                if not 300 <= response.status_code <= 399 or location is None:
                    return await _read(response)
            finally:
                await response.aclose()
            target = request.url.join(location)
            if _origin(target) != _origin(request.url):
                raise RefusedRedirectError(_elsewhere(request.url, target))
            if hop >= MAX_REDIRECTS:
                raise RefusedRedirectError("The API redirects too often.")
            request = _redirected(request, response.status_code, target)
            hop += 1

    def _open(self) -> httpx2.AsyncClient:
        loop = asyncio.get_running_loop()
        if self._client is None or self._loop is not loop:
            # Neither proxies nor .netrc of whoever runs this: the variables say it all.
            self._client = httpx2.AsyncClient(
                verify=_trusted(), timeout=None, trust_env=False
            )
            self._loop = loop
        return self._client


@cache
def _trusted() -> SSLContext:
    """The certificates of this machine; reading them takes longer than a call."""
    return httpx2.create_ssl_context(trust_env=False)


async def _read(response: httpx2.Response) -> Received:
    body = bytearray()
    complete = True
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            complete = False
            break
    reason = response.reason_phrase
    return Received(
        response.status_code, reason, response.headers, bytes(body), complete
    )


def _origin(url: httpx2.URL) -> tuple[str, str, int | None]:
    standard = {"http": 80, "https": 443}.get(url.scheme)
    return url.scheme, url.host, url.port or standard


def _elsewhere(url: httpx2.URL, target: httpx2.URL) -> str:
    host = target.netloc.decode("ascii")
    if target.host != url.host or target.scheme == url.scheme:
        return f"The API redirects to another host ({host}); that is not followed."
    return (
        f"The API redirects to {target.scheme}; that is not followed. The variable "
        f"BASE_URL of this connector should begin with {target.scheme}://{host}."
    )


def _redirected(
    request: httpx2.Request, status: int, target: httpx2.URL
) -> httpx2.Request:
    """303 asks to read elsewhere.

    After 301 and 302 only a POST becomes a GET, as it always was (RFC 9110, section
    15.4).
    """
    if status == 303:
        keeps = request.method in ("GET", "HEAD")
    else:
        keeps = request.method != "POST" or status not in (301, 302)
    of_connection = {b"host", b"content-length", b"transfer-encoding"}
    dropped = of_connection if keeps else of_connection | {b"content-type"}
    return httpx2.Request(
        request.method if keeps else "GET",
        target,
        headers=[
            (name, value)
            for name, value in request.headers.raw
            if name.lower() not in dropped
        ],
        content=request.content or None if keeps else None,
    )


def _wait_before_retry(received: Received) -> float | None:
    """Seconds to wait when the API says "later" and names a short time."""
    if received.status not in (429, 503):
        return None
    after = received.headers.get("retry-after", "").strip()
    if re.fullmatch("[0-9]{1,9}", after):
        wait = float(after)
    else:
        wait = _until(after, received.headers.get("date", ""))
    return wait if 0 <= wait <= MAX_WAIT_SECONDS else None


def _until(after: str, now: str) -> float:
    """By the API's own clock, because ours may differ."""
    try:
        span = parsedate_to_datetime(after) - parsedate_to_datetime(now)
    except (TypeError, ValueError):
        return -1
    return span.total_seconds()
