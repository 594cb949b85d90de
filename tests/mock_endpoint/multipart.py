"""Reads an uploaded form; only what the files API needs."""

import re
from collections.abc import Iterator
from typing import NamedTuple


class Part(NamedTuple):
    """One field of a form."""

    name: str
    filename: str | None
    content: bytes


def read_form(content_type: str, body: bytes) -> dict[str, Part]:
    """The fields by name.

    Raises:
        ValueError: It is no form.
    """
    found = re.search(r'boundary="?([^";]+)"?', content_type)
    if not content_type.startswith("multipart/form-data") or found is None:
        raise ValueError("not multipart/form-data")
    return {part.name: part for part in _parts(body, b"--" + found[1].encode())}


def _parts(body: bytes, delimiter: bytes) -> Iterator[Part]:
    # The delimiter begins a line; the first one has no line before it.
    for piece in (b"\r\n" + body).split(b"\r\n" + delimiter)[1:]:
        if piece.startswith(b"--"):
            return
        head, divider, content = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        name = re.search(rb'\bname="([^"]*)"', head)
        if not divider or name is None:
            raise ValueError("a part of the form has no name")
        filename = re.search(rb'\bfilename="([^"]*)"', head)
        yield Part(name[1].decode(), filename[1].decode() if filename else None, content)
    raise ValueError("the form has no end")
