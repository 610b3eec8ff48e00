"""The target of a request line, read as Azure's HTTP server reads it: a path and a query.

Percent codes are decoded except `%2F` and what is not UTF-8. Dot segments are removed after that.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

_PLAIN_PATH = re.compile(r"/[\w~!$&'()*+,;=:@/.-]*", re.ASCII)
_PERCENT_CODES = re.compile("(?:%[0-9a-f]{2})+", re.IGNORECASE)
_PERCENT_CODES_BUT_SLASHES = re.compile("(?:%(?!2f)[0-9a-f]{2})+", re.IGNORECASE)
_STRAY_PERCENT = re.compile("%(?![0-9a-f]{2})", re.IGNORECASE)
_KEPT_IN_PATHS = "/!$&'()*+,;=:@%"
_DEFAULT_PORTS = {"http": 80, "https": 443}
_SCHEMES = ("http://", "https://")
_WHOLE_SERVER = "*"  # only with OPTIONS


class UnreadableRequestError(Exception):
    """A request that Azure's HTTP server refuses with 400 before a function is looked up."""


@dataclass(frozen=True, slots=True)
class Target:
    """A decoded path that begins with a slash, and the query as written, its question mark included."""

    path: str
    query: str

    def url(self, host: str) -> str:
        """Return the address that a function sees, in the spelling of Azure's host."""
        path = self.path
        if not _PLAIN_PATH.fullmatch(path):
            path = quote(_STRAY_PERCENT.sub("%25", path), safe=_KEPT_IN_PATHS)
        return f"http://{host}{path}{self.query.replace('#', '%23')}"


def read_target(text: str, host: str) -> Target:
    """Read the target of a request line sent to `host`; raises UnreadableRequestError."""
    if text.startswith(_SCHEMES):
        text = _without_authority(text, host)
    elif not text.startswith("/") and text != _WHOLE_SERVER:
        raise UnreadableRequestError(text)
    path, mark, query = text.partition("?")
    return Target(_decoded_path(path), mark + query)


def read_query(written_query: str) -> Mapping[str, str]:
    """Return the values of a query that are not empty; values of a repeated name are joined, in any case."""
    spelling: dict[str, str] = {}
    query: dict[str, str] = {}
    for pair in written_query.removeprefix("?").split("&") if written_query else ():
        written, _, raw_value = pair.partition("=")
        if value := _decoded_text(raw_value):
            name = _decoded_text(written)
            name = spelling.setdefault(name.lower(), name)
            query[name] = f"{query[name]},{value}" if name in query else value
    return query


def _without_authority(text: str, host: str) -> str:
    """Return the path and query of a whole URL, as proxies send it, which must be one of `host`."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise UnreadableRequestError(text) from None
    if not parts.hostname:
        raise UnreadableRequestError(text)
    default = _DEFAULT_PORTS[parts.scheme]
    names = {parts.hostname, f"{parts.hostname}:{default}"}
    if port not in (None, default):
        names = {f"{parts.hostname}:{port}"}
    if host.lower() not in names:
        raise UnreadableRequestError(text)
    return f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"


def _decoded_path(path: str) -> str:
    if "%" in path:
        path = _PERCENT_CODES_BUT_SLASHES.sub(_decoded_codes, path)
        if "\x00" in path:
            raise UnreadableRequestError(path)
    return _without_dot_segments(path) if "/." in path else path


def _decoded_text(text: str) -> str:
    text = text.replace("+", " ")
    return _PERCENT_CODES.sub(_decoded_codes, text) if "%" in text else text


def _decoded_codes(match: re.Match[str]) -> str:
    """Decode a run of percent codes; those that are not UTF-8 stay as they are."""
    codes = match[0]
    data = bytes.fromhex(codes.replace("%", ""))
    decoded = ""
    at = 0
    while at < len(data):
        try:
            return decoded + data[at:].decode()
        except UnicodeDecodeError as error:
            wrong = at + error.start
            decoded += data[at:wrong].decode() + codes[3 * wrong : 3 * wrong + 3]
            at = wrong + 1
    return decoded


def _without_dot_segments(path: str) -> str:
    """Remove `.` and `..` as RFC 3986, section 5.2.4, says."""
    kept: list[str] = []
    *folders, last = path.split("/")[1:]
    for segment in folders:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if last == "..":
        del kept[-1:]
    kept.append("" if last in {".", ".."} else last)
    return "/" + "/".join(kept)
