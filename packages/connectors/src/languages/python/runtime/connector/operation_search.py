"""Finds operations of an API that has more of them than a model can read through.

The search is plain arithmetic on words, so that it needs no index, costs a few
milliseconds and gives everybody the same order; a model that asks in other words
asks again.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .operation import Operation
from .text_length import length_of

DEFAULT_LIMIT = 10
MAX_LIMIT = 50
"""Operations of one answer: so many unless asked otherwise, and at most."""


@dataclass(frozen=True)
class _Entry:
    """What the search looks at: texts of words between blanks."""

    found: dict[str, str]
    label: str
    length: int
    description: str


class OperationSearch:
    """A search over the operations.

    For each word of the query an operation gets 4 points when name, path or title
    have it as a word, 3 when one of their words begins with it, 2 when it is inside
    one, and 1 when a word of the description begins with it. More points first, then
    the shorter label, then the list's order.
    """

    def __init__(self, operations: Mapping[str, Operation]) -> None:
        self._entries = [
            _entry(name, operation) for name, operation in operations.items()
        ]

    def __call__(self, query: str, limit: int = DEFAULT_LIMIT) -> dict[str, Any]:
        """The best operations, and how many there were."""
        words = list(dict.fromkeys(_spaced(query).split()))
        scored = [
            (sum(_points(word, entry) for word in words), entry)
            for entry in self._entries
        ]
        found = [(points, entry) for points, entry in scored if points > 0]
        found.sort(key=lambda each: (-each[0], each[1].length))
        best = [entry.found for _, entry in found[: min(limit, MAX_LIMIT)]]
        return {"operations": best, "total": len(found)}


def _entry(name: str, operation: Operation) -> _Entry:
    method, path = operation["method"], operation["path"]
    title = {"title": operation["title"]} if "title" in operation else {}
    label = _spaced(f"{name} {method} {path} {operation.get('title', '')}")
    return _Entry(
        found={"operation": name, "method": method, "path": path, **title},
        label=label,
        length=length_of(label),
        description=_spaced(operation["description"]),
    )


def _points(word: str, entry: _Entry) -> int:
    # "issues" shall find "issue", too.
    stem = word[:-1] if len(word) > 3 and word.endswith("s") else word
    if f" {word} " in entry.label:
        return 4
    if f" {stem}" in entry.label:
        return 3
    if stem in entry.label:
        return 2
    return 1 if f" {stem}" in entry.description else 0


def _spaced(text: str) -> str:
    """The words in lower case between blanks; `listOpenIssues` has three."""
    apart = re.sub("([a-z0-9])([A-Z])", r"\1 \2", text)
    return f" {re.sub(r'[\W_]+', ' ', apart.lower()).strip()} "
