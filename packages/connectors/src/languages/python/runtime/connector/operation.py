"""The form of this connector's data.

``operations.json`` holds nothing but values of these types, so that no text of the
API's specification is ever code: it is looked up, encoded and sent, never evaluated.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any, Literal, NotRequired, TypedDict

type Style = Literal[
    "simple",
    "label",
    "matrix",
    "form",
    "spaceDelimited",
    "pipeDelimited",
    "deepObject",
]

type Schema = dict[str, Any]
"""JSON Schema 2020-12 with an object at its root."""

Credential = TypedDict(
    "Credential",
    {
        "kind": Literal["apiKey", "bearer", "basic"],
        "in": NotRequired[Literal["header", "query", "cookie"]],
        "parameter": NotRequired[str],
        "prefix": NotRequired[str],
        "variable": NotRequired[str],
        "usernameVariable": NotRequired[str],
        "passwordVariable": NotRequired[str],
    },
)
"""How to be let in; values come from the named variables, never from here."""

Parameter = TypedDict(
    "Parameter",
    {
        "argument": str,
        "name": NotRequired[str],
        "in": Literal["path", "query", "querystring", "header", "cookie"],
        "style": NotRequired[Style],
        "explode": NotRequired[bool],
        "allowReserved": NotRequired[bool],
        "json": NotRequired[bool],
    },
)
"""How a value is written. Absent fields take OpenAPI's defaults.

In the place `querystring` it is the whole query, an object that is no JSON as a form.
"""


class Field(TypedDict):
    """A field of a body; with ``file`` the argument is base64."""

    argument: str
    name: NotRequired[str]
    style: NotRequired[Style]
    explode: NotRequired[bool]
    contentType: NotRequired[str]
    file: NotRequired[bool]


class Body(TypedDict):
    """What is sent; a body without fields of its own is one argument."""

    mediaType: str
    kind: Literal["json", "form", "multipart", "text", "binary", "graphql"]
    document: NotRequired[str]
    argument: NotRequired[str]
    required: NotRequired[bool]
    """Sent even when none of its fields is given."""
    fields: NotRequired[list[Field]]


class Operation(TypedDict):
    """A row of the table: what a model reads, and how the API is called."""

    title: NotRequired[str]
    description: str
    method: str
    path: str
    server: NotRequired[str]
    parameters: list[Parameter]
    body: NotRequired[Body]
    security: list[list[str]]
    inputSchema: Schema
    outputSchema: NotRequired[Schema]
    annotations: dict[str, bool]


class Api(TypedDict):
    """What the operations share.

    In the mode ``dynamic`` the list holds three tools that search, describe and call
    the operations, because these would not fit into anybody's context.
    """

    name: str
    title: str
    version: str
    baseUrl: NotRequired[str]
    instructions: str
    mode: NotRequired[Literal["dynamic"]]
    credentials: dict[str, Credential]


class Connector(TypedDict):
    """All of ``operations.json``; operations go by the name of their tool."""

    api: Api
    tools: NotRequired[list[dict[str, Any]]]
    """Listed instead of the operations, in the mode ``dynamic``."""
    operations: dict[str, Operation]


@cache
def load_connector() -> Connector:
    """The data beside this file, read once."""
    text = Path(__file__).with_name("operations.json").read_text("utf-8")
    data = json.loads(text)
    shared = data.pop("shared", None)
    rows = {row.pop("name"): row for row in data.pop("operations")}
    if shared is not None:
        rows = {name: _complete(row, shared) for name, row in rows.items()}
    return {**data, "operations": rows}


def _complete(row: dict[str, Any], shared: list[Any]) -> dict[str, Any]:
    """A row with what its numbers stand for.

    In the mode ``dynamic`` parameters and the schemas of arguments are numbers of a
    list that the operations share, and in memory each exists once.
    """
    schema = row["inputSchema"]
    properties = {
        argument: shared[number] for argument, number in schema["properties"].items()
    }
    return {
        **row,
        "parameters": [shared[number] for number in row["parameters"]],
        "inputSchema": {**schema, "properties": properties},
    }
