"""Logging for the whole product: one line per event with its facts, and no personal data.

Callers pass facts as `extra=`, and no addresses, numbers or texts. The filter here hides what slips through
all the same, also in the words of providers, libraries and tracebacks. It also writes out every character
that cannot be seen or that moves others, such as a line break: nobody else begins a line, or turns one round.
"""

import json
import logging
import re
from collections.abc import Mapping
from typing import Any

from shared.runtime.telemetry.operations import current_operation

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
# The last two are the Python worker itself: it tells of each invocation, and each line goes to the host.
CHATTY = (
    "azure",
    "msal",
    "uamqp",
    "requests",
    "aiohttp.access",
    "asyncio",
    "azure_functions_worker",
    "proxy_worker",
)
INDISCREET = ("urllib3",)  # its warnings quote whole URLs, which may be secrets
_HIDDEN = "***"
_NATIONAL_ID = "*" * 11

# A run of what may stand before the @ is taken as a whole, address or not: trying each of its characters as
# the beginning of an address would take time that grows with the square of its length.
_EMAIL = re.compile(r"[\w.+%'-]++(@[\w-]++(?:\.[\w-]++)++)?")
_INTERNATIONAL_PHONE = re.compile(r"(?<![\w+])(?:\+|00)[1-9](?: ?\d){6,14}(?!\w)")
_UUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
# Eleven digits count wherever they stand, also within the name of a host or an account. Only our own ids and
# digests, which are longer and no host's name, keep such digits.
_ELEVEN_DIGITS = re.compile(
    rf"(?<![0-9A-Za-z])(?:{_UUID}|[0-9a-f]{{16,}}+)(?![0-9A-Za-z]|\.[A-Za-z])"
    r"|(?<!\d)(\d{6}[ -]?\d{5})(?!\d)"
)
# neither part of a UUID nor the decimals of a number
_NORWEGIAN_MOBILE = re.compile(r"(?<![\w.-])(?:47)?[49]\d{7}(?![\w-])")
_VALUE = r"""(?:"[^"]*"|'[^']*'|[^&;,\s"'<>]+)"""
_SECRETS = (
    (re.compile(r"(https?://[^\s?#\"'<>]+)\?[^\s\"'<>]+", re.IGNORECASE), rf"\1?{_HIDDEN}"),
    (re.compile(r"(?<=://)[^/\s@?#\"'<>]++@"), f"{_HIDDEN}@"),
    (re.compile(r"\b(bearer|basic)\s+[\w.~+/=-]{8,}", re.IGNORECASE), rf"\1 {_HIDDEN}"),
    (re.compile(r"(?<![\w-])(?=[\w-]*?eyJ)[\w-]++\.[\w-]++\.[\w-]*+"), _HIDDEN),
    # names that only a secret has, with any name in front of them, as in a setting, a header or JSON
    (
        re.compile(
            r"(?<![\w-])([\w-]*?(?:password|passwd|passphrase|pwd|secret|api[-_]?key|access[-_]?key|account[-_]?key"
            r"|functions[-_]?key|subscription[-_]?key)[\"']?\s*+[:=]\s*+)" + _VALUE,
            re.IGNORECASE,
        ),
        rf"\1{_HIDDEN}",
    ),
    # names that a fact may have too: in the form of a query, a token also in the form of JSON
    (
        re.compile(
            r"(?<![\w-])((?:[\w-]*?token|code|sig|signature|assertion)=|[\w-]*?token[\"']\s*+:\s*+)" + _VALUE,
            re.IGNORECASE,
        ),
        rf"\1{_HIDDEN}",
    ),
)
_OUTER_LINE = re.compile(r"^(?=\S)", re.MULTILINE)


def mask_email(address: str) -> str:
    """Return an e-mail address with all but the first two characters of its local part hidden."""
    local, at, domain = address.rpartition("@")
    return f"{local[:2]}{_HIDDEN}@{domain}" if at else _HIDDEN


