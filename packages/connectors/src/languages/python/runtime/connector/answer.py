"""The API's response -> what the model reads.

JSON is shortened as JSON, never cut in its middle: lists and texts lose their tails
until it fits, and a note says so. Images and sound travel as such, other bytes as
base64 when they are few. GraphQL tells its refusals with status 200, so there
``errors`` counts as one.
"""

import re
from base64 import b64encode
from dataclasses import dataclass
from typing import Any

from mcp.types import (
    AudioContent,
    BlobResourceContents,
    CallToolResult,
    EmbeddedResource,
    ImageContent,
    TextContent,
)

from .charset import decoded
from .json_text import read_json, write_json
from .send import Received
from .text_length import cut, length_of

MAX_BINARY_BYTES = 1024 * 1024
"""Bytes of a binary answer that are handed on."""
MAX_ERROR_LENGTH = 4_000

_REQUEST_ID_HEADERS = [
    "x-request-id",
    "x-github-request-id",
    "request-id",
    "x-correlation-id",
    "cf-ray",
]


@dataclass(frozen=True)
class Answer:
    """The result, and a JSON answer as the model reads it, shortened or not."""

    result: CallToolResult
    is_json: bool = False
    json: Any = None


@dataclass(frozen=True)
class Reading:
    """How an answer is read; `graphql` when it is GraphQL's."""

    max_length: float
    missing_credentials: list[str]
    method: str
    graphql: bool = False


def told(*texts: str) -> CallToolResult:
    """A result of texts."""
    return CallToolResult(
        content=[TextContent(type="text", text=text) for text in texts]
    )


def failure(text: str) -> CallToolResult:
    """A result that tells the model what went wrong and what to do."""
    return CallToolResult(content=[TextContent(type="text", text=text)], is_error=True)


def answer_of(received: Received, reading: Reading) -> Answer:
    """What the model is told of the answer."""
    content_type = received.headers.get("content-type", "").lower()
    media_type = content_type.split(";")[0].strip()
    if not 200 <= received.status <= 299:
        return Answer(_refused(received, reading.missing_credentials))
    if not received.body:
        lines = [f"Done: {_status(received)}.", *_said_in_headers(received, reading)]
        return Answer(told("\n".join(lines)))
    if _is_text(media_type):
        text = decoded(received.body, content_type)
        return _text_answer(text, received.complete, reading)
    return Answer(_binary(received, media_type))


def _binary(received: Received, media_type: str) -> CallToolResult:
    if len(received.body) > MAX_BINARY_BYTES or not received.complete:
        return told(
            f"The API answered with more than {MAX_BINARY_BYTES} bytes "
            f"of {media_type}; they are not shown."
        )
    data = b64encode(received.body).decode()
    if media_type.startswith("image/"):
        image = ImageContent(type="image", data=data, mime_type=media_type)
        return CallToolResult(content=[image])
    if media_type.startswith("audio/"):
        audio = AudioContent(type="audio", data=data, mime_type=media_type)
        return CallToolResult(content=[audio])
    # The address of the answer can hold a key.
    blob = BlobResourceContents(
        uri=f"data:{media_type}", mime_type=media_type, blob=data
    )
    return CallToolResult(content=[EmbeddedResource(type="resource", resource=blob)])


def _status(received: Received) -> str:
    return f"{received.status} {received.reason}".rstrip()


def _said_in_headers(received: Received, reading: Reading) -> list[str]:
    """What an answer without a body says: where what it made is, and what is there.

    Of an address only the path is told: its query can hold a key.
    """
    wanted = "location"
    if reading.method in ("HEAD", "OPTIONS"):
        wanted += "|allow|content-(?:length|type)|etag|last-modified|x-.*"
    lines: list[str] = []
    for name in sorted({name.lower() for name in received.headers}):
        value = received.headers[name]
        if name == "location":
            address = "(?i)^(?:[a-z][a-z0-9+.-]*:)?//[^/?#]*|[?#].*$"
            value = re.sub(address, "", value)
        if re.fullmatch(wanted, name):
            lines.append(f"{name}: {value}")
    return lines


def _is_text(media_type: str) -> bool:
    kinds = "json|xml|yaml|x-yaml|javascript|x-www-form-urlencoded|x-ndjson|jsonl"
    return (
        media_type == ""
        or media_type.startswith("text/")
        or re.search(f"[/+]({kinds}|graphql)$", media_type) is not None
    )


def _refused(received: Received, missing_credentials: list[str]) -> CallToolResult:
    request_id = next(
        (
            received.headers[name]
            for name in _REQUEST_ID_HEADERS
            if name in received.headers
        ),
        None,
    )
    hint = ""
    if received.status in (401, 403) and missing_credentials:
        variables = ", ".join(missing_credentials)
        hint = f"The connector has no credentials: set {variables}."
    retry = received.headers.get("retry-after")
    content_type = received.headers.get("content-type", "")
    text = decoded(received.body[: MAX_ERROR_LENGTH * 4], content_type)
    lines = [
        f"The API answered {_status(received)}.",
        hint,
        "" if retry is None else f"It asks to wait: Retry-After {retry}.",
        "" if request_id is None else f"Request id: {request_id}.",
        cut(text.strip(), MAX_ERROR_LENGTH),
    ]
    return failure("\n".join(line for line in lines if line))


def _text_answer(text: str, complete: bool, reading: Reading) -> Answer:
    is_json, json = _parsed(text) if complete else (False, None)
    if reading.graphql and isinstance(json, dict):
        errors = json.get("errors")
        if isinstance(errors, list) and errors:
            told_errors = short_json(json, MAX_ERROR_LENGTH)
            return Answer(
                failure(f"The API refused the GraphQL operation.\n{told_errors}")
            )
    if complete and length_of(text) <= reading.max_length:
        return Answer(told(text), is_json, json)
    note = (
        "The answer was shortened; ask for less of it "
        "(a filter, a page, fewer fields) to see the rest."
    )
    if not is_json:
        return Answer(told(cut(text, reading.max_length), note))
    short = short_json(json, reading.max_length)
    return Answer(told(short, note), True, read_json(short))


def _parsed(text: str) -> tuple[bool, Any]:
    try:
        return True, read_json(text)
    except (ValueError, RecursionError):
        return False, None


def short_json(value: Any, max_length: float) -> str:
    """JSON of at most so many characters: lists and texts are halved until it fits."""
    items, characters = 256, 8192
    while items >= 1:
        text = write_json(_trimmed(value, items, characters, 0))
        if length_of(text) <= max_length:
            return text
        items //= 2
        characters = max(64, characters // 2)
    length = length_of(write_json(value))
    return write_json(f"An answer of {length} characters that cannot be shortened.")


def _trimmed(value: Any, items: int, characters: int, depth: int) -> Any:
    if isinstance(value, str):
        short = cut(value, characters)
        return value if short == value else f"{short}…"
    if not isinstance(value, dict | list):
        return value
    if depth > 32:
        return "…"
    if isinstance(value, list):
        return [_trimmed(item, items, characters, depth + 1) for item in value[:items]]
    # An object is a record more often than a list; it keeps four times as many
    # entries.
    return {
        name: _trimmed(item, items, characters, depth + 1)
        for name, item in list(value.items())[: items * 4]
    }
