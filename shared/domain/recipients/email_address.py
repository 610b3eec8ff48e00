"""Which texts count as an e-mail address, and the forms in which one is sent and compared.

The rule is one pattern over the whole value, its letters composed. Every repetition is delimited by a
character that it cannot itself match, so the time it takes grows linearly with the length of the text.

Domains travel in their ASCII form: mail servers know `blåbær.no` as `xn--blbr-roah.no`. The codec of the
standard library is of IDNA 2003, which differs from IDNA 2008 only in letters that the pattern refuses. A
local part has no ASCII form and stays as it was typed.
"""

import re
import unicodedata

MAX_LENGTH = 320

_LETTERS_AND_DIGITS = "A-Za-z0-9æøåÆØÅ"
_ATOM = rf"[{_LETTERS_AND_DIGITS}!#$%&'*+\-=?^_`{{}}~|;]+"
_LABEL = rf"[{_LETTERS_AND_DIGITS}](?:[{_LETTERS_AND_DIGITS}\-]{{0,61}}[{_LETTERS_AND_DIGITS}])?"
_DOMAIN = rf"(?:{_LABEL}\.){{1,9}}[A-Za-z]{{2,14}}"
_IPV4 = r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}"
_ADDRESS = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@(?:{_DOMAIN}|{_IPV4})")


def is_email_address(text: str) -> bool:
    """Whether the text, apart from surrounding blanks, is one acceptable address.

    A domain without ASCII form, because a label would be longer than 63 characters, cannot exist.
    """
    address = unicodedata.normalize("NFC", text.strip())
    if len(address) > MAX_LENGTH or _ADDRESS.fullmatch(address) is None:
        return False
    return as_sent(address).rpartition("@")[2].isascii()


def as_sent(address: str) -> str:
    """Return the form that a provider is given: letters composed, the domain in ASCII if it can be."""
    if address.isascii() or "@" not in address:
        return address
    local_part, at, domain = unicodedata.normalize("NFC", address).rpartition("@")
    try:
        return f"{local_part}{at}{domain.encode('idna').decode()}"
    except UnicodeError:
        return f"{local_part}{at}{domain}"


def address_key(address: str) -> str:
    """Return what two spellings of one address have in common; local parts differing in case are one."""
    return as_sent(address).casefold()