def mask_phone(number: str) -> str:
    """Return a phone number with all but its last two digits hidden."""
    return f"{_HIDDEN}{number[-2:]}" if len(number) > 4 else _HIDDEN


def redact(text: str) -> str:
    """Return the text as one line, without what looks like an address, a personal number or a secret."""
    return _visible(_masked(text))


def _redact_lines(text: str) -> str:
    """Return a traceback redacted, its lines indented: so none looks like the beginning of a record."""
    lines = (_visible(line) for line in _masked(text).split("\n"))
    return _OUTER_LINE.sub("  ", "\n".join(lines))


def _visible(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else f"<U+{ord(each):04X}>" for each in text)


def _masked(text: str) -> str:
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    if "@" in text:
        text = _EMAIL.sub(lambda found: mask_email(found[0]) if found[1] else found[0], text)
    text = _INTERNATIONAL_PHONE.sub(lambda found: mask_phone(found[0]), text)
    text = _ELEVEN_DIGITS.sub(lambda found: _NATIONAL_ID if found[1] else found[0], text)
    return _NORWEGIAN_MOBILE.sub(lambda found: mask_phone(found[0]), text)


class RedactionFilter(logging.Filter):
    """Redacts message, extra fields and traceback of every record that passes its handler.

    It also adds the fields `operation_id` and `shipment_id` of the work at hand.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record in place; never drops one."""
        for name, value in current_operation().facts.items():
            record.__dict__.setdefault(name, value)
        record.msg, record.args = redact(record.getMessage()), None
        if record.exc_info and not record.exc_text:
            record.exc_text = _TRACEBACK.formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = _redact_lines(record.exc_text)
        if record.stack_info:
            record.stack_info = _redact_lines(record.stack_info)
        for name, value in _extra_of(record).items():
            setattr(record, name, _redacted(value))
        return True


class ExtraFormatter(logging.Formatter):
    """Appends the `extra=` facts of a record, as one JSON object, to a line that another formatter makes."""

    def __init__(self, line: logging.Formatter | None = None) -> None:
        """Put the facts after the line that `line` makes; by default that is the message."""
        super().__init__()
        self._line = line or logging.Formatter()

    def usesTime(self) -> bool:  # noqa: N802 - the name logging calls
        """Return whether a line needs the time."""
        return self._line.usesTime()

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802
        """Return the time in the format of the line."""
        return self._line.formatTime(record, self._line.datefmt)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the name logging calls
        """Return the line without traceback."""
        line = self._line.formatMessage(record)
        extra = _extra_of(record)
        return f"{line} {json.dumps(extra, default=str, ensure_ascii=False)}" if extra else line


def configure_logging(level: int = logging.INFO) -> None:
    """Redact whatever the root logger's handlers write, add the facts, and silence chatty libraries.

    How a line begins is left to the host: Azure's writes time, level and origin itself. Adds a handler only
    where there is none. Calling it again changes nothing.
    """
    root = logging.getLogger()
    root.setLevel(level)
    if not root.handlers:
        alone = logging.StreamHandler()
        alone.setFormatter(logging.Formatter("%(levelname)s %(name)s %(message)s"))
        root.addHandler(alone)
    for handler in root.handlers:
        if not any(isinstance(present, RedactionFilter) for present in handler.filters):
            handler.addFilter(RedactionFilter())
            handler.setFormatter(ExtraFormatter(handler.formatter))
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in INDISCREET:
        logging.getLogger(name).setLevel(logging.ERROR)


_TRACEBACK = logging.Formatter()


def _extra_of(record: logging.LogRecord) -> dict[str, Any]:
    return {name: value for name, value in vars(record).items() if name not in _STANDARD}


def _redacted(value: Any) -> Any:
    match value:
        case str():
            return redact(value)
        case bool() | float() | None:
            return value
        case int():
            hidden = redact(str(value))
            return value if hidden == str(value) else hidden
        case Mapping():
            return {redact(str(key)): _redacted(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_redacted(item) for item in value]
        case _:
            return redact(str(value))
