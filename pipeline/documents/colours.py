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
    red, green, blue = (min(1.0, max(0.0, channel or 0.0)) for channel in _srgb(parsed))
    return Colour(red, green, blue, 1.0 if parsed.alpha is None else min(1.0, max(0.0, parsed.alpha)))


def _srgb(parsed: color4.Color) -> tuple[float, ...]:
    """Red, green and blue, exact enough to tell pale from dark; other RGB spaces are taken for sRGB."""
    if parsed.space in ("hsl", "hwb"):
        return tuple(parsed.to("srgb").coordinates)
    if parsed.space in ("lab", "lch"):
        x, y, z = parsed.to("xyz-d50").coordinates
        return _from_xyz(x * 0.9505 / 0.9643, y, z * 1.0891 / 0.8251)
    if parsed.space in ("oklab", "oklch"):
        return _from_xyz(*parsed.to("xyz-d65").coordinates)
    if parsed.space.startswith("xyz"):
        return _from_xyz(*(channel or 0.0 for channel in parsed.coordinates))
    return tuple(parsed.coordinates)


def _from_xyz(x: float, y: float, z: float) -> tuple[float, float, float]:
    """CIE XYZ under D65 to sRGB, by the matrix and the curve of IEC 61966-2-1."""

    def curved(channel: float) -> float:
        return 12.92 * channel if channel <= 0.0031308 else 1.055 * channel ** (1 / 2.4) - 0.055

    return (
        curved(3.2406 * x - 1.5372 * y - 0.4986 * z),
        curved(-0.9689 * x + 1.8758 * y + 0.0415 * z),
        curved(0.0557 * x - 0.2040 * y + 1.0570 * z),
    )
