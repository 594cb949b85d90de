"""What every self-contained page is made with: its templates, its assets inside it, and the policy that holds it."""

import base64
import hashlib
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from pipeline.reports.text import printable

TEMPLATES = Path(__file__).with_name("templates")
"""Those of the reports; others have a folder of their own."""


@cache
def templates_in(folder: Path = TEMPLATES) -> Environment:
    """The templates of a folder; whatever they print is escaped and free of control characters."""
    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalized,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


@cache
def asset(name: str, folder: Path = TEMPLATES) -> str:
    """The text of a style sheet or script."""
    return (folder / name).read_text(encoding="utf-8")


def content_policy(*, style: str, script: str = "") -> str:
    """A policy under which nothing may be loaded, sent or framed; only this style and script may apply."""
    allowed = [f"style-src '{_hash(style)}'", *([f"script-src '{_hash(script)}'"] if script else [])]
    return "; ".join(("default-src 'none'", *allowed, "base-uri 'none'", "form-action 'none'"))


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _finalized(value: object) -> object:
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value
