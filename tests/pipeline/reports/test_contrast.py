"""Colours of the page reach WCAG AA in light, dark and print, computed from the style sheet itself."""

import re
from pathlib import Path

import pytest

import pipeline.reports

STYLE = (Path(pipeline.reports.__file__).parent / "templates" / "style.css").read_text(encoding="utf-8")
PAIRS = [
    *[(text, ground) for text in ("ink", "soft", "accent", "warn", "alert") for ground in ("paper", "card")],
    ("ink", "accent-soft"),
    ("soft", "accent-soft"),
    ("accent", "accent-soft"),
    ("on-accent", "accent"),
    ("warn", "warn-soft"),
    *[("ink", f"l{level}") for level in range(5)],
]


def palettes() -> dict[str, dict[str, str]]:
    blocks = re.findall(r":root\s*{([^}]*)}", STYLE)
    light, dark, paper = (dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{3,6})", block)) for block in blocks)
    return {"light": light, "dark": light | dark, "print": light | paper}


def luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = "".join(2 * d for d in digits) if len(digits) == 3 else digits
    channels = [int(digits[n : n + 2], 16) / 255 for n in (0, 2, 4)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_computed_as_wcag_defines_it():
    assert contrast("#000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("palette", ["light", "dark", "print"])
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_reaches_aa_on_its_ground(palette, text, ground):
    colours = palettes()[palette]
    assert contrast(colours[text], colours[ground]) >= 4.5


@pytest.mark.parametrize("palette", ["light", "dark", "print"])
def test_drawings_and_focus_reach_three_to_one(palette):
    colours = palettes()[palette]
    for ground in ("paper", "card"):
        assert contrast(colours["accent"], colours[ground]) >= 3
        assert contrast(colours["soft"], colours[ground]) >= 3


def test_every_colour_in_a_rule_is_a_variable():
    rules = re.sub(r":root\s*{[^}]*}", "", STYLE)
    named = set(re.findall(r"#[0-9a-fA-F]{3,6}\b", rules))
    assert named <= {"#000"}, "only print may use black itself"
