import pytest

from shared.contracts.queries.preferences import prefers_strict


@pytest.mark.parametrize(
    "header",
    [
        "handling=strict",
        'handling="strict"',
        " Handling = Strict ",
        "respond-async, handling=strict",
        "respond-async;wait=10,handling=strict;x=y",
        "handling=strict, handling=lenient",
    ],
)
def test_strict_handling_is_preferred(header):
    assert prefers_strict({"Prefer": header})


@pytest.mark.parametrize(
    "header",
    [
        "",
        "handling",
        "handling=",
        "handling=lenient",
        "handling=lenient, handling=strict",
        "xhandling=strict",
        "strict",
    ],
)
def test_anything_else_is_not(header):
    assert not prefers_strict({"Prefer": header})


def test_without_the_header_nothing_is_preferred():
    assert not prefers_strict({})
