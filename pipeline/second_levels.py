"""When two judges' levels are so far apart that a person decides."""

DIFFERS_FROM = 2.0
"""Levels of 0 to 4, as they are printed, to 0.1.

Not rounded to whole levels first: 1.4 and 3.5 would be 1 and 4, and 1.5 and 3.4 would be 2 and 3, so
rounding moves the threshold by a level in either direction. Two levels are what separates "named"
from "reasoned" on every rubric, and more than judges differ on the same evidence by chance.
"""


def far_apart(first: float, second: float) -> bool:
    """Two levels differ by two or more; 3.3 and 1.3 do, whatever binary fractions make of it."""
    return round(abs(first - second), 1) >= DIFFERS_FROM
