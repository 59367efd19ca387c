"""Builds requests as a Python connector does, for a test that compares the languages.

Each line of the input asks for one with an operation, arguments, api and variables;
each line of the output tells what would be sent, or why nothing would.
"""

import base64
import json
import sys

sys.path.insert(0, sys.argv[1])

from connector.request import UnusableArgumentsError, build_request
from connector.settings import read_settings


def answer(asked: dict) -> dict:
    settings = read_settings(asked["environment"], asked["api"])
    try:
        built = build_request(
            asked["operation"], asked["arguments"], asked["api"], settings
        )
    except UnusableArgumentsError as error:
        return {"refused": str(error)}
    except ValueError:
        return {"refused": "unsendable"}
    request = built.request
    return {
        "method": request.method,
        "url": str(request.url),
        "headers": {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in request.headers.raw
            if name.lower() not in (b"host", b"content-length", b"accept-encoding")
        },
        "body": base64.b64encode(request.content).decode(),
        "missing": built.missing_credentials,
    }


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))))
