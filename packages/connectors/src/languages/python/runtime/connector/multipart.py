"""A multipart form as browsers write it, but with media types for what is no file.

The standard forms make a file of every part that has one (RFC 7578, section 4).
"""

import re
from dataclasses import dataclass
from secrets import token_hex

from .style import well_formed


@dataclass(frozen=True)
class Part:
    """A field of the form."""

    name: str
    content: bytes
    media_type: str | None = None
    is_file: bool = False
    is_json: bool = False


def multipart(parts: list[Part], media_type: str) -> tuple[bytes, str]:
    """The body and its media type, which tells the boundary."""
    boundary = f"----connector-{token_hex(16)}"
    written = [
        f"--{boundary}\r\n{_head(part)}\r\n\r\n".encode() + part.content + b"\r\n"
        for part in parts
    ]
    body = b"".join(written) + f"--{boundary}--\r\n".encode()
    return body, f"{media_type}; boundary={boundary}"


def _head(part: Part) -> str:
    name = re.sub("\r\n|\r|\n", "%0D%0A", well_formed(part.name)).replace('"', "%22")
    head = f'Content-Disposition: form-data; name="{name}"'
    media_type = _printable(part.media_type)
    if part.is_file:
        head += f'; filename="{name}"'
        media_type = media_type or "application/octet-stream"
    elif part.is_json:
        media_type = media_type or "application/json"
    return head if media_type is None else f"{head}\r\nContent-Type: {media_type}"


def _printable(media_type: str | None) -> str | None:
    """Whatever could end the line is no media type."""
    is_printable = re.fullmatch("[\x20-\x7e]+", media_type or "") is not None
    return media_type if is_printable else None
