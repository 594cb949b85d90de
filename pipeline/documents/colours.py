"""Colours and how well they can be told apart."""

from typing import NamedTuple

import tinycss2
from tinycss2 import color4


class Colour(NamedTuple):
    """Red, green, blue and opacity, each from 0 to 1."""

    red: float
    green: float
    blue: float
    alpha: float = 1.0


BLACK = Colour(0.0, 0.0, 0.0)
WHITE = Colour(1.0, 1.0, 1.0)


def _luminance(colour: Colour) -> float:
    """Relative luminance as WCAG 2 defines it."""

    def linear(channel: float) -> float:
        return channel / 12.92 if channel <= 0.03928 else ((channel + 0.055) / 1.055) ** 2.4

    return 0.2126 * linear(colour.red) + 0.7152 * linear(colour.green) + 0.0722 * linear(colour.blue)


def contrast(one: Colour, other: Colour) -> float:
    """Return the WCAG 2 contrast ratio, from 1 (the same) to 21 (black on white)."""
    bright, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def blend(colour: Colour, behind: Colour) -> Colour:
    """Return the opaque colour that is seen where a colour lies on an opaque background."""
    share = colour.alpha
    return Colour(*(share * front + (1 - share) * back for front, back in zip(colour[:3], behind[:3], strict=True)))


def hex_colour(value: str) -> Colour | None:
    """Return the colour of six hex digits, as Office files write it."""
    try:
        number = int(value, 16)
    except ValueError:
        return None
    if len(value) != 6:
        return None
    return Colour((number >> 16) / 255, (number >> 8 & 255) / 255, (number & 255) / 255)


def css_colours(value: str, *, current: Colour) -> tuple[Colour, ...]:
    """Return the colours named in a CSS value, also inside gradients, in their order."""
    found: list[Colour] = []
    _collect(tinycss2.parse_component_value_list(value), current, found)
    return tuple(found)


def _collect(tokens: list[tinycss2.ast.Node], current: Colour, found: list[Colour]) -> None:
    for token in tokens:
        if token.type not in ("ident", "hash", "function"):
            continue
        parsed = color4.parse_color(token)
        if parsed == "currentcolor":
            found.append(current)
        elif parsed is not None:
            found.append(_from_css(parsed))
        elif token.type == "function" and "gradient" in token.lower_name:
            _collect(token.arguments, current, found)


def _from_css(parsed: color4.Color) -> Colour:
    converted = parsed if parsed.space == "srgb" else parsed.to("srgb")
    red, green, blue = (min(1.0, max(0.0, channel or 0.0)) for channel in converted.coordinates)
    return Colour(red, green, blue, 1.0 if parsed.alpha is None else min(1.0, max(0.0, parsed.alpha)))
