"""Random calls of the table service as data, so that the same ones can be made on several emulators."""

import base64
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError
from azure.data.tables import EdmType, EntityProperty, TableClient

_PARTITIONS = ["10", "a"]
# in the order of UTF-16, in which what needs two units comes before the last of those that need one
_KEYS = ["10", "1e1", "9", "B", "a", "it's", "æ", "😀", "\uff5e"]
_NAMES = ["PartitionKey", "RowKey", "RowKey", "Text", "Number", "Absent", "constructor"]
_OPERATORS = ["eq", "ne", "gt", "ge", "lt", "le", "EQ"]
_TYPED = ["9.5", "2", "true", "RowKey", "guid'12345678-1234-1234-1234-123456789012'", "X'6162'"]
_OLD_ETAG = "W/\"datetime'2020-01-01T00%3A00%3A00.0000000Z'\""
_MOST_PAGES = 5

type Call = Sequence[Any]
"""A kind of call, and what it needs."""

type Token = Mapping[str, str] | None

FILL: list[Call] = [
    (
        "transact",
        partition,
        [
            (
                "create",
                {"PartitionKey": partition, "RowKey": row_key, "Number": place % 4, "Text": _KEYS[-place]},
            )
            for place, row_key in enumerate(_KEYS[:-1])
        ],
    )
    for partition in _PARTITIONS
]
READ_ALL: list[Call] = [("query", "", top, None, None) for top in (None, 3)]


def random_call(random: Random) -> Call:
    """Return a kind of call and what it needs."""
    match random.choice(["get", "query", "query", "query", "write", "transact"]):
        case "get":
            return "get", random.choice(_PARTITIONS), random.choice(_KEYS), _selection(random)
        case "query":
            top = random.choice([None, 1, 2, 3, 0, 1001])
            return "query", _filter(random), top, _selection(random), _token(random)
        case "write":
            return _write(random)
        case _:
            writes = [_write(random) for _ in range(random.randint(1, 4))]
            return "transact", random.choice(_PARTITIONS), writes


def _selection(random: Random) -> list[str] | None:
    return random.choice([None, ["Text"], ["PartitionKey", "Number"]])


def _token(random: Random) -> Token:
    """Return a continuation token, mostly none; one key of it may be missing."""
    if random.random() < 0.7:
        return None
    token = {"PartitionKey": random.choice(_PARTITIONS), "RowKey": random.choice(_KEYS)}
    if random.random() < 0.3:
        del token[random.choice(list(token))]
    return token


def _filter(random: Random) -> str:
    if random.random() < 0.1:
        return random.choice(["", "true", "false", "PartitionKey eq", "1 eq 1"])
    return _condition(random)


def _condition(random: Random) -> str:
    within = f"PartitionKey eq {_quoted(random.choice(_PARTITIONS))}"
    low, high = sorted(random.sample(_KEYS, 2))
    upwards, downwards = random.choice(["gt", "ge"]), random.choice(["lt", "le"])
    match random.randrange(7):
        case 0:
            return f"{within} and RowKey {upwards} {_quoted(low)} and RowKey {downwards} {_quoted(high)}"
        case 1:
            return f"{within} and ({_condition(random)})"
        case 2:
            return f"({_condition(random)}) {random.choice(['and', 'or'])} ({_condition(random)})"
        case 3:
            return f"not ({_condition(random)})"
        case 4:
            return f"{_quoted(low)} lt RowKey"
        case 5:  # Azurite fails when it compares a long number with anything but text
            return f"{random.choice(['RowKey', 'Long'])} ge {random.randint(0, 20)}L"
        case _:
            literal = random.choice(_TYPED) if random.random() < 0.3 else _quoted(low)
            return f"{random.choice(_NAMES)} {random.choice(_OPERATORS)} {literal}"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _write(random: Random) -> Call:
    entity: dict[str, Any] = {
        "PartitionKey": random.choice(_PARTITIONS),
        "RowKey": random.choice(_KEYS),
    }
    optional: dict[str, Any] = {
        "Text": random.choice(_KEYS),
        "Long": EntityProperty(random.randint(0, 20), EdmType.INT64),
        "Number": random.randint(0, 3),
    }
    entity |= {name: value for name, value in optional.items() if random.random() < 0.5}
    mode = random.choice(["merge", "replace"])
    etag = random.choice([None, "current", "current", "*", _OLD_ETAG])
    return random.choice(
        [
            ("create", entity),
            ("upsert", entity, mode),
            ("update", entity, mode, etag),
            ("delete", entity, etag),
        ]
    )


def answer(table: TableClient, call: Call) -> object:
    """Make a call with the SDK and return what came of it, without what depends on the time."""
    kind, *parts = call
    try:
        match kind:
            case "get":
                partition, row_key, select = parts
                return dict(table.get_entity(partition, row_key, select=select))
            case "query":
                return _pages(table, *parts)
            case "transact":
                partition, writes = parts
                return len(
                    table.submit_transaction([_operation(table, write, partition) for write in writes])
                )
            case _:
                name, entity, options = _operation(table, call, parts[0]["PartitionKey"])
                getattr(table, f"{name}_entity")(entity, **options)
                return "done"
    except HttpResponseError as error:
        return error.status_code, getattr(error, "error_code", None), getattr(error, "index", None)


def _operation(table: TableClient, write: Call, partition: str) -> tuple[str, Any, dict[str, Any]]:
    """Return a write as an operation of a transaction of the SDK."""
    kind, entity, *parts = write
    entity = {**entity, "PartitionKey": partition}
    match kind:
        case "create":
            return kind, entity, {}
        case "upsert":
            return kind, entity, {"mode": parts[0]}
        case "update":
            return kind, entity, {"mode": parts[0], **_guard(table, entity, parts[1])}
        case _:
            return kind, entity, _guard(table, entity, parts[0])


def _guard(table: TableClient, entity: Mapping[str, Any], etag: str | None) -> dict[str, Any]:
    """Return the options that make a write conditional; "current" is the ETag that the row has now."""
    if etag == "current":
        try:
            etag = table.get_entity(entity["PartitionKey"], entity["RowKey"]).metadata["etag"]
        except HttpResponseError:
            etag = None
    return {} if etag is None else {"etag": etag, "match_condition": MatchConditions.IfNotModified}


def _pages(
    table: TableClient, text: str, top: int | None, select: list[str] | None, token: Token
) -> list[object]:
    """Return the rows and the continuation token of the first pages."""
    encoded = token and {name: base64.b64encode(key.encode()).decode() for name, key in token.items()}
    found = table.query_entities(text, results_per_page=top, select=select)
    pages: Any = found.by_page(encoded)  # type: ignore[arg-type]  # a token is a dictionary here
    return [
        ([dict(entity) for entity in page], pages.continuation_token)
        for page, _ in zip(pages, range(_MOST_PAGES), strict=False)
    ]
