"""YAML that people write beside the data, and what is wrong with it in plain words."""

from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import TypeAdapter, ValidationError

from pipeline.errors import ConfigurationError

T = TypeVar("T")
_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The same language, ten times as fast where libyaml is there."""
_WORDS = {
    "tuple_type": "is no list; begin every entry with `- `",
    "dict_type": "is no table of `name: value`",
    "model_type": "is no table of `name: value`",
    "string_type": "is no text; put it in double quotes",
}


def load_yaml(path: Path) -> object:
    """What a file holds; None if it is empty.

    Raises:
        ConfigurationError: It cannot be read; the message names the line.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{str(path)!r} cannot be read: {error.strerror}. Name another file.") from error
    try:
        return yaml.load(content.decode("utf-8-sig"), Loader=_LOADER)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ConfigurationError(
            f"{str(path)!r}, line {line}: the file is not UTF-8. Save it again with the encoding UTF-8."
        ) from error
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        where = f", line {mark.line + 1}" if mark is not None else ""
        raise ConfigurationError(
            f"{str(path)!r}{where}: the file is no valid YAML. Look at the line and the ones above it for a missing "
            "colon, quotation mark or bracket, and for a wrong indentation."
        ) from error


def read_as(content: object, adapter: TypeAdapter[T], *, path: Path) -> T:
    """What a file holds, as a model.

    Raises:
        ConfigurationError: It does not fit; the message names the entry.
    """
    try:
        return adapter.validate_python(content)
    except ValidationError as error:
        raise ConfigurationError(f"{str(path)!r}{_in_words(error)}. Correct it.") from error


def _in_words(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    *above, last = first["loc"] or ("",)
    if first["type"] == "missing":
        return f"{_place(above)} lacks {last!r}"
    if first["type"] == "extra_forbidden":
        return f"{_place(above)} has {last!r}, which is not known there"
    told = first["msg"].removeprefix("Value error, ").removeprefix("Input ")
    return f"{_place(first['loc'])}: {_WORDS.get(first['type'], told)}"


def _place(parts: "tuple[int | str, ...] | list[int | str]") -> str:
    return "".join(f", entry {part + 1}" if isinstance(part, int) else f", {part!r}" for part in parts)
