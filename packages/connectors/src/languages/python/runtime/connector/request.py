"""An operation and its arguments -> the HTTP request. Nothing is sent here."""

import math
import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote

import httpx2

from .credentials import Credentials, credentials_for
from .json_text import write_json
from .multipart import Part, multipart
from .operation import Api, Body, Field, Operation, Parameter
from .settings import Settings
from .style import (
    Pair,
    encode,
    entries,
    header_text,
    pairs,
    path_text,
    to_text,
    well_formed,
)

type Arguments = Mapping[str, Any]


class UnusableArgumentsError(Exception):
    """Why no request could be made; the message is for the model that chose them."""


@dataclass(frozen=True)
class BuiltRequest:
    """A request, and the credential variables that are not set."""

    request: httpx2.Request
    missing_credentials: list[str]


def build_request(
    operation: Operation, arguments: Arguments, api: Api, settings: Settings
) -> BuiltRequest:
    """Raises UnusableArgumentsError when base URL or arguments do not make one."""
    credentials = credentials_for(operation, api, settings)
    url = (
        _base_url(operation, settings)
        + _path(operation, arguments)
        + _query(operation, arguments, credentials)
    )
    headers = {
        "accept": "application/json, text/plain;q=0.9, */*;q=0.8",
        "accept-encoding": "gzip, deflate",
        "user-agent": f"mcp-connector/{api['name']}",
    }
    for parameter in operation["parameters"]:
        if parameter["in"] == "header" and parameter["argument"] in arguments:
            value = _written(parameter, arguments[parameter["argument"]])
            text = header_text(value, parameter.get("explode", False))
            if text is not None:
                headers[_name(parameter).lower()] = text
    if cookies := _cookies(operation, arguments, credentials):
        headers["cookie"] = cookies
    for name, value in credentials.headers:
        headers[name.lower()] = _secret_line(value)
    content = None
    if "body" in operation and (body := _body(operation["body"], arguments)):
        content, headers["content-type"] = body
    request = httpx2.Request(
        operation["method"],
        url,
        headers=[
            (name.encode("latin-1"), value.strip(" \t").encode("latin-1"))
            for name, value in headers.items()
        ],
        content=content,
    )
    return BuiltRequest(request, credentials.missing)


def is_rounded(value: Any) -> bool:
    """Whether a number was rounded when it was read: another resource would be meant.

    Beyond 1e21 ECMAScript writes an exponent, and nobody takes the number for exact.
    """
    match value:
        case dict():
            return any(map(is_rounded, value.values()))
        case list():
            return any(map(is_rounded, value))
        case float():
            return math.isinf(value) or (
                value.is_integer() and 2**53 <= abs(value) < 1e21
            )
        case _:
            return False


def _secret_line(value: str) -> str:
    """A secret for a header; another one must not be made of it."""
    line = value.strip(" \t\r\n")
    if re.search("[^\t\x20-\x7e\x80-\xff]", line):
        raise UnusableArgumentsError(
            "A secret of this connector holds a character that no header can carry."
        )
    return line


def _base_url(operation: Operation, settings: Settings) -> str:
    """BASE_URL wins over the operation's own server, which wins over the API's."""
    own = operation.get("server") or settings.base_url
    base = settings.secret("BASE_URL") or own
    if base is None:
        raise UnusableArgumentsError(
            "The address of the API is not known: "
            "set the variable BASE_URL of this connector."
        )
    if not _is_web_address(base):
        raise UnusableArgumentsError(
            "The variable BASE_URL of this connector is not an http or https URL."
        )
    return re.split("[?#]", base)[0].rstrip("/")


def _is_web_address(text: str) -> bool:
    try:
        url = httpx2.URL(text)
    except httpx2.InvalidURL:
        return False
    return url.scheme in ("http", "https") and url.host != "" and not url.userinfo


def _path(operation: Operation, arguments: Arguments) -> str:
    template = re.split("[?#]", operation["path"])[0]
    path = _filled(template, operation, arguments, _literal)
    # URLs resolve dot segments, escaped or not: such a value would reach another
    # operation.
    if any(
        re.fullmatch(r"(?:\.|%2e){1,2}", segment, re.IGNORECASE)
        for segment in path.split("/")
    ):
        raise UnusableArgumentsError('A path argument must not be "." or "..".')
    return path


