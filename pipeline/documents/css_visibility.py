"""Whether CSS lets a text be seen: the few properties that can hide it, computed down the tree."""

import re
from collections.abc import Mapping
from typing import NamedTuple, Self

from pipeline.documents.colours import BLACK, WHITE, Colour, blend, contrast, css_colours
from pipeline.models.documents import HiddenReason

HIDDEN_CONTRAST = 1.3
"""Luminance contrast below which text is taken for hidden. Pale but readable footers have 1.6 and more."""
_TINY_PX = 4.0
"""Three points."""
_FAR_PX = 400.0
"""An offset to the left or top that takes a text out of the page."""
_FAINT = 0.1

_LENGTH = re.compile(r"(-?\d*\.?\d+)(px|pt|pc|in|cm|mm|q|em|rem|ex|ch|%|vw|vh|)", re.IGNORECASE)
_PIXELS = {"px": 1.0, "": 1.0, "pt": 4 / 3, "pc": 16.0, "in": 96.0, "cm": 96 / 2.54, "mm": 9.6 / 2.54, "q": 2.4 / 2.54}
_SIZES = {
    "xx-small": 9.0, "x-small": 10.0, "small": 13.0, "medium": 16.0, "large": 18.0, "x-large": 24.0,
    "xx-large": 32.0, "xxx-large": 48.0,
}  # fmt: skip
_BLOCK_DISPLAYS = ("block", "flex", "grid", "list-item", "table", "flow-root")
_CLIPPED = re.compile(
    r"rect\(\s*(\S+?)[\s,]+(\S+?)[\s,]+(\S+?)[\s,]+(\S+?)\s*\)|(inset|circle|polygon|ellipse)\((.*)\)"
)
_TRANSLATE = re.compile(
    r"translate(?:x|y|3d)?\(\s*(-?[\d.]+)(px|em|rem|vw|vh|%)?(?:\s*,\s*(-?[\d.]+)(px|em|rem|vw|vh|%)?)?", re.I
)
_SCALE_ZERO = re.compile(r"scale(?:x|y|3d)?\(\s*0*\.?0*[\s,)]", re.IGNORECASE)
_VARIABLE = re.compile(r"var\(\s*(--[\w-]+)\s*(?:,([^()]*))?\)")
_DEEPEST_VARIABLE = 5


class Look(NamedTuple):
    """How the text directly inside an element looks."""

    reason: HiddenReason | None
    colour: Colour
    background: Colour | None
    """None when a picture lies behind."""
    font_px: float
    opacity: float
    displayed: bool
    visible: bool
    on_page: bool
    is_block: bool
    variables: Mapping[str, str] = {}
    """Custom properties, which are inherited."""

    def not_displayed(self) -> Self:
        """Return the look of an element that browsers leave out."""
        return self._replace(displayed=False, reason="display_none")

    def inside(self, style: Mapping[str, str]) -> "Look":
        """Return the look of a child with the given declarations."""
        if not style:
            return self._replace(is_block=False)
        variables = {**self.variables, **{name: text for name, text in style.items() if name.startswith("--")}}
        style = {name: _resolved(text, variables) for name, text in style.items() if not name.startswith("--")}
        font_px = _font_size(style.get("font-size"), self.font_px)
        look = self._replace(
            font_px=font_px * _zoom(style.get("zoom")),
            variables=variables,
            colour=_text_colour(style, self.colour),
            background=_background(style, self.background),
            opacity=self.opacity * _opacity(style.get("opacity")),
            displayed=self.displayed and not _is_gone(style),
            visible=_is_visible(style.get("visibility"), self.visible),
            on_page=self.on_page and not _is_off_page(style, font_px),
            is_block=style.get("display", "").split(" ")[-1] in _BLOCK_DISPLAYS,
        )
        return look._replace(reason=_reason(look))


ROOT_LOOK = Look(
    reason=None, colour=BLACK, background=WHITE, font_px=16.0, opacity=1.0, displayed=True, visible=True,
    on_page=True, is_block=True,
)  # fmt: skip


def _reason(look: Look) -> HiddenReason | None:
    if not look.displayed or not look.visible:
        return "display_none"
    if not look.on_page:
        return "off_page"
    if look.opacity < _FAINT:
        return "invisible"
    if look.font_px < _TINY_PX:
        return "tiny"
    if look.background is None:
        return "invisible" if look.colour.alpha < _FAINT else None
    seen = blend(look.colour._replace(alpha=look.colour.alpha * look.opacity), look.background)
    if contrast(seen, look.background) < HIDDEN_CONTRAST:
        return "invisible" if look.colour.alpha < _FAINT else "white"
    return None


def _resolved(text: str, variables: Mapping[str, str]) -> str:
    """Put custom properties in the place of `var()`; what is not known becomes its fallback, else nothing."""
    for _ in range(_DEEPEST_VARIABLE):
        if "var(" not in text:
            break
        text = _VARIABLE.sub(lambda match: variables.get(match[1], (match[2] or "").strip()), text)
    return text.strip()


def _zoom(value: str | None) -> float:
    try:
        factor = float((value or "1").rstrip("%")) / (100.0 if (value or "").endswith("%") else 1.0)
    except ValueError:
        return 1.0
    return factor if 0.0 < factor < 1.0 else 1.0


def _text_colour(style: Mapping[str, str], inherited: Colour) -> Colour:
    value = style.get("-webkit-text-fill-color") or style.get("color")
    colours = css_colours(value, current=inherited) if value else ()
    return colours[0] if colours else inherited


