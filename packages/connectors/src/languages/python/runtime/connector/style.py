"""Writes one parameter in OpenAPI's styles (specification 3.1.1, "Style Values").

Every value is percent-encoded by itself before the style's own separators are put
between, so that no value can add a path segment, a parameter or a header. What RFC
6570 calls undefined (null, an empty list, an empty object) is not written at all.
"""

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from .json_text import write_json
from .operation import Style

type Pair = tuple[str, str]

# What `allowReserved` leaves alone: the reserved characters that a path segment or a
# query value can hold (RFC 3986, section 3).
_RESERVED_IN_PATH = ":@!$&'()*+,;="
_RESERVED_IN_QUERY = ":/?@!$'()*,;="
_SEPARATORS = {"spaceDelimited": "%20", "pipeDelimited": "%7C"}


def encode(text: str, kept: str = "") -> str:
    """Percent-encodes all but unreserved characters and those to be kept."""
    return quote(well_formed(text), safe=kept)


def well_formed(text: str) -> str:
    """The text without halves of surrogate pairs, which UTF-8 cannot hold."""
    return re.sub("[\ud800-\udfff]", "\ufffd", text)


def to_text(value: Any) -> str:
    """A text as it is; anything else as JSON."""
    return value if isinstance(value, str) else write_json(value)


def entries(value: dict[str, Any] | list[Any]) -> Iterable[tuple[str, Any]]:
    """The members of an object, or the items of a list by their position."""
    if isinstance(value, dict):
        return value.items()
    return ((str(index), item) for index, item in enumerate(value))


def _defined(value: Any) -> Any:
    """The value without what is undefined in it; None when nothing is left."""
    if isinstance(value, list):
        return [item for item in value if item is not None] or None
    if isinstance(value, dict):
        return {name: item for name, item in value.items() if item is not None} or None
    return value


def path_text(
    name: str, given: Any, style: Style, explode: bool, allow_reserved: bool = False
) -> str:
    """A path parameter in the styles simple, label and matrix."""
    value = _defined(given)
    if value is None:
        return ""

    def one(item: Any) -> str:
        return encode(to_text(item), _RESERVED_IN_PATH if allow_reserved else "")

    prefix = {"label": ".", "matrix": ";"}.get(style, "")
    key = encode(name)
    if isinstance(value, list):
        items = [one(item) for item in value]
        if style != "matrix":
            separator = "." if style == "label" and explode else ","
            return prefix + separator.join(items)
        if explode:
            return "".join(f";{key}={item}" for item in items)
        return f";{key}={','.join(items)}"
    if isinstance(value, dict):
        members = [(encode(member), one(item)) for member, item in value.items()]
        if explode:
            return prefix + (prefix or ",").join(f"{m}={item}" for m, item in members)
        flat = ",".join(part for member in members for part in member)
        return f";{key}={flat}" if style == "matrix" else prefix + flat
    text = one(value)
    if style == "matrix":
        return f";{key}={text}" if text else f";{key}"
    return prefix + text


def header_text(given: Any, explode: bool) -> str | None:
    """A header's value in the style simple; None when there is none.

    Line breaks would end the header: they become blanks.
    """
    value = _defined(given)
    if value is None:
        return None
    if isinstance(value, list):
        flat = ",".join(map(to_text, value))
    elif isinstance(value, dict):
        equals = "=" if explode else ","
        flat = ",".join(
            f"{name}{equals}{to_text(item)}" for name, item in value.items()
        )
    else:
        flat = to_text(value)
    # Headers carry printable bytes: the rest travels percent-encoded.
    return re.sub(
        "[^\t\x20-\x7e\x80-\xff]",
        lambda character: encode(character[0]),
        re.sub("[\r\n\0]+", " ", flat),
    )


def pairs(
    name: str, given: Any, style: Style, explode: bool, allow_reserved: bool = False
) -> list[Pair]:
    """Encoded pairs of a query, cookie or form field."""
    value = _defined(given)
    if value is None:
        return []

    def one(item: Any) -> str:
        return encode(to_text(item), _RESERVED_IN_QUERY if allow_reserved else "")

    def deep(key: str, nested: dict[str, Any] | list[Any]) -> Iterable[Pair]:
        # `filter[name]=x`, with its brackets escaped because a query must not hold
        # them; deeper levels continue them, as APIs with this style expect.
        for member, item in entries(nested):
            deeper = f"{key}%5B{encode(member)}%5D"
            if isinstance(item, dict | list):
                yield from deep(deeper, item)
            elif item is not None:
                yield deeper, one(item)

    key = encode(name)
    separator = _SEPARATORS.get(style, ",")
    if style == "deepObject" and isinstance(value, dict | list):
        return list(deep(key, value))
    if isinstance(value, list):
        if explode and style == "form":
            return [(key, one(item)) for item in value]
        return [(key, separator.join(map(one, value)))]
    if isinstance(value, dict):
        members = [(encode(member), one(item)) for member, item in value.items()]
        if explode:
            return members
        return [(key, separator.join(part for member in members for part in member))]
    return [(key, one(value))]