def _filled(
    template: str,
    operation: Operation,
    arguments: Arguments,
    literal: Callable[[str], str],
) -> str:
    """A piece of the path template with the values of its parameters."""
    by_name = {
        _name(parameter): parameter
        for parameter in operation["parameters"]
        if parameter["in"] == "path"
    }

    def written(part: str) -> str:
        parameter = by_name.get(part[1:-1]) if part.startswith("{") else None
        return _path_value(parameter, arguments) if parameter else literal(part)

    return "".join(map(written, re.split(r"(\{[^{}]+\})", template)))


def _path_value(parameter: Parameter, arguments: Arguments) -> str:
    argument = parameter["argument"]
    text = ""
    if argument in arguments:
        text = path_text(
            _name(parameter),
            _written(parameter, arguments[argument]),
            parameter.get("style", "simple"),
            parameter.get("explode", False),
            parameter.get("allowReserved", False),
        )
    if text == "":
        raise UnusableArgumentsError(f'The argument "{argument}" is needed.')
    return text


def _literal(text: str) -> str:
    """The template's own text: escapes and slashes stay, the rest is escaped."""
    return re.sub(
        r"%(?![0-9A-Fa-f]{2})|[^A-Za-z0-9\-._~!$&'()*+,;=:@/%]",
        lambda character: encode(character[0]),
        text,
    )


def _query(operation: Operation, arguments: Arguments, credentials: Credentials) -> str:
    of_arguments = _parameter_pairs("query", operation, arguments)
    written = [
        _joined([*_template_query(operation, arguments), *of_arguments], "&"),
        *_whole_queries(operation, arguments),
        _joined(_encoded(credentials.query), "&"),
    ]
    query = "&".join(text for text in written if text)
    # URLs for the web escape it in queries alone.
    return "?" + query.replace("'", "%27") if query else ""


def _template_query(operation: Operation, arguments: Arguments) -> list[Pair]:
    """Some documents tell operations apart by a query: `/responses?beta=true`."""
    template = operation["path"].split("#")[0].split("?")
    plain = parse_qsl(template[1], True) if len(template) > 1 else []

    def filled(text: str) -> str:
        return _filled(text, operation, arguments, encode)

    return [(filled(name), filled(value)) for name, value in plain]


def _whole_queries(operation: Operation, arguments: Arguments) -> list[str]:
    """Values as JSON, objects as a form, anything else as its text."""
    written: list[str] = []
    for parameter in operation["parameters"]:
        if parameter["in"] != "querystring" or parameter["argument"] not in arguments:
            continue
        value = _written(parameter, arguments[parameter["argument"]])
        if isinstance(value, dict):
            written.append(_form(_fields_of(value)))
        else:
            written.append(encode(to_text(value)))
    return written


def _joined(all_pairs: list[Pair], between: str) -> str:
    return between.join(f"{name}={value}" for name, value in all_pairs)


def _cookies(
    operation: Operation, arguments: Arguments, credentials: Credentials
) -> str:
    all_pairs = [
        *_parameter_pairs("cookie", operation, arguments),
        *[(encode(name), _cookie(value)) for name, value in credentials.cookies],
    ]
    return _joined(all_pairs, "; ")


def _cookie(value: str) -> str:
    """A secret as it is, but for what no cookie can hold (RFC 6265, section 4.1.1)."""
    return re.sub(r"[^!#-+\--:<-\[\]-~]", lambda character: encode(character[0]), value)


def _parameter_pairs(
    place: str, operation: Operation, arguments: Arguments
) -> list[Pair]:
    written: list[Pair] = []
    for parameter in operation["parameters"]:
        if parameter["in"] != place or parameter["argument"] not in arguments:
            continue
        style = parameter.get("style", "form")
        written += pairs(
            _name(parameter),
            _written(parameter, arguments[parameter["argument"]]),
            style,
            parameter.get("explode", style in ("form", "deepObject")),
            parameter.get("allowReserved", False),
        )
    return written


def _encoded(plain: list[Pair]) -> list[Pair]:
    return [(encode(name), encode(value)) for name, value in plain]


def _written(parameter: Parameter, value: Any) -> Any:
    return write_json(value) if parameter.get("json") else value


