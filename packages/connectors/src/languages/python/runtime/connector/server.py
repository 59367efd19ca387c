"""The MCP server: lists the operations as tools and calls the API for them.

What the model did wrong and what the API refused are results with ``isError`` and a
text to act on; only an unknown tool or cursor is a protocol error.
"""

from typing import Any

from mcp.server import Server, ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp.types import (
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
)

from .answer import Reading, answer_of, failure, told
from .catalogue import Catalogue
from .json_text import write_json
from .next_page import next_page
from .operation import Operation, Schema
from .request import (
    Arguments,
    UnusableArgumentsError,
    build_request,
    is_rounded,
)
from .send import RefusedRedirectError, Upstream
from .settings import Settings

PAGE_SIZE = 100
"""Tools of one `tools/list` answer."""


def create_server(catalogue: Catalogue, settings: Settings) -> Server:
    """A server that keeps nothing between two requests but its connections."""
    calls = _Calls(catalogue, settings)
    use = calls.use_dynamic_tool if catalogue.is_dynamic else calls.use_operation

    async def list_tools(
        _context: ServerRequestContext, params: PaginatedRequestParams | None
    ) -> ListToolsResult:
        return _page(catalogue, params.cursor if params else None)

    async def call_tool(
        _context: ServerRequestContext, params: CallToolRequestParams
    ) -> CallToolResult:
        arguments = params.arguments or {}
        if is_rounded(arguments):
            return failure(
                "A whole number beyond 9007199254740991 cannot be sent exactly."
            )
        return await use(params.name, arguments)

    return Server(
        catalogue.api["name"],
        title=catalogue.api["title"],
        version=catalogue.api["version"],
        instructions=catalogue.api["instructions"],
        get_tool_input_schema=catalogue.input_schema,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


def _page(catalogue: Catalogue, cursor: str | None) -> ListToolsResult:
    start = 0
    if cursor is not None:
        is_place = cursor.isascii() and cursor.isdigit() and len(cursor) < 10
        if not is_place or int(cursor) > len(catalogue):
            raise MCPError(INVALID_PARAMS, "Unknown cursor")
        start = int(cursor)
    end = start + PAGE_SIZE
    return ListToolsResult(
        tools=catalogue.tools(start, end),
        next_cursor=str(end) if end < len(catalogue) else None,
    )


class _Calls:
    """Calls of tools, and what they share."""

    def __init__(self, catalogue: Catalogue, settings: Settings) -> None:
        self._catalogue = catalogue
        self._settings = settings
        self._upstream = Upstream()

    async def use_operation(self, name: str, arguments: Arguments) -> CallToolResult:
        operation = self._catalogue.operations.get(name)
        if operation is None:
            raise _unknown_tool(name)
        return await self._call(operation, arguments)

    async def use_dynamic_tool(self, name: str, arguments: Arguments) -> CallToolResult:
        catalogue = self._catalogue
        schema = catalogue.input_schema(name)
        if schema is None:
            raise _unknown_tool(name)
        complaint = catalogue.complaint(schema, arguments)
        if complaint is not None:
            return _unfit(complaint)
        if name == "search_operations":
            limit = arguments.get("limit")
            found = catalogue.search(
                arguments["query"], None if limit is None else int(limit)
            )
            return told(write_json(found))
        operation = catalogue.operations.get(arguments["operation"])
        if operation is None:
            return failure(
                "There is no such operation. Find its name with search_operations."
            )
        if name == "call_operation":
            return await self._call(operation, arguments.get("arguments", {}))
        return told(write_json(_described(arguments["operation"], operation)))

    async def _call(self, operation: Operation, arguments: Arguments) -> CallToolResult:
        settings = self._settings
        complaint = self._catalogue.complaint(operation["inputSchema"], arguments)
        if complaint is not None:
            return _unfit(complaint)
        try:
            built = build_request(operation, arguments, self._catalogue.api, settings)
            received = await self._upstream.send(built.request, settings.timeout_ms)
        except (UnusableArgumentsError, RefusedRedirectError) as refusal:
            return failure(str(refusal))
        except TimeoutError:
            limit = write_json(settings.timeout_ms)
            return failure(f"The API did not answer within {limit} ms.")
        except Exception:
            # The message of a failed request can hold the URL, and with it a key.
            return failure("The API could not be reached.")
        graphql = "body" in operation and operation["body"]["kind"] == "graphql"
        answer = answer_of(
            received,
            Reading(
                settings.max_answer_length,
                built.missing_credentials,
                operation["method"],
                graphql,
            ),
        )
        if answer.result.is_error:
            return answer.result
        link = received.headers.get("link", "")
        if (further := next_page(link, operation, arguments)) is not None:
            answer.result.content.append(TextContent(type="text", text=further))
        schema = operation.get("outputSchema")
        if schema is None or self._catalogue.is_dynamic:
            return answer.result
        structured = self._conforming(answer.json, schema) if answer.is_json else {}
        return answer.result.model_copy(update={"structured_content": structured})

    def _conforming(self, answer: Any, schema: Schema) -> dict[str, Any]:
        """The answer as the output schema promises it.

        What an API answers beyond its specification is no reason to fail a good
        answer: fields and items of lists that do not fit are left out here and still
        stand in the text beside.
        """
        value = answer if isinstance(answer, dict) else {"result": answer}

        def fits(candidate: dict[str, Any]) -> bool:
            return self._catalogue.complaint(schema, candidate) is None

        if fits(value):
            return value
        kept: dict[str, Any] = {}
        for name, item in value.items():
            if isinstance(item, list) and not fits({name: item}):
                item = [each for each in item if fits({name: [each]})]
            if fits({name: item}):
                kept[name] = item
        return kept


def _described(name: str, operation: Operation) -> dict[str, Any]:
    title = {"title": operation["title"]} if "title" in operation else {}
    return {
        "operation": name,
        **title,
        "description": operation["description"],
        "method": operation["method"],
        "path": operation["path"],
        "inputSchema": operation["inputSchema"],
        "annotations": operation["annotations"],
    }


def _unknown_tool(name: str) -> MCPError:
    return MCPError(INVALID_PARAMS, f"Unknown tool: {name}")


def _unfit(complaint: str) -> CallToolResult:
    return failure(f"The arguments do not fit the tool's schema: {complaint}")
