# ruff: noqa: E501 - a carrier is read best on one line
"""HTML and Markdown with hidden text, and pages that only look as if they had some."""

from collections.abc import Iterator

from tests.pipeline.documents.carriers import BENIGN, SECRET, VISIBLE, Carrier

_HIDING: dict[str, tuple[str, ...]] = {
    "display-none": ('<p style="display:none">%s</p>', "display_none"),
    "display-none-upper-case": ('<p STYLE="DISPLAY : NONE !important">%s</p>', "display_none"),
    "hidden-attribute": ("<div hidden><p>%s</p></div>", "display_none"),
    "visibility-hidden": ('<span style="visibility:hidden">%s</span>', "display_none"),
    "template": ("<template><p>%s</p></template>", "display_none"),
    "noscript": ("<noscript><p>%s</p></noscript>", "display_none"),
    "closed-dialog": ("<dialog>%s</dialog>", "display_none"),
    "opacity": ('<p style="opacity:0">%s</p>', "invisible"),
    "opacity-percent": ('<p style="opacity: 1%%">%s</p>', "invisible"),
    "transparent": ('<p style="color:transparent">%s</p>', "invisible"),
    "rgba-zero": ('<p style="color:rgba(0,0,0,0)">%s</p>', "invisible"),
    "white": ('<p style="color:#fff">%s</p>', "white"),
    "white-name": ('<p style="color:white">%s</p>', "white"),
    "white-hsl": ('<p style="color:hsl(0, 0%%, 100%%)">%s</p>', "white"),
    "nearly-white": ('<p style="color:#fdfdfd">%s</p>', "white"),
    "font-tag": ('<font color="#ffffff">%s</font>', "white"),
    "same-as-panel": ('<div style="background:#123"><p style="color:#123">%s</p></div>', "white"),
    "fill-colour": ('<p style="-webkit-text-fill-color: white">%s</p>', "white"),
    "font-size-zero": ('<p style="font-size:0">%s</p>', "tiny"),
    "font-size-one": ('<p style="font-size:1px">%s</p>', "tiny"),
    "font-size-points": ('<p style="font-size:.5pt">%s</p>', "tiny"),
    "font-shorthand": ('<p style="font: 1px/1 serif">%s</p>', "tiny"),
    "nested-em": ('<div style="font-size:.4em"><div style="font-size:.4em">%s</div></div>', "tiny"),
    "off-left": ('<div style="position:absolute;left:-9999px">%s</div>', "off_page"),
    "off-top": ('<div style="position:fixed;top:-200em">%s</div>', "off_page"),
    "text-indent": ('<p style="text-indent:-9999px">%s</p>', "off_page"),
    "margin": ('<p style="margin-left:-5000px">%s</p>', "off_page"),
    "translate": ('<p style="transform:translateX(-9999px)">%s</p>', "off_page"),
    "scale-zero": ('<p style="transform: scale(0)">%s</p>', "display_none"),
    "clip-rect": ('<div style="position:absolute;clip:rect(0,0,0,0)">%s</div>', "off_page"),
    "clip-rect-pixels": ('<div style="position:absolute;clip: rect(1px, 1px, 1px, 1px)">%s</div>', "off_page"),
    "clip-path": ('<div style="clip-path: inset(50%%)">%s</div>', "off_page"),
    "clip-circle": ('<div style="clip-path: circle(0)">%s</div>', "off_page"),
    "one-pixel-box": ('<div style="width:1px;height:1px;overflow:hidden">%s</div>', "off_page"),
    "no-height": ('<div style="max-height:0;overflow:hidden">%s</div>', "off_page"),
    "sheet-class": ("<style>.x1{display:none}</style><p class=x1>%s</p>", "display_none"),
    "sheet-id": ("<style>#q{color:white!important}p{color:black}</style><p id=q>%s</p>", "white"),
    "sheet-media-screen": ("<style>@media screen{.z{font-size:0}}</style><p class='z'>%s</p>", "tiny"),
    "sheet-media-all": ("<style media=all>div > span{visibility:hidden}</style><div><span>%s</span></div>", "display_none"),
    "sheet-attribute": ("<style>[data-a]{opacity:0}</style><p data-a>%s</p>", "invisible"),
    "sheet-nth": ("<style>p:nth-of-type(3){display:none}</style><p>%s</p>", "display_none"),
    "sheet-not": ("<style>p:not(.v){color:#fff}</style><p>%s</p>", "white"),
    "sheet-imports-first": ("<style>@charset 'x'; @import 'y';.k{left:-9999px;position:absolute}</style><b class=k>%s</b>", "off_page"),
    "body-colour": ("<style>body{background:#fefefe}.s{color:#ffffff}</style><p class=s>%s</p>", "white"),
    "white-oklch": ('<p style="color:oklch(1 0 0)">%s</p>', "white"),
    "white-lab": ('<p style="color:lab(100%% 0 0)">%s</p>', "white"),
    "white-by-variable": ("<style>:root{--paper:#fff}p.q{color:var(--paper)}</style><p class=q>%s</p>", "white"),
    "variable-in-variable": ("<style>:root{--a:1px;--b:var(--a)}p.q{font-size:var(--b, 9pt)}</style><p class=q>%s</p>", "tiny"),
    "nested-rule": ("<style>.o{.k{display:none}}</style><div class=o><p class=k>%s</p></div>", "display_none"),
    "nested-rule-of-itself": ("<style>.o{&.k{display:none}}</style><p class='o k'>%s</p>", "display_none"),
    "popover": ("<div popover>%s</div>", "display_none"),
    "progress-fallback": ("<progress value=1>%s</progress>", "display_none"),
    "noframes": ("<noframes>%s</noframes>", "display_none"),
    "formula-annotation": ("<math><semantics><mi>x</mi><annotation>%s</annotation></semantics></math>", "display_none"),
    "drawing-definition": ("<svg><defs><text>%s</text></defs></svg>", "display_none"),
    "zoom": ('<p style="zoom:0.01">%s</p>', "tiny"),
    "filter": ('<p style="filter:opacity(0%%)">%s</p>', "display_none"),
    "letters-on-top": ('<p style="letter-spacing:-2em">%s</p>', "off_page"),
    "inset": ('<div style="position:absolute;inset:-9999px auto auto -9999px">%s</div>', "off_page"),
    "translate-property": ('<p style="translate:-9999px">%s</p>', "off_page"),
    "scale-property": ('<p style="scale:0">%s</p>', "display_none"),
    "clip-point": ('<p style="clip-path:polygon(0 0, 0 0, 0 0)">%s</p>', "off_page"),
    "comment": ("<!-- %s -->", "html_comment"),
    "comment-in-text": ("<p>Text <!--%s--> goes on here.</p>", "html_comment"),
    "comment-in-style": ("<p></p><!--[if mso]>%s<![endif]-->", "html_comment"),
}  # fmt: skip

