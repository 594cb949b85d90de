"""Settings of `shortlist up`: the table `[up]` of `shortlist.toml`, or variables that start with `SHORTLIST_UP_`."""

import difflib
import os
from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AliasChoices, Field, JsonValue, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from pipeline.errors import ConfigurationError
from pipeline.settings_file import FileSource, settings_problem

LOOPBACK = frozenset(("127.0.0.1", "::1", "localhost"))

_TABLE = "up"
_PREFIX = "SHORTLIST_UP_"


class UpSettings(BaseSettings):
    """Read once, when `shortlist up` or one of its runs starts."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX, frozen=True, extra="ignore", env_ignore_empty=True, populate_by_name=True
    )

    host: str = "127.0.0.1"
    """Address of the review app. Any other than this machine's own needs accounts."""
    port: int = Field(default=8000, ge=1, le=65535)
    public_url: str | None = None
    """Where people reach the review app, for links in messages; the address of `host` and `port` if not given."""
    hosts: Annotated[tuple[str, ...], NoDecode] = ()
    """Further names under which the review app is reached, without ports; a request to another name is refused."""
    prefect_url: str | None = Field(
        default=None, validation_alias=AliasChoices("SHORTLIST_UP_PREFECT_URL", "PREFECT_API_URL")
    )
    """API of a Prefect server that runs already; without one, `up` starts its own on this machine."""
    prefect_port: int = Field(default=4200, ge=1, le=65535)
    """Of the server that `up` starts; it listens on 127.0.0.1 alone."""
    runner: Literal["here", "pool"] = "here"
    """Who screens: processes of `shortlist up`, or workers of the work pool in `prefect.yaml`."""
    runs_at_once: int = Field(default=2, ge=1, le=64)
    """Screenings that go on at a time; further ones wait."""
    run: dict[str, JsonValue] = Field(default_factory=dict)
    """Options that every screening is started with, such as `judge`; whoever starts one may choose others."""
    inboxes: dict[str, str] = Field(default_factory=dict)
    """Folder or URL (such as `s3://bucket/folder`) that an opening's candidates are fetched from, by opening."""
    import_roots: Annotated[tuple[str, ...], NoDecode] = ()
    """Folders and URLs below which people may fetch candidates, operators apart, who may anywhere."""
    notify: Annotated[tuple[SecretStr, ...], NoDecode] = ()
    """Where to tell that a shortlist changed: apprise URLs such as `json://host/path` or `mailtos://...`. They may
    hold passwords. In the environment they are separated by spaces."""
    notify_names: bool = False
    """Put the names of candidates into messages, not only their numbers."""
    blind: bool = True
    """Whether a new opening covers names."""
    cover_levels: bool = True
    """Whether a new opening covers levels until their evidence was opened."""
    max_upload_mb: int = Field(default=500, ge=1)
    """Of one upload, all files together."""
    max_upload_files: int = Field(default=20_000, ge=1)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is given, then the environment, then the file."""
        return init_settings, env_settings, FileSource(settings_cls, table=_TABLE)

    @field_validator("notify", "import_roots", "hosts", mode="before")
    @classmethod
    def _separated(cls, urls: object) -> object:
        return tuple(urls.split()) if isinstance(urls, str) else urls

    @field_validator("prefect_url", "public_url")
    @classmethod
    def _http(cls, url: str | None) -> str | None:
        if url is not None and not url.startswith(("http://", "https://")):
            raise ValueError("must start with http:// or https://")
        return url.rstrip("/") if url else None

    @property
    def address(self) -> str:
        """Where people reach the review app, without a slash at the end."""
        if self.public_url:
            return self.public_url
        return self.local_address

    @property
    def local_address(self) -> str:
        """Where the review app is reached from this machine."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    @property
    def reached_as(self) -> frozenset[str]:
        """Names in the addresses of requests that are answered, besides those of this machine."""
        named = urlsplit(self.public_url).hostname if self.public_url else None
        own = () if self.host in (*LOOPBACK, "0.0.0.0", "::") else (self.host,)
        return frozenset((*self.hosts, *own, *((named,) if named else ())))

    @property
    def prefect_api(self) -> str:
        """Of the server that is used."""
        return self.prefect_url or f"http://127.0.0.1:{self.prefect_port}/api"


def load_up_settings(**given: str | int | bool | Path | None) -> UpSettings:
    """Read the settings.

    Args:
        given: What the command line says, by field; None for what it does not say.

    Raises:
        ConfigurationError: A value cannot be used; the message names the variable, or the file and its key.
    """
    variables = {name: f"{_PREFIX}{name.upper()}" for name in UpSettings.model_fields}
    _refuse_unknown(variables.values())
    try:
        return UpSettings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]  # checked by pydantic
    except ValidationError as problem:
        wrong = settings_problem(problem, table=_TABLE, variables=variables)
    except SettingsError:
        # Its message and its cause may hold the value, and that a password.
        tables = f"{_PREFIX}RUN or {_PREFIX}INBOXES"
        wrong = ConfigurationError(
            f'{tables} is no JSON. Write a table such as {{"judge": "evidence"}}, or use the file.'
        )
    raise wrong


def _refuse_unknown(known: Collection[str]) -> None:
    """A variable with a slip in its name must not leave a setting at its default without a word.

    Raises:
        ConfigurationError: Names it, and the one that it is like.
    """
    for name in sorted(os.environ):
        if name.upper().startswith(_PREFIX) and name.upper() not in known:
            # Without what all begin with, or everything would be like everything.
            fields = [one.removeprefix(_PREFIX) for one in known]
            near = difflib.get_close_matches(name.upper().removeprefix(_PREFIX), fields, n=1)
            hint = f"Did you mean {_PREFIX}{near[0]}?" if near else f"Known are {', '.join(sorted(known))}."
            raise ConfigurationError(f"The variable {name} is not known. {hint}")