def _background(style: Mapping[str, str], behind: Colour | None) -> Colour | None:
    result = behind
    for name in ("background-color", "background", "background-image"):
        value = style.get(name)
        if not value or value in ("inherit", "initial", "unset", "none", "transparent"):
            continue
        colours = css_colours(value, current=BLACK)
        if colours and result is not None:
            # Of a gradient the first colour; both ends are as a rule alike enough.
            result = blend(colours[0], result)
        elif colours and colours[0].alpha >= 1.0:
            result = colours[0]
        if "url(" in value.lower():
            result = None
    return result


def _font_size(value: str | None, inherited: float) -> float:
    if not value:
        return inherited
    value = value.strip().lower()
    if value in _SIZES:
        return _SIZES[value]
    if value in ("smaller", "larger"):
        return inherited * (0.83 if value == "smaller" else 1.2)
    return _pixels(value, font_px=inherited, whole=inherited, default=inherited)


def _pixels(value: str | None, *, font_px: float, whole: float, default: float) -> float:
    match = _LENGTH.fullmatch(value.strip().lower()) if value else None
    if match is None:
        return default
    number, unit = float(match.group(1)), match.group(2)
    if unit in _PIXELS:
        return number * _PIXELS[unit]
    if unit in ("em", "ex", "ch"):
        return number * font_px * (1.0 if unit == "em" else 0.5)
    if unit == "rem":
        return number * 16.0
    return number / 100.0 * (whole if unit == "%" else 1000.0)


def _opacity(value: str | None) -> float:
    if not value:
        return 1.0
    try:
        number = float(value.strip().rstrip("%")) / (100.0 if value.strip().endswith("%") else 1.0)
    except ValueError:
        return 1.0
    return min(1.0, max(0.0, number))


def _is_visible(value: str | None, inherited: bool) -> bool:
    if value in ("hidden", "collapse"):
        return False
    return True if value in ("visible", "initial") else inherited


def _is_gone(style: Mapping[str, str]) -> bool:
    if style.get("display") == "none" or style.get("content-visibility") == "hidden":
        return True
    if _SCALE_ZERO.search(style.get("transform", "")) or re.match(r"0*\.?0+(?:\s|$)", style.get("scale", "")):
        return True
    return re.search(r"opacity\(\s*0*\.?0*%?\s*\)", style.get("filter", "")) is not None


def _is_off_page(style: Mapping[str, str], font_px: float) -> bool:
    def pixels(name: str) -> float:
        return _pixels(style.get(name), font_px=font_px, whole=1000.0, default=0.0)

    if min(pixels("text-indent"), pixels("margin-left"), pixels("margin-top")) <= -_FAR_PX:
        return True
    if pixels("letter-spacing") < -0.9 * max(font_px, 1.0):
        return True
    shifts = style.get("translate", "").split()[:2]
    if any(_pixels(shift, font_px=font_px, whole=400.0, default=0.0) <= -_FAR_PX for shift in shifts):
        return True
    positioned = style.get("position") in ("absolute", "fixed", "relative")
    if positioned and min(pixels("left"), pixels("top"), pixels("right"), pixels("bottom")) <= -_FAR_PX:
        return True
    inset = [_pixels(side, font_px=font_px, whole=1000.0, default=0.0) for side in style.get("inset", "").split()]
    if positioned and min(inset, default=0.0) <= -_FAR_PX:
        return True
    if positioned and (pixels("left") >= 5000 or pixels("top") >= 50_000):
        return True
    if translate := _TRANSLATE.search(style.get("transform", "")):
        for number, unit in ((translate.group(1), translate.group(2)), (translate.group(3), translate.group(4))):
            if number and _pixels(number + (unit or ""), font_px=font_px, whole=400.0, default=0.0) <= -_FAR_PX:
                return True
    return _is_clipped_away(style, font_px)


def _is_clipped_away(style: Mapping[str, str], font_px: float) -> bool:
    def pixels(name: str) -> float:
        return _pixels(style.get(name), font_px=font_px, whole=1000.0, default=1000.0)

    clips = style.get("overflow", style.get("overflow-y", "")) in ("hidden", "clip", "scroll", "auto")
    if clips and min(pixels("width"), pixels("height"), pixels("max-height"), pixels("max-width")) <= 2:
        return True
    for name in ("clip", "clip-path"):
        match = _CLIPPED.search(style.get(name, "").lower())
        if match is None:
            continue
        if match.group(5):
            arguments = match.group(6).replace(",", " ").split()
            sizes = [_pixels(argument, font_px=font_px, whole=100.0, default=-1.0) for argument in arguments[:1]]
            if match.group(5) == "inset" and sizes and sizes[0] >= 50:
                return True
            if match.group(5) in ("circle", "ellipse") and sizes and 0 <= sizes[0] <= 2:
                return True
            if match.group(5) == "polygon" and len(set(match.group(6).replace(" ", "").split(","))) == 1:
                return True
        elif style.get("position") in ("absolute", "fixed"):
            top, right, bottom, left = (
                _pixels(match.group(side), font_px=font_px, whole=100.0, default=1000.0) for side in (1, 2, 3, 4)
            )
            if right - (0 if left == 1000.0 else left) <= 2 or bottom - (0 if top == 1000.0 else top) <= 2:
                return True
    return False
