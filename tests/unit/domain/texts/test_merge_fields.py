"""Which braces are fields, and what a text becomes with their values."""

import pytest

from shared.domain.texts.merge_fields import (
    StrayBracesError,
    fields_in,
    is_field_name,
    merged,
    without_places,
)


def as_it_is(text):
    return text


@pytest.mark.parametrize("name", ["a", "Name", "first_name", "x2", "a" * 50])
def test_names_of_fields(name):
    assert is_field_name(name)
    assert fields_in(f"{{{{{name}}}}}") == {name.lower(): 1}


@pytest.mark.parametrize(
    "name", ["", "2x", "_x", "a b", " a", "a-b", "a.b", "å", "a" * 51, "a\n", "\N{KELVIN SIGN}"]
)
def test_what_is_no_name_is_a_stray_pair_of_braces_in_a_text(name):
    assert not is_field_name(name)
    with pytest.raises(StrayBracesError) as stray:
        fields_in(f"Hei {{{{{name}}}}}")
    assert stray.value.at == 4


@pytest.mark.parametrize(("text", "at"), [("{{", 0), ("a {{a}} {{b", 8), ("{{{a}}}", 0), ("{{a}", 0)])
def test_braces_that_begin_no_field_are_found_where_they_are(text, at):
    with pytest.raises(StrayBracesError) as stray:
        fields_in(text)
    assert stray.value.at == at


@pytest.mark.parametrize("text", ["p{color:red}", "}}", "@media print{p{color:red}}", "{ {a}}", ""])
def test_other_braces_are_text(text):
    assert not fields_in(text)
    assert merged(text, {"a": "1"}, as_it_is) == text


def test_a_field_counts_as_often_as_it_is_used_in_any_case():
    assert fields_in("{{a}} {{A}}{{b}}}") == {"a": 2, "b": 1}
    assert merged("{{a}} {{A}}{{b}}}", {"a": "1", "b": "2"}, as_it_is) == "1 12}"
    assert without_places("{{a}} {{A}}{{b}}}") == " }"


def test_what_stands_around_is_changed_but_no_value():
    assert merged("hei {{a}} hei", {"a": "hei"}, str.upper) == "HEI hei HEI"
