"""Reads requests as Bruno and HTTP files have them, as far as those in `examples/` need."""

import base64
import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

_BLOCK = re.compile(r"^(?P<name>[\w:-]+) \{\n(?P<text>.*?)^\}", re.DOTALL | re.MULTILINE)
_HOLE = re.compile(r"\{\{(?P<name>[^{}]+)\}\}")
_METHODS = ("get", "post", "put", "delete")
_REQUEST_NAME = re.compile(r"# @name (\w+)")
_CONTENT_TYPES = {"body:json": "application/json", "body:xml": "application/xml"}
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class FileRequest:
    """One request with holes such as `{{TOKEN}}`; `captured` maps variables to paths in the answer.

    `name` is what later requests of an HTTP file call its answer; `status` is None where the file names none.
    """

    title: str
    method: str
    url: str
    headers: Mapping[str, str]
    body: str
    captured: Mapping[str, str] = field(default_factory=dict)
    name: str = ""
    status: int | None = None


def bruno_requests(folder: Path) -> list[FileRequest]:
    """Return the requests of a collection in the order in which Bruno runs them."""
    folders = sorted(folder.glob("*/folder.bru"), key=_sequence)
    files = [path for each in folders for path in sorted(each.parent.glob("*.bru"), key=_sequence)]
    return [_of_bruno(path) for path in files if path.name != "folder.bru"]


def http_requests(file: Path) -> list[FileRequest]:
    """Return the requests of an HTTP file in their order."""
    _, *parts = re.split(r"^### ", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [_of_http(part) for part in parts]


def filled(text: str, variables: Mapping[str, str], answers: Mapping[str, Any]) -> str:
    """Fill the holes with variables, new ids and parts of earlier answers; KeyError for an unknown one."""

    def value(match: re.Match[str]) -> str:
        name = match["name"]
        if name == "$guid":
            return str(uuid.uuid4())
        request, _, path = name.partition(".response.body.$.")
        return str(part_of(answers[request], path)) if path else variables[name]

    return _HOLE.sub(value, text)


def part_of(answer: Any, path: str) -> Any:
    """Return what is at `notification.shipmentId` or `deadLetters[0].id` of an answer."""
    for step in re.findall(r"\w+", path):
        answer = answer[int(step)] if isinstance(answer, list) else answer[step]
    return answer


def holes_in(request: FileRequest) -> Iterator[str]:
    """Yield the names of the holes of a request."""
    for text in (request.url, request.body, *request.headers.values()):
        yield from (match["name"] for match in _HOLE.finditer(text))


def basic(credentials: str) -> str:
    """Return the header for `user:password`, which HTTP files have in clear text."""
    return f"Basic {base64.b64encode(credentials.encode()).decode()}"


def _sequence(path: Path) -> int:
    return int(_pairs(_blocks(path)["meta"])["seq"])


def _of_bruno(path: Path) -> FileRequest:
    blocks = _blocks(path)
    (method,) = [method for method in _METHODS if method in blocks]
    headers = _pairs(blocks.get("headers", ""))
    body = ""
    for name, content_type in _CONTENT_TYPES.items():
        if name in blocks:
            headers["Content-Type"], body = content_type, _unindented(blocks[name])
    if (form := _pairs(blocks.get("body:form-urlencoded", ""))) != {}:
        headers["Content-Type"], body = _FORM, urlencode(form)
    if (bearer := _pairs(blocks.get("auth:bearer", ""))) != {}:
        headers["Authorization"] = f"Bearer {bearer['token']}"
    if (user := _pairs(blocks.get("auth:basic", ""))) != {}:
        headers["Authorization"] = f"Basic {user['username']}:{user['password']}"
    return FileRequest(
        title=_pairs(blocks["meta"])["name"],
        method=method.upper(),
        url=_pairs(blocks[method])["url"],
        headers=headers,
        body=body,
        captured={
            name: text.removeprefix("res.body.")
            for name, text in _pairs(blocks.get("vars:post-response", "")).items()
        },
        status=int(_pairs(blocks["assert"])["res.status"].removeprefix("eq ")),
    )


def _of_http(part: str) -> FileRequest:
    head, _, body = part.partition("\n\n")
    title, *lines = head.splitlines()
    named = [match[1] for line in lines if (match := _REQUEST_NAME.fullmatch(line))]
    request, *headers = [line for line in lines if not line.startswith("#")]
    method, _, url = request.partition(" ")
    return FileRequest(
        title=title,
        method=method,
        url=url,
        headers=dict(line.split(": ", 1) for line in headers),
        body=body.strip(),
        name=named[0] if named else "",
    )


def _blocks(path: Path) -> dict[str, str]:
    return {match["name"]: match["text"] for match in _BLOCK.finditer(path.read_text(encoding="utf-8"))}


def _pairs(text: str) -> dict[str, str]:
    lines = (line.strip() for line in text.splitlines() if line.strip())
    return {name: value.strip() for name, _, value in (line.partition(": ") for line in lines)}


def _unindented(text: str) -> str:
    return "\n".join(line.removeprefix("  ") for line in text.splitlines())
