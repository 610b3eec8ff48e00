"""Which texts count as an e-mail address.

The rule is one pattern over the whole value. Every repetition is delimited by a character that it cannot
itself match, so the time it takes grows linearly with the length of the text.
"""

import re

MAX_LENGTH = 320

_LETTERS_AND_DIGITS = "A-Za-z0-9æøåÆØÅ"
_ATOM = rf"[{_LETTERS_AND_DIGITS}!#$%&'*+\-=?^_`{{}}~|;]+"
_LABEL = rf"[{_LETTERS_AND_DIGITS}](?:[{_LETTERS_AND_DIGITS}\-]{{0,61}}[{_LETTERS_AND_DIGITS}])?"
_DOMAIN = rf"(?:{_LABEL}\.){{1,9}}[A-Za-z]{{2,14}}"
_IPV4 = r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}"
_ADDRESS = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@(?:{_DOMAIN}|{_IPV4})")


def is_email_address(text: str) -> bool:
    """Whether the text, apart from surrounding blanks, is one acceptable address."""
    address = text.strip()
    return len(address) <= MAX_LENGTH and _ADDRESS.fullmatch(address) is not None