_LOOKING_HIDDEN: dict[str, str] = {
    "aria-hidden": '<p aria-hidden="true">%s</p>',
    "grey": '<p style="color:#999">%s</p>',
    "pale-grey": '<p style="color:#bbb">%s</p>',
    "small": '<p style="font-size:8px">%s</p>',
    "white-on-dark": '<div style="background:#123;color:#fff"><p>%s</p></div>',
    "white-on-dark-sheet": "<style>.side{background-color:#203040;color:white}</style><aside class=side>%s</aside>",
    "white-on-gradient": '<div style="background:linear-gradient(90deg,#123,#345);color:#fff">%s</div>',
    "white-on-picture": '<div style="background:url(band.png);color:#fff">%s</div>',
    "background-shorthand": "<style>.h{background:#2a2a2a url(x.png) no-repeat;color:#fefefe}</style><div class=h>%s</div>",
    "print-only-rule": "<style>@media print{p{display:none}}</style><p>%s</p>",
    "narrow-screen-rule": "<style>@media (max-width:600px){p{display:none}}</style><p>%s</p>",
    "dark-mode-rule": "<style>@media (prefers-color-scheme:dark){p{color:#fff}}</style><p>%s</p>",
    "overridden": "<style>p{display:none}p.show{display:block}</style><p class=show>%s</p>",
    "inline-over-sheet": "<style>.a{color:white}</style><p class=a style='color:black'>%s</p>",
    "visible-again": '<div style="visibility:hidden"><p style="visibility:visible">%s</p></div>',
    "size-reset": '<div style="font-size:0"><span style="font-size:14px">%s</span></div>',
    "half-opacity": '<p style="opacity:.6">%s</p>',
    "relative": '<p style="position:relative;left:-3px">%s</p>',
    "hanging-indent": '<p style="text-indent:-20px;padding-left:20px">%s</p>',
    "details": "<details><summary>More</summary>%s</details>",
    "fixed-height": '<div style="height:40px;overflow:auto">%s</div>',
    "superscript": "<p>Built it<sup>1</sup>.</p><small>%s</small>",
    "link": '<p><a href="https://mailhouse.example" style="color:#06c">%s</a></p>',
    "hover-rule": "<style>p:hover{opacity:0} p::before{content:'x';color:#fff}</style><p>%s</p>",
    "dark-oklch": '<p style="color:oklch(0.3 0.1 250)">%s</p>',
    "dark-lch-on-white": '<div style="background:lab(98%% 0 0)"><p style="color:lch(30%% 40 250)">%s</p></div>',
    "white-by-variable-on-dark": "<style>:root{--ink:#fff}aside{background:#123;color:var(--ink)}</style><aside>%s</aside>",
    "variable-reset": "<style>:root{--c:#fff}.z{--c:#222;color:var(--c)}</style><p class=z>%s</p>",
    "nested-rule-elsewhere": "<style>.o{.k{display:none}}</style><p class=k>%s</p>",
    "bar-with-label": "<p>Go <progress value=80 max=100>80%%</progress></p><p>%s</p>",
    "tight-letters": '<p style="letter-spacing:-0.03em;zoom:1.1;scale:1;filter:opacity(0.9)">%s</p>',
    "css-variable": "<style>:root{--c:#fff}p{color:var(--d)}</style><p>%s</p>",
}

