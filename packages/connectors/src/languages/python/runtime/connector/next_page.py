"""How to go on when an answer is one page of several.

Its `Link` header says where the next one is (RFC 8288). The link becomes arguments of
the same tool, because that is what a model can call; what stands in it beside them,
such as a key, is not told.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from .json_text import write_json
from .operation import Operation
from .style import to_text

_LINKS = re.compile(
    r'<([^>]*)>((?:\s*;\s*[^\s,;="]+(?:\s*=\s*(?:"[^"]*"|[^\s,;"]*))?)*)'
)
_NEXT = re.compile(
    r';\s*rel\s*=\s*(?:next\s*(?:;|$)|"(?:[^"]*\s)?next(?:\s[^"]*)?")', re.IGNORECASE
)


def next_page(
    header: str, operation: Operation, arguments: Mapping[str, Any]
) -> str | None:
    """A sentence with the arguments of the next page; None when none leads to it."""
    targets = [link[1] for link in _LINKS.finditer(header) if _NEXT.search(link[2])]
    target = targets[0].split("#")[0].split("?") if targets else []
    query = parse_qs(target[1], keep_blank_values=True) if len(target) > 1 else {}
    properties = operation["inputSchema"].get("properties", {})
    told: dict[str, str | None] = {}
    for parameter in operation["parameters"]:
        if parameter["in"] != "query":
            continue
        argument = parameter["argument"]
        name = parameter.get("name", argument)
        schema = properties.get(argument)
        is_deep = parameter.get("style") == "deepObject" and isinstance(schema, dict)
        members = schema.get("properties", {}) if is_deep else {}
        told[argument] = _joined(
            {
                key: _written(query.get(f"{name}[{key}]"), members[key])
                for key in members
            }
        )
        values = query.get(name)
        is_given = argument in arguments and values == [to_text(arguments[argument])]
        if told[argument] is None and not is_given:
            told[argument] = _written(values, schema)
    more = _joined(told)
    if more is None:
        return None
    return f"There is a next page. Call this again with the same arguments and {more}."


def _written(values: list[str] | None, schema: Any) -> str | None:
    """JSON of the one value that the link has for a schema of one value."""
    kinds = _kinds(schema)
    if values is None or len(values) != 1 or "array" in kinds or "object" in kinds:
        return None
    is_number = (
        re.fullmatch("[0-9]{1,15}", values[0]) is not None
        and ("integer" in kinds or "number" in kinds)
        and "string" not in kinds
    )
    return write_json(int(values[0]) if is_number else values[0])


def _joined(members: Mapping[str, str | None]) -> str | None:
    """JSON of the members that have some; None when none has."""
    texts = [f"{write_json(name)}:{text}" for name, text in members.items() if text]
    return f"{{{','.join(texts)}}}" if texts else None


def _kinds(schema: Any) -> list[Any]:
    """Every ``type`` that a schema of one value allows."""
    if isinstance(schema, list):
        return [kind for each in schema for kind in _kinds(each)]
    if not isinstance(schema, dict):
        return []
    kinds = schema.get("type")
    return [
        *(kinds if isinstance(kinds, list) else [kinds]),
        *_kinds(schema.get("anyOf")),
        *_kinds(schema.get("oneOf")),
    ]
