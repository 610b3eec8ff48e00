"""The address rule, built up from its parts and broken at one place."""

import string
import unicodedata

import idna
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.recipients.email_address import MAX_LENGTH, address_key, as_sent, is_email_address

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


@given(ADDRESS)
def test_a_provider_is_given_the_domain_that_name_servers_know_and_the_local_part_as_typed(address):
    sent = as_sent(address)
    local_part, _, domain = address.rpartition("@")
    assert sent.rpartition("@")[0] == local_part
    assert sent.isascii() or not local_part.isascii()
    composed = (idna.encode(label.lower()).decode() for label in domain.split(".") if not label.isascii())
    assert {label.lower() for label in sent.rpartition("@")[2].split(".")} >= set(composed)
    assert as_sent(sent) == sent
    assert is_email_address(sent) is is_email_address(address)


@given(ADDRESS, st.sampled_from([str.upper, str.lower, lambda text: unicodedata.normalize("NFD", text)]))
def test_spellings_of_one_address_have_one_key(address, spelt):
    assert is_email_address(spelt(address)) is is_email_address(address)
    assert address_key(spelt(address)) == address_key(address) == address_key(as_sent(address))


@given(st.text(max_size=200))
def test_any_text_is_answered(text):
    if is_email_address(text):
        assert text.strip().count("@") == 1
