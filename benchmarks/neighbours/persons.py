"""National identity numbers as many as an order can hold: synthetic ones, with valid check digits."""

from collections.abc import Iterator
from itertools import product

_WEIGHTS = ((3, 7, 6, 1, 8, 9, 4, 5, 2), (5, 4, 3, 2, 7, 6, 5, 4, 3, 2))


def identity_numbers() -> Iterator[str]:
    """Yield about 450 000 different numbers; the month plus 80 marks them as made up."""
    for month, day, serial in product(range(81, 93), range(1, 29), range(100, 1000)):
        digits = [int(digit) for digit in f"{day:02d}{month}90{serial}"]
        for weights in _WEIGHTS:
            digits.append(-sum(weight * digit for weight, digit in zip(weights, digits, strict=False)) % 11)
        if max(digits) < 10:
            yield "".join(map(str, digits))