_MARKDOWN_HIDING: dict[str, tuple[str, ...]] = {
    "comment": ("<!-- %s -->", "html_comment"),
    "comment-lines": ("<!--\n%s\n-->", "html_comment"),
    "comment-inline": ("Some words <!-- %s --> and more words.", "html_comment"),
    "link-definition": ("[//]: # (%s)", "html_comment"),
    "link-definition-quoted": ('[comment]: <> "%s"', "html_comment"),
    "div": ('<div style="display:none">\n\n%s\n\n</div>', "display_none"),
    "span": ('Some words <span style="font-size:0">%s</span> and more words.', "tiny"),
    "white-span": ('<span style="color:white">%s</span>', "white"),
    "hidden-attribute": ("<p hidden>%s</p>", "display_none"),
}


def html_carriers() -> Iterator[Carrier]:
    """Yield every way of hiding text in HTML and Markdown."""
    for name, (markup, *reasons) in _HIDING.items():
        yield Carrier(f"{name}.html", _page(markup % SECRET), SECRET, tuple(reasons))
    for name, (markup, *reasons) in _MARKDOWN_HIDING.items():
        text = "\n\n".join([*VISIBLE, markup % SECRET, ""])
        yield Carrier(f"{name}.md", text.encode(), SECRET, tuple(reasons))


def benign_pages() -> Iterator[Carrier]:
    """Yield pages whose text can be read."""
    for name, markup in _LOOKING_HIDDEN.items():
        yield Carrier(f"{name}.html", _page(markup % BENIGN), None, visible=(*VISIBLE, BENIGN))


def _page(markup: str) -> bytes:
    body = "".join(f"<p class='v show'>{line}</p>" for line in VISIBLE)
    return f"<!DOCTYPE html><html><head><title>x</title></head><body>{body}{markup}</body></html>".encode()
