"""Everything about the tools that requests share.

Validators are made when a tool is first called and kept: compiling a thousand schemas
per request would cost more than the call.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match
from jsonschema.protocols import Validator
from jsonschema.validators import extend
from mcp.types import Tool

from .operation import Api, Connector, Operation, Schema
from .operation_search import OperationSearch

MAX_COMPLAINT_LENGTH = 500


class Catalogue:
    """What is listed, found and called."""

    def __init__(self, connector: Connector) -> None:
        self.api: Api = connector["api"]
        self.operations: dict[str, Operation] = connector["operations"]
        self.is_dynamic = self.api.get("mode") == "dynamic"
        self._listed: Mapping[str, Any] = self.operations
        if "tools" in connector:
            self._listed = {tool["name"]: tool for tool in connector["tools"]}
        self._names = list(self._listed)
        self._search: OperationSearch | None = None
        self._validators: dict[int, Validator] = {}

    def __len__(self) -> int:
        return len(self._names)

    def tools(self, start: int, end: int) -> list[Tool]:
        """A part of the list."""
        return [_tool(name, self._listed[name]) for name in self._names[start:end]]

    def input_schema(self, tool: str) -> Schema | None:
        """The schema of a listed tool; None when there is no such tool."""
        listed = self._listed.get(tool)
        return None if listed is None else listed["inputSchema"]

    def search(self, query: str, limit: int | None) -> dict[str, Any]:
        """The operations that fit the query best."""
        self._search = self._search or OperationSearch(self.operations)
        return self._search(query) if limit is None else self._search(query, limit)

    def complaint(self, schema: Schema, value: Any) -> str | None:
        """The value's fault in words, or None when it fits the schema."""
        # Schemas live as long as this object, so their identity is a key.
        validator = self._validators.get(id(schema))
        if validator is None:
            validator = self._validators[id(schema)] = _Validator(schema)
        error = best_match(validator.iter_errors(value))
        if error is None:
            return None
        place = "/".join(map(str, error.absolute_path))
        message = error.message if place == "" else f"{place}: {error.message}"
        return message[:MAX_COMPLAINT_LENGTH]


def _tool(name: str, listed: Mapping[str, Any]) -> Tool:
    title = {"title": listed["title"]} if "title" in listed else {}
    output = (
        {"outputSchema": listed["outputSchema"]} if "outputSchema" in listed else {}
    )
    return Tool.model_validate(
        {
            "name": name,
            **title,
            "description": listed["description"],
            "inputSchema": listed["inputSchema"],
            **output,
            "annotations": {**title, "openWorldHint": True, **listed["annotations"]},
        }
    )


def _pattern(
    _validator: Validator, pattern: str, value: Any, _schema: Schema
) -> Iterator[ValidationError]:
    """Patterns are ECMAScript's; one that Python cannot read refuses nothing."""
    if not isinstance(value, str):
        return
    try:
        found = re.search(_of_python(pattern), value, re.ASCII)
    except (re.error, OverflowError, RecursionError):
        return
    if found is None:
        yield ValidationError(f"{value!r} does not match {pattern!r}")


def _of_python(pattern: str) -> str:
    """Only the end of a text is its end, and groups have their names otherwise."""
    ours = {"$": r"\Z", "(?<": "(?P<"}
    return re.sub(
        r"\\.|\[(?:\\.|[^\]\\])*\]|\$|\(\?<(?![=!])",
        lambda token: ours.get(token[0], token[0]),
        pattern,
        flags=re.DOTALL,
    )


_Validator = extend(Draft202012Validator, {"pattern": _pattern})
