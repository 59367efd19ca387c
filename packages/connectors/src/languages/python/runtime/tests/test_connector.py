"""Plays the calls of `cases.json`.

For each: what goes over the wire, and what the caller sees.
"""

import asyncio
import base64
import json
import re
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import Client
from mcp.types import CallToolResult, TextContent
from mock_upstream import mock_upstream

from connector.catalogue import Catalogue
from connector.endpoint import Endpoint
from connector.operation import load_connector
from connector.server import create_server
from connector.settings import read_settings

CASES: list[dict[str, Any]] = json.loads(
    Path(__file__).with_name("cases.json").read_text("utf-8")
)
TOOLS: list[dict[str, Any]] = json.loads(
    Path(__file__).with_name("tools.json").read_text("utf-8")
)
CATALOGUE = Catalogue(load_connector())


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_call(case: dict[str, Any]) -> None:
    with mock_upstream(case["answers"]) as upstream:
        environment = {"BASE_URL": upstream.url}
        for name, value in case.get("environment", {}).items():
            environment[name] = value.replace("{upstream}", upstream.url)
        result = asyncio.run(_call(case["tool"], case["arguments"], environment))
    assert len(upstream.requests) == len(case["requests"])
    for seen, wanted in zip(upstream.requests, case["requests"], strict=True):
        _check_request(seen, wanted)
    _check_result(result, case["result"])


def test_listed_tools() -> None:
    listed = asyncio.run(_list())
    assert [tool["name"] for tool in listed] == [tool["name"] for tool in TOOLS]
    for tool, wanted in zip(listed, TOOLS, strict=True):
        # What is not said is as MCP has it.
        said = {"readOnlyHint": False, "destructiveHint": True, "idempotentHint": False}
        said |= {"openWorldHint": True, **tool.get("annotations", {})}
        assert said.items() >= wanted["hints"].items(), tool["name"]
        assert tool.get("description"), tool["name"]
        for schema in ("inputSchema", "outputSchema"):
            if schema in wanted:
                assert tool.get(schema) == wanted[schema], tool["name"]


@pytest.mark.parametrize(
    ("authorization", "status"),
    [("", 401), ("Bearer another", 401), ("Bearer token", 200)],
)
def test_connector_token(authorization: str, status: int) -> None:
    assert asyncio.run(_status_for(authorization)) == status


async def _status_for(authorization: str) -> int:
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
    headers = {
        "Accept": "application/json, text/event-stream",
        "Authorization": authorization,
        "MCP-Protocol-Version": "2025-11-25",
    }
    transport = httpx2.ASGITransport(Endpoint({"CONNECTOR_TOKEN": "token"}))
    async with httpx2.AsyncClient(transport=transport) as client:
        url = "http://localhost/mcp"
        return (await client.post(url, json=message, headers=headers)).status_code


async def _list() -> list[dict[str, Any]]:
    """Every page of the list."""
    listed: list[dict[str, Any]] = []
    cursor: str | None = None
    settings = read_settings({}, CATALOGUE.api)
    async with Client(create_server(CATALOGUE, settings)) as client:
        while True:
            page = await client.list_tools(cursor=cursor)
            listed += [
                tool.model_dump(mode="json", by_alias=True, exclude_none=True)
                for tool in page.tools
            ]
            cursor = page.next_cursor
            if cursor is None or len(listed) > len(TOOLS):
                return listed


async def _call(
    tool: str, arguments: dict[str, Any], environment: dict[str, str]
) -> CallToolResult:
    settings = read_settings(environment, CATALOGUE.api)
    async with Client(create_server(CATALOGUE, settings)) as client:
        if not CATALOGUE.is_dynamic or tool not in CATALOGUE.operations:
            return await client.call_tool(tool, arguments)
        call = {"operation": tool, "arguments": arguments}
        return await client.call_tool("call_operation", call)


def _check_request(seen: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert (seen["method"], seen["target"]) == (wanted["method"], wanted["target"])
    for name, value in wanted.get("headers", {}).items():
        assert seen["headers"].get(name) == value, name
    for name in wanted.get("absentHeaders", []):
        assert name not in seen["headers"]
    body = wanted.get("body")
    if body is not None:
        _check_body(seen, body)


def _check_body(seen: dict[str, Any], wanted: dict[str, Any]) -> None:
    content: bytes = seen["body"]
    match wanted["kind"]:
        case "none":
            assert content == b""
        case "json":
            assert json.loads(content) == wanted["value"]
        case "text":
            assert content.decode() == wanted["text"]
        case "base64":
            assert content == base64.b64decode(wanted["data"])
        case "multipart":
            parts = _parts(seen["headers"]["content-type"], content)
            assert len(parts) == len(wanted["parts"])
            for part, expected in zip(parts, wanted["parts"], strict=True):
                assert part["name"] == expected["name"]
                assert part["has_filename"] == expected.get("filename", False)
                assert part["content"] == base64.b64decode(expected["data"])
                if "contentType" in expected:
                    assert part["content_type"] == expected["contentType"]


def _parts(content_type: str, content: bytes) -> list[dict[str, Any]]:
    boundary = content_type.split("boundary=")[1].encode()
    return [_part(each[2:-2]) for each in content.split(b"--" + boundary)[1:-1]]


def _part(text: bytes) -> dict[str, Any]:
    head, _, content = text.partition(b"\r\n\r\n")
    lines = head.decode()
    name = re.search('[; ]name="([^"]*)"', lines)
    content_type = re.search("(?im)^content-type: *(.*?)\r?$", lines)
    return {
        "name": name[1] if name else None,
        "has_filename": "; filename=" in lines,
        "content_type": content_type[1] if content_type else None,
        "content": content,
    }


def _check_result(result: CallToolResult, wanted: dict[str, Any]) -> None:
    texts = [part.text for part in result.content if isinstance(part, TextContent)]
    text = "\n".join(texts)
    assert result.is_error == wanted["isError"], text
    for expected in wanted.get("contains", []):
        assert expected in text
    for unwanted in wanted.get("excludes", []):
        assert unwanted not in text
    if "contentType" in wanted:
        assert result.content[0].type == wanted["contentType"]
    if "structured" in wanted:
        assert result.structured_content == wanted["structured"]
