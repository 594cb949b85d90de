"""Which declarations apply to which element, from `style` attributes and `<style>` sheets."""

import re
from typing import NamedTuple

import tinycss2
from bs4 import BeautifulSoup
from lxml import etree, html

from pipeline.documents.css_visibility import Look

_NUMBER_ATTRIBUTE = "data-shortlist-number"
_WATCHED_TEXT = """
    display visibility opacity font-size font color -webkit-text-fill-color background background-color
    background-image position left top right bottom text-indent margin-left margin-top clip clip-path width
    height max-height max-width overflow overflow-y transform filter content-visibility
    zoom letter-spacing translate scale inset
"""
_WATCHED = frozenset(_WATCHED_TEXT.split())
_MOST_RULES = 3000
_DEEPEST_RULE = 4
_SCREEN_PX = 1280.0
_WIDTH_QUERY = re.compile(r"\(\s*(min|max)-width\s*:\s*([\d.]+)(px|em|rem)\s*\)")
_OTHER_QUERY = re.compile(r"\((?!\s*(?:min|max)-width)")
_FONT_SIZE_IN_SHORTHAND = re.compile(r"(?:^|\s)(-?[\d.]+(?:px|pt|em|rem|%|in|cm|mm|pc))(?:\s*/|\s)")


class _Rule(NamedTuple):
    selector: str
    style: dict[str, str]
    important: dict[str, str]


class Cascade:
    """The declarations of one document, ready to be asked element by element."""

    def __init__(self, root: html.HtmlElement) -> None:
        sheets = [element.text or "" for element in root.iter("style") if _is_screen(element.get("media", ""))]
        rules = [rule for sheet in sheets for rule in _rules(sheet)][:_MOST_RULES]
        self._matched: dict[html.HtmlElement, list[_Rule]] = _match(root, rules) if rules else {}

    def look(self, element: html.HtmlElement, parent: Look) -> Look:
        """Return how the text inside an element looks."""
        rules = self._matched.get(element, ())
        inline = element.get("style")
        attributes = _presentation(element)
        if not rules and inline is None and not attributes:
            return parent.inside({})
        style = attributes
        for rule in rules:
            style.update(rule.style)
        important: dict[str, str] = {}
        if inline is not None:
            own, important = _declarations(tinycss2.parse_blocks_contents(inline, skip_comments=True))
            style.update(own)
        for rule in rules:
            style.update(rule.important)
        style.update(important)
        return parent.inside(style)


def _presentation(element: html.HtmlElement) -> dict[str, str]:
    """What attributes older than CSS say; a style sheet wins over them."""
    style: dict[str, str] = {}
    if element.get("hidden") is not None or element.get("popover") is not None:
        style["display"] = "none"
    if element.tag == "dialog" and element.get("open") is None:
        style["display"] = "none"
    if element.tag == "input":
        style["display"] = "none"
    if element.tag == "font" and (colour := element.get("color")):
        style["color"] = colour
    if background := element.get("bgcolor"):
        style["background-color"] = background
    if element.tag == "body" and (colour := element.get("text")):
        style["color"] = colour
    return style


