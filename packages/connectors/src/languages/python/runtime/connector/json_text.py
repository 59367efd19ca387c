"""JSON exactly as ECMAScript writes it, which is what APIs and their signatures expect.

The standard library differs in blanks, in what it escapes and in how it writes
numbers, and it reads ``NaN``, which is no JSON.
"""

import json
import math
import re
from decimal import Decimal
from typing import Any


def read_json(text: str) -> Any:
    """The value; raises ValueError or RecursionError when there is none to be had."""
    return json.loads(text, parse_constant=_refuse, parse_float=_finite)


def write_json(value: Any) -> str:
    """The value on one line without blanks."""
    match value:
        case dict():
            members = [
                f"{_quoted(str(key))}:{write_json(item)}" for key, item in value.items()
            ]
            return "{" + ",".join(members) + "}"
        case list() | tuple():
            return "[" + ",".join(map(write_json, value)) + "]"
        case str():
            return _quoted(value)
        case float():
            return _number_text(value)
        case _:
            return json.dumps(value)


def _quoted(text: str) -> str:
    quoted = json.dumps(text, ensure_ascii=False)
    # Half of a pair cannot be written as UTF-8.
    return re.sub("[\ud800-\udfff]", lambda half: f"\\u{ord(half[0]):04x}", quoted)


def _number_text(number: float) -> str:
    if not math.isfinite(number):
        return "null"
    if number == 0:
        return "0"
    shortest = Decimal(repr(number)).normalize()
    if -7 < shortest.adjusted() < 21:
        return format(shortest, "f")
    mantissa, exponent = f"{shortest.scaleb(-shortest.adjusted())}", shortest.adjusted()
    return f"{mantissa}e{exponent:+d}"


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def _finite(text: str) -> float | None:
    number = float(text)
    return number if math.isfinite(number) else None
