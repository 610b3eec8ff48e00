"""The address rule, built up from its parts and broken at one place."""

import string

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.email_address import MAX_LENGTH, is_email_address

LETTERS = string.ascii_letters + string.digits + "æøåÆØÅ"
ATOM = st.text(st.sampled_from(LETTERS + "!#$%&'*+-=?^_`{}~|;"), min_size=1, max_size=12)
LOCAL = st.lists(ATOM, min_size=1, max_size=4).map(".".join)
EDGE = st.sampled_from(LETTERS)
LABEL = st.builds(
    lambda first, inner, last: first + inner + last if inner else first,
    EDGE,
    st.text(st.sampled_from(LETTERS + "-"), max_size=12),
    EDGE,
)
TOP = st.text(st.sampled_from(string.ascii_letters), min_size=2, max_size=14)
DOMAIN = st.builds(lambda labels, top: ".".join([*labels, top]), st.lists(LABEL, min_size=1, max_size=9), TOP)
ADDRESS = st.builds(lambda local, domain: f"{local}@{domain}", LOCAL, DOMAIN)
BLANKS = st.text(st.sampled_from(" \t"), max_size=3)


@given(ADDRESS, BLANKS, BLANKS)
def test_what_is_built_by_the_rule_is_accepted_also_between_blanks(address, before, after):
    assert is_email_address(before + address + after) is (len(address) <= MAX_LENGTH)


@given(ADDRESS, st.sampled_from(list(' /"()<>[],:\\@\n\r\x00é')), st.data())
def test_one_forbidden_character_anywhere_inside_refuses_it(address, intruder, data):
    position = data.draw(st.integers(1, len(address) - 1))
    assert not is_email_address(address[:position] + intruder + address[position:])


@given(LOCAL, DOMAIN)
def test_dots_stand_alone_and_between(local, domain):
    for broken in (f".{local}@{domain}", f"{local}.@{domain}", f"{local}@.{domain}", f"{local}@{domain}."):
        assert not is_email_address(broken)


@given(st.text(max_size=200))
def test_any_text_is_answered(text):
    if is_email_address(text):
        assert text.strip().count("@") == 1