def _name(named: Parameter | Field) -> str:
    return named.get("name", named["argument"])


@dataclass(frozen=True)
class _PresentField:
    name: str
    value: Any
    field: Field


def _body(body: Body, arguments: Arguments) -> tuple[bytes, str] | None:
    """Content and media type; None when no argument says anything."""
    fields = _present_fields(body, arguments)
    values = {present.name: present.value for present in fields}
    media_type = body["mediaType"]
    if body["kind"] == "graphql":
        # The fields are the variables; the text never depends on them.
        query = {"query": body.get("document", ""), "variables": values}
        return _utf8(write_json(query)), media_type
    argument = body.get("argument")
    if argument is None and not fields and not body.get("required"):
        return None
    if argument is not None and argument not in arguments:
        return None
    whole = None if argument is None else arguments[argument]
    match body["kind"]:
        case "json":
            value = values if argument is None else whole
            return _utf8(write_json(value)), media_type
        case "form":
            return _utf8(_form(fields)), media_type
        case "multipart":
            parts = [part for field in fields for part in _parts(field)]
            return multipart(parts, media_type)
        case "text":
            return _utf8(to_text(whole)), media_type
        case "binary":
            return _bytes(to_text(whole), argument or "body"), media_type


def _present_fields(body: Body, arguments: Arguments) -> list[_PresentField]:
    """Fields that have a value: the table's, or those of the one argument."""
    if "fields" in body:
        return [
            _PresentField(_name(field), arguments[field["argument"]], field)
            for field in body["fields"]
            if field["argument"] in arguments
        ]
    whole = arguments.get(body.get("argument", ""))
    return _fields_of(whole) if isinstance(whole, dict | list) else []


def _fields_of(whole: dict[str, Any] | list[Any]) -> list[_PresentField]:
    return [
        _PresentField(name, value, {"argument": name}) for name, value in entries(whole)
    ]


def _form(fields: list[_PresentField]) -> str:
    return _joined([pair for field in fields for pair in _form_pairs(field)], "&")


def _form_pairs(present: _PresentField) -> list[Pair]:
    """In the declared style, or repeated for a list and as JSON for an object."""
    name, value, field = present.name, present.value, present.field
    if "style" in field:
        style = field["style"]
        explode = field.get("explode", style in ("form", "deepObject"))
        return pairs(name, value, style, explode)
    if isinstance(value, dict):
        return pairs(name, write_json(value), "form", True)
    return pairs(name, value, "form", field.get("explode", True))


def _parts(present: _PresentField) -> list[Part]:
    """A part for each item of a list; files from base64, objects as JSON."""
    name, value, field = present.name, present.value, present.field
    if not field.get("file") and ("style" in field or "explode" in field):
        # What has a style is text, whatever media type is declared beside it.
        return [
            Part(unquote(key), _utf8(_network_lines(unquote(text))))
            for key, text in _form_pairs(present)
        ]
    media_type = field.get("contentType")
    parts: list[Part] = []
    for item in value if isinstance(value, list) else [value]:
        if item is None:
            continue
        if field.get("file"):
            content = _bytes(to_text(item), field["argument"])
            parts.append(Part(name, content, media_type, is_file=True))
        elif isinstance(item, dict | list):
            content = _utf8(write_json(item))
            parts.append(Part(name, content, media_type, is_json=True))
        else:
            lines = _network_lines(to_text(item))
            parts.append(Part(name, _utf8(lines), media_type))
    return parts


def _network_lines(text: str) -> str:
    return re.sub("\r\n|\r|\n", "\r\n", text)


def _utf8(text: str) -> bytes:
    return well_formed(text).encode()


def _bytes(text: str, argument: str) -> bytes:
    """Base64 or its form for URLs, padded or not."""
    standard = re.sub("[\t\n\f\r ]", "", text).translate(str.maketrans("-_", "+/"))
    if len(standard) % 4 == 0:
        standard = re.sub("={1,2}$", "", standard)
    if len(standard) % 4 == 1 or not re.fullmatch("[A-Za-z0-9+/]*", standard):
        raise UnusableArgumentsError(f'The argument "{argument}" must be base64.')
    return b64decode(standard + "=" * (-len(standard) % 4))
