"""The endpoint as a server: ``python -m connector``.

Without a token it answers only to the names of this machine: a web page that has its
own name point here (DNS rebinding) is turned away by the name it asks for.
ALLOWED_HOSTS and CONNECTOR_TOKEN lift that.
"""

import os

import uvicorn
from dotenv import load_dotenv

from .endpoint import LOCAL_NAMES, Endpoint


def main() -> None:
    """Serves until it is told to stop."""
    load_dotenv()
    environment = dict(os.environ)
    if not environment.get("CONNECTOR_TOKEN") and not environment.get("ALLOWED_HOSTS"):
        environment["ALLOWED_HOSTS"] = ",".join(LOCAL_NAMES)
    uvicorn.run(
        Endpoint(environment),
        host=environment.get("HOST") or "127.0.0.1",
        port=int(environment.get("PORT") or 3000),
        lifespan="off",
        access_log=False,
    )


if __name__ == "__main__":
    main()
