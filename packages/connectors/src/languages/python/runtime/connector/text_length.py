"""Lengths of texts as the other languages of these connectors count them.

Counted are UTF-16's units, two for an emoji: so the same answer is cut at the same
place everywhere.
"""


def length_of(text: str) -> int:
    """Units of the text."""
    return len(text) if text.isascii() else len(_units(text)) // 2


def cut(text: str, length: float) -> str:
    """The first so many units of the text, without half a character at its end."""
    if length_of(text) <= length:
        return text
    return _units(text)[: int(length) * 2].decode("utf-16-le", "ignore")


def _units(text: str) -> bytes:
    return text.encode("utf-16-le", "surrogatepass")
