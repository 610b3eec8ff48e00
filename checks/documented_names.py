"""Checks that log lines, settings and names in the documentation are those of the code.

log lines   texts of several words in backticks in docs/operations.md; `…` stands for values
alerts      names in backticks after the word "alert" in the same page
settings    words in capitals with underscores, on every page
names       other words in backticks that look like code, on every page: `second_pulse`, `AdvanceOrder`
"""

import re
from collections.abc import Iterator
from pathlib import Path

from checks.infra import alerts
from checks.log_messages import LogMessage, log_messages
from checks.pages import Page, pages_of, quoted_in

OPERATIONS = Path("docs", "operations.md")
PRODUCT = ("shared", "functions")
CODE = (*PRODUCT, "devstack", "benchmarks", "deployment", "tests", "infra", ".github")
CODE_SUFFIXES = {".py", ".bicep", ".json", ".cjs", ".sh", ".yml", ".yaml"}
COMMANDS = {"make", "python3", "az", "azd", "curl", "func", "pip", "GET", "POST", "PUT", "HEAD"}
OF_OTHERS = {  # names of the platform and of libraries that pages mention and no code of ours uses
    *("retry_on_methods", "raw_response_hook", "submit_transaction", "get_entity", "parts", "policies"),
    *("VmHWM", "EmailId", "SmsId"),
}
_SETTING = re.compile(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b")
_CODE_NAME = re.compile(r"_?[A-Za-z]+(?:_[A-Za-z0-9]+)+|[A-Za-z][a-z0-9]*(?:[A-Z][a-z0-9]+)+")
_ALERT = re.compile(r"alerts?\s+`([\w-]+)`")
_DOTTED = re.compile(r"[a-z_]+(?:\.[a-z_]+)+")
_FILE = re.compile(r".*\.(?:py|md|json|yaml|toml|bicep|cjs)")
_WORD = re.compile(r"\w+")
_STATUS_PREFIX = re.compile(r"(?:Email|SMS|Order)_(?=[A-Z])")  # the code puts it before a stored status


def violations(root: Path) -> list[str]:
    """Return one line for every name on a page that the code does not have."""
    pages = pages_of(root)
    code = _code(root)
    words = set(_WORD.findall(code))
    found = [line for page in pages for line in _unknown_words(root, page, words, code)]
    messages = [message for folder in PRODUCT for message in log_messages(root / folder)]
    for page in pages:
        if page.path == root / OPERATIONS:
            found += _unknown_log_lines(page, messages)
            found += _unknown_alerts(page, alerts.names(root))
    return found


def _code(root: Path) -> str:
    files = [path for folder in CODE for path in (root / folder).rglob("*") if path.suffix in CODE_SUFFIXES]
    files += [*root.glob("*.py"), *root.glob("*.json"), root / "pyproject.toml", root / "Makefile"]
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


def _unknown_words(root: Path, page: Page, words: set[str], code: str) -> Iterator[str]:
    place = page.path.relative_to(root)
    for match in _SETTING.finditer(page.prose):
        if match[0] not in words:
            yield f"{place}:{page.line_of(match)}: no setting {match[0]} in the code"
    for line, text in page.quoted():
        name = _STATUS_PREFIX.sub("", text.removesuffix("()"), count=1)
        if _CODE_NAME.fullmatch(name) and not _SETTING.fullmatch(name) and name not in words | OF_OTHERS:
            yield f"{place}:{line}: no {name} in the code"
        if _DOTTED.fullmatch(name) and not _FILE.fullmatch(name) and name not in code:
            yield f"{place}:{line}: no {name} in the code"


def _unknown_log_lines(page: Page, messages: list[LogMessage]) -> Iterator[str]:
    for line, text in page.quoted():
        if " " not in text or text.split()[0] in COMMANDS or _SETTING.match(text):
            continue
        if not any(message.contains(text) for message in messages):
            yield f"{OPERATIONS}:{line}: nothing logs “{text}”"
    for number, row in enumerate(page.prose.splitlines(), 1):
        if "| log (error)" not in row:
            continue
        for text in quoted_in(row.split("|")[1]):
            if not any(message.is_error and message.contains(text) for message in messages):
                yield f"{OPERATIONS}:{number}: “{text}” is not logged as an error"


def _unknown_alerts(page: Page, names: set[str]) -> Iterator[str]:
    for match in _ALERT.finditer(page.prose):
        if match[1] not in names:
            yield f"{OPERATIONS}:{page.line_of(match)}: no alert {match[1]} in infra/"
