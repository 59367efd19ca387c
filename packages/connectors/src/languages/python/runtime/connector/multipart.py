"""A multipart form, byte for byte as browsers write it (HTML, section 4.10.21.8)."""

import re
from dataclasses import dataclass
from secrets import token_hex

from .style import well_formed


@dataclass(frozen=True)
class Part:
    """A field; with a file name it is a file and has a media type."""

    name: str
    content: bytes
    filename: str | None = None
    media_type: str | None = None


def multipart(parts: list[Part]) -> tuple[bytes, str]:
    """The body and its media type, which tells the boundary."""
    boundary = f"----connector-{token_hex(16)}"
    written = [_head(part, boundary) + part.content + b"\r\n" for part in parts]
    body = b"".join(written) + f"--{boundary}--\r\n".encode()
    return body, f"multipart/form-data; boundary={boundary}"


def _head(part: Part, boundary: str) -> bytes:
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="{_escape(part.name)}"'
    )
    if part.filename is not None:
        # Whatever could end the line is no media type.
        given = part.media_type or ""
        is_printable = re.fullmatch("[\x20-\x7e]+", given) is not None
        media_type = given.lower() if is_printable else "application/octet-stream"
        head += f'; filename="{_escape(part.filename)}"\r\nContent-Type: {media_type}'
    return f"{head}\r\n\r\n".encode()


def _escape(name: str) -> str:
    escaped = re.sub("\r\n|\r|\n", "%0D%0A", well_formed(name))
    return escaped.replace('"', "%22")
