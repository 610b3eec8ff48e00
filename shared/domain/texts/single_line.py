"""Texts that stand in one line of a message's head: subjects, file names, senders, names.

A control character there is at best invisible; at worst it ends the line, and what follows becomes a header.
"""

import re

# what breaks or spaces a line; of the controls these are the ones that separate words
_SEPARATORS = re.compile("\r\n|[\t\n\v\f\r\x1c-\x1f\x85\u2028\u2029]")
_CONTROLS = re.compile("[\0-\x1f\x7f-\x9f]")


def single_line(text: str) -> str:
    """Return the text with a blank for each line break or tab, and without other control characters."""
    if text.isprintable():
        return text
    return _CONTROLS.sub("", _SEPARATORS.sub(" ", text))
