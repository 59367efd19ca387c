"""An MCP server whose tools are the operations of an HTTP API.

``operations.json`` is the data; everything else here is the same for every API.
"""
