"""The variables that the connector was started with, and those of the file ``.env``."""

import os

from dotenv import load_dotenv


def read_environment() -> dict[str, str]:
    """All of them; what is set already stays, and a ``$`` in the file is a ``$``."""
    # Where it is started, as in the other languages: a .env further up is another's.
    load_dotenv(".env", interpolate=False)
    return dict(os.environ)
