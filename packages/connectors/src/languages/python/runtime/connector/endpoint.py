"""The MCP endpoint over HTTP, stateless, at every path, as an ASGI application.

Set CONNECTOR_TOKEN before you deploy: without it whoever knows the address can use
the API with your credentials. Browser pages are refused unless ALLOWED_ORIGINS names
their host, which also stops DNS rebinding against a server on your own machine;
ALLOWED_HOSTS narrows the names it answers to.
"""

from collections.abc import Mapping
from hmac import compare_digest
from urllib.parse import urlsplit

from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from .catalogue import Catalogue
from .operation import load_connector
from .server import create_server
from .settings import Settings, read_settings

MAX_REQUEST_BYTES = 16 * 1024 * 1024
"""A call may carry files as base64."""

LOCAL_NAMES = ["localhost", "127.0.0.1", "[::1]"]


class Endpoint:
    """The application with these variables."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        catalogue = Catalogue(load_connector())
        self._settings = read_settings(environment, catalogue.api)
        self._server = create_server(catalogue, self._settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            # Servers that offer more take this for "not supported".
            raise NotImplementedError(f"Only HTTP is served, not {scope['type']}.")
        refusal = _refusal(Request(scope), self._settings)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        # One for each request: functions have no moment to start and stop it.
        manager = StreamableHTTPSessionManager(
            self._server,
            json_response=True,
            stateless=True,
            max_request_body_size=MAX_REQUEST_BYTES,
        )
        async with manager.run():
            await manager.handle_request(scope, receive, send)


def _refusal(request: Request, settings: Settings) -> Response | None:
    headers = request.headers
    origin, host = headers.get("origin"), headers.get("host", "")
    allowed_origins = [*LOCAL_NAMES, *settings.allowed_origins]
    if origin and _host_name(origin) not in allowed_origins:
        return _rpc_error(403, f"Invalid Origin: {origin}")
    hosts = settings.allowed_hosts
    if hosts and _host_name(f"//{host}") not in hosts:
        return _rpc_error(403, f"Invalid Host: {host}")
    if not _is_authorized(headers.get("authorization", ""), settings.connector_token):
        return Response(
            "This connector needs its token.", 401, {"WWW-Authenticate": "Bearer"}
        )
    if request.method != "POST":
        return _rpc_error(405, "Method not allowed.", {"Allow": "POST"})
    return None


def _is_authorized(given: str, token: str | None) -> bool:
    return token is None or compare_digest(given.encode(), f"Bearer {token}".encode())


def _host_name(url: str) -> str | None:
    """The host's name without its port; IPv6 addresses keep their brackets."""
    try:
        name = urlsplit(url).hostname
    except ValueError:
        return None
    return f"[{name}]" if name and ":" in name else name


def _rpc_error(
    status: int, message: str, headers: dict[str, str] | None = None
) -> Response:
    error = {"code": -32000, "message": message}
    content = {"jsonrpc": "2.0", "error": error, "id": None}
    return JSONResponse(content, status, headers)
