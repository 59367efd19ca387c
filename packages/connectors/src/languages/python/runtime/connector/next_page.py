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
    told: list[str] = []
    for parameter in operation["parameters"]:
        argument = parameter["argument"]
        values = query.get(parameter.get("name", argument), [])
        kinds = _kinds(properties.get(argument))
        if parameter["in"] != "query" or len(values) != 1:
            continue
        if "array" in kinds or "object" in kinds:
            continue
        if argument in arguments and to_text(arguments[argument]) == values[0]:
            continue
        is_number = (
            re.fullmatch("[0-9]{1,15}", values[0]) is not None
            and ("integer" in kinds or "number" in kinds)
            and "string" not in kinds
        )
        value = write_json(int(values[0]) if is_number else values[0])
        told.append(f"{write_json(argument)}:{value}")
    if not told:
        return None
    return (
        "There is a next page. Call this again with the same arguments "
        f"and {{{','.join(told)}}}."
    )


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
