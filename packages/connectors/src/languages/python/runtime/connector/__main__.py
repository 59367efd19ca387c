"""The endpoint as a server: ``python -m connector``.

Without a token it answers only to the names of this machine: a web page that has its
own name point here (DNS rebinding) is turned away by the name it asks for.
ALLOWED_HOSTS and CONNECTOR_TOKEN lift that.
"""

import socket

import uvicorn

from .endpoint import LOCAL_NAMES, Endpoint
from .environment import read_environment


def main() -> None:
    """Serves until it is told to stop."""
    environment = read_environment()
    if not environment.get("CONNECTOR_TOKEN") and not environment.get("ALLOWED_HOSTS"):
        environment["ALLOWED_HOSTS"] = ",".join(LOCAL_NAMES)
    host = environment.get("HOST") or "127.0.0.1"
    app = Endpoint(environment)
    listener = socket.create_server((host, int(environment.get("PORT") or 3000)))
    port = listener.getsockname()[1]
    print(f"MCP endpoint: http://127.0.0.1:{port}/mcp", flush=True)
    config = uvicorn.Config(app, lifespan="off", log_level="warning", access_log=False)
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
