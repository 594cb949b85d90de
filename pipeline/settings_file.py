"""`shortlist.toml`: settings that are kept in a file; what stands in the environment goes before it."""

import difflib
import os
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from pipeline.errors import ConfigurationError

WHERE = "SHORTLIST_CONFIG"
"""Names the file; without it, a `shortlist.toml` in the current folder is read if there is one."""
NAME = "shortlist.toml"


def settings_file() -> Path | None:
    """The file that settings are read from, if there is one.

    Raises:
        ConfigurationError: The environment names a file that is not there.
    """
    if named := os.environ.get(WHERE):
        path = Path(named).expanduser().absolute()
        if not path.is_file():
            raise ConfigurationError(f"{WHERE} names {named!r}, which is not a file. Correct or unset the variable.")
        return path
    path = Path(NAME).absolute()
    return path if path.is_file() else None


def read_settings_file(path: Path) -> dict[str, Any]:
    """The content of a settings file.

    Raises:
        ConfigurationError: It cannot be read.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} is not TOML: {error}. Correct the file.") from error
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}. Give it to this user.") from error


class FileSource(PydanticBaseSettingsSource):
    """One table of the settings file as a source of settings.

    Args:
        settings_cls: The class that is filled.
        table: Name of the table; empty for what stands before the first table.
        tables: Names of the file's tables, which are no keys of the first part.
    """

    def __init__(self, settings_cls: type[BaseSettings], *, table: str = "", tables: Iterable[str] = ()) -> None:
        super().__init__(settings_cls)
        self._table = table
        self._tables = frozenset(tables)

    def __call__(self) -> dict[str, Any]:
        """The values of the table, by field."""
        path = settings_file()
        if path is None:
            return {}
        whole = read_settings_file(path)
        part = whole.get(self._table, {}) if self._table else {k: v for k, v in whole.items() if k not in self._tables}
        if not isinstance(part, dict):
            raise ConfigurationError(f"{path}: {self._table!r} must be a table, written as [{self._table}].")
        fields = self.settings_cls.model_fields
        for key in part:
            if key not in fields:
                raise ConfigurationError(_unknown(path, self._table, key, [*fields, *self._tables]))
        return _paths_beside_the_file(part, fields, path.parent)

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Required by the base class, which asks `__call__` first; nothing more to say."""
        return None, field_name, False


def _unknown(path: Path, table: str, key: str, known: list[str]) -> str:
    name = f"{table}.{key}" if table else key
    near = difflib.get_close_matches(key, known, n=1)
    hint = f"Did you mean {near[0]!r}?" if near else f"Known here: {', '.join(sorted(known))}."
    return f"{path}: the key {name!r} is not known. {hint}"


def _paths_beside_the_file(values: dict[str, Any], fields: dict[str, FieldInfo], folder: Path) -> dict[str, Any]:
    """Relative paths of a file mean its own folder: it is read from wherever a command is run."""
    return {
        key: str(folder / Path(value).expanduser())
        if isinstance(value, str) and fields[key].annotation in (Path, Path | None)
        else value
        for key, value in values.items()
    }


def settings_problem(problem: ValidationError, *, table: str, variables: dict[str, str]) -> ConfigurationError:
    """Say which variable or key of the file cannot be used, and never a secret's value.

    Args:
        problem: What pydantic found.
        table: The table of the file that the settings are read from, or empty.
        variables: Name of the environment variable by field.
    """
    causes = []
    path = settings_file()
    for error in problem.errors(include_input=False, include_url=False):
        field = str(error["loc"][0]) if error["loc"] else ""
        variable = variables.get(field, field)
        cause = error["msg"].removeprefix("Value error, ")
        if path is None or os.environ.get(variable):
            causes.append(f"{variable} {cause}")
        else:
            key = ".".join([*([table] if table else []), *map(str, error["loc"])])
            causes.append(f"{key!r} in {path} {cause}")
    return ConfigurationError(f"The settings cannot be used: {'; '.join(causes)}. Change or remove them.")