def _declarations(nodes: list[tinycss2.ast.Node]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the watched declarations: ordinary and `!important` ones."""
    ordinary: dict[str, str] = {}
    important: dict[str, str] = {}
    for node in nodes:
        if node.type != "declaration" or not (node.lower_name in _WATCHED or node.name.startswith("--")):
            continue
        value = tinycss2.serialize(node.value).strip().lower()
        target = important if node.important else ordinary
        if node.name.startswith("--"):
            target[node.name] = value
        elif node.lower_name == "font":
            if match := _FONT_SIZE_IN_SHORTHAND.search(value):
                target["font-size"] = match.group(1)
        else:
            target[node.lower_name] = value
            if node.lower_name == "background":
                target.pop("background-color", None)
                target.pop("background-image", None)
    return ordinary, important


def _rules(sheet: str) -> list[_Rule]:
    found: list[_Rule] = []
    _collect(tinycss2.parse_stylesheet(sheet, skip_comments=True, skip_whitespace=True), found)
    return found


def _collect(nodes: list[tinycss2.ast.Node], found: list[_Rule], *, depth: int = 0) -> None:
    for node in nodes:
        if node.type == "at-rule" and node.content is not None:
            if node.lower_at_keyword == "media" and not _is_screen(tinycss2.serialize(node.prelude)):
                continue
            if node.lower_at_keyword in ("media", "supports", "layer"):
                _collect(tinycss2.parse_rule_list(node.content, skip_comments=True, skip_whitespace=True), found)
        elif node.type == "qualified-rule":
            contents = tinycss2.parse_blocks_contents(node.content, skip_comments=True, skip_whitespace=True)
            style, important = _declarations(contents)
            selector = tinycss2.serialize(node.prelude).strip()
            if style or important:
                found.append(_Rule(selector, style, important))
            if depth < _DEEPEST_RULE:
                inner: list[_Rule] = []
                _collect([part for part in contents if part.type == "qualified-rule"], inner, depth=depth + 1)
                found += (rule._replace(selector=_nested(selector, rule.selector)) for rule in inner)


def _nested(outer: str, inner: str) -> str:
    """Return the selector of a rule inside another rule."""
    parts = (part if "&" in part else f"& {part}" for part in _split_selectors(inner))
    return ", ".join(part.replace("&", f":is({outer})") for part in parts)


def _is_screen(query: str) -> bool:
    """True if a media query holds for a light desktop screen."""
    if not query.strip():
        return True
    return any(_is_screen_part(part.strip().lower()) for part in query.split(","))


def _is_screen_part(part: str) -> bool:
    if part.startswith(("print", "speech", "not screen", "not all")) or _OTHER_QUERY.search(part):
        return False
    for bound, number, unit in _WIDTH_QUERY.findall(part):
        width = float(number) * (1.0 if unit == "px" else 16.0)
        if (bound == "min" and width > _SCREEN_PX) or (bound == "max" and width < _SCREEN_PX):
            return False
    return True


def _match(root: html.HtmlElement, rules: list[_Rule]) -> dict[html.HtmlElement, list[_Rule]]:
    """Return the rules for each element, weakest first.

    The selector engine works on its own tree; numbers written into both trees tie the elements together.
    """
    elements = [element for element in root.iter() if isinstance(element.tag, str)]
    for number, element in enumerate(elements):
        element.set(_NUMBER_ATTRIBUTE, str(number))
    soup = BeautifulSoup(etree.tostring(root, encoding="unicode", method="html"), "lxml")
    matched: dict[html.HtmlElement, list[tuple[tuple[int, int, int], int, _Rule]]] = {}
    for order, rule in enumerate(rules):
        for selector in _split_selectors(rule.selector):
            for tag in _select(soup, selector):
                number = tag.get(_NUMBER_ATTRIBUTE)
                if isinstance(number, str) and number.isdigit() and int(number) < len(elements):
                    entry = (_specificity(selector), order, rule)
                    matched.setdefault(elements[int(number)], []).append(entry)
    for element in elements:
        del element.attrib[_NUMBER_ATTRIBUTE]
    return {
        element: [rule for _, _, rule in sorted(entries, key=lambda entry: entry[:2])]
        for element, entries in matched.items()
    }


def _split_selectors(selector: str) -> list[str]:
    parts: list[str] = []
    depth, start = 0, 0
    for position, character in enumerate(selector):
        depth += (character in "([") - (character in ")]")
        if character == "," and depth == 0:
            parts.append(selector[start:position].strip())
            start = position + 1
    return [part for part in [*parts, selector[start:].strip()] if part and "::" not in part]


def _select(soup: BeautifulSoup, selector: str) -> list[html.HtmlElement]:
    try:
        return list(soup.select(selector))
    except Exception:  # noqa: BLE001  # selectors are hostile text; one that is not understood styles nothing
        return []


def _specificity(selector: str) -> tuple[int, int, int]:
    """Return an approximate CSS specificity: ids, then classes, attributes and states, then names."""
    ids = len(re.findall(r"#[\w-]+", selector))
    classes = len(re.findall(r"\.[\w-]+|\[[^\]]*\]|(?<!:):(?!not|is|where|has)[\w-]+", selector))
    names = len(re.findall(r"(?:^|[\s>+~(])[a-zA-Z][\w-]*", selector))
    return ids, classes, names
