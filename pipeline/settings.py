"""Where things lie and which secrets are used; nothing here can change a score."""

from pathlib import Path
from typing import Literal, Self

import platformdirs
from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from pipeline.settings_file import FileSource, settings_problem

TABLES = ("up",)
"""Tables of `shortlist.toml`; each has a class of its own."""


class Settings(BaseSettings):
    """Read once from the environment and `shortlist.toml`, by the wiring, which passes values on and not this object.

    Every variable starts with `SHORTLIST_`; a key of the file is the same without it, in small letters. The
    environment goes before the file, the file before the defaults. What changes a score is no setting: it stands in
    the scorecard or on the command line, and in the run record.
    """

    model_config = SettingsConfigDict(
        env_prefix="SHORTLIST_", frozen=True, extra="ignore", env_ignore_empty=True, populate_by_name=True
    )

    home: Path = Field(default_factory=lambda: Path(platformdirs.user_data_dir("shortlist", appauthor=False)))
    """`SHORTLIST_HOME`: holds ledger, vault and vectors; default the user's data directory."""
    ledger_url: str | None = None
    """`SHORTLIST_LEDGER_URL`: a SQLAlchemy URL; default `ledger.db` under `home`. May hold a password: never log it."""
    retention_days: int = Field(default=180, ge=1, le=3650)
    """`SHORTLIST_RETENTION_DAYS`: how long `shortlist purge` keeps original files."""
    openai_api_key: SecretStr | None = Field(
        default=None, validation_alias=AliasChoices("SHORTLIST_OPENAI_API_KEY", "OPENAI_API_KEY")
    )
    """`SHORTLIST_OPENAI_API_KEY`, else `OPENAI_API_KEY`; only needed for `--judge openai:MODEL`."""
    base_url: str | None = None
    """`SHORTLIST_BASE_URL`: an OpenAI-compatible endpoint; `--base-url` goes before it."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "WARNING"
    """`SHORTLIST_LOG_LEVEL`: logs hold ids, counts and times, never names or texts, at every level."""

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
        return init_settings, env_settings, FileSource(settings_cls, tables=TABLES)

    @property
    def ledger(self) -> str | Path:
        """Where the ledger lies, for `Ledger.open`. May hold a password: never log it."""
        return self.ledger_url or self.home / "ledger.db"

    def apart_in(self, home: Path) -> Self:
        """These settings with everything below another folder: what is done with them is seen in no ledger of ours.

        Args:
            home: An absolute path.
        """
        return self.model_copy(update={"home": home, "ledger_url": None})

    @field_validator("home")
    @classmethod
    def _absolute(cls, home: Path) -> Path:
        """An absolute path: a worker with another current folder must find the same ledger."""
        return home.expanduser().absolute()

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, level: object) -> object:
        return level.upper() if isinstance(level, str) else level

    @field_validator("base_url")
    @classmethod
    def _http(cls, url: str | None) -> str | None:
        if url is not None and not url.startswith(("http://", "https://")):
            raise ValueError("must start with http:// or https://")
        return url


def load_settings() -> Settings:
    """Read the settings.

    Raises:
        ConfigurationError: A value cannot be used; the message names the variable, or the file and its key, and
            never a secret's value.
    """
    try:
        return Settings()
    except ValidationError as problem:
        wrong = settings_problem(problem, table="", variables={name: _variable(name) for name in Settings.model_fields})
    raise wrong


def _variable(name: str) -> str:
    upper = name.upper()
    return upper if upper.endswith("OPENAI_API_KEY") else f"SHORTLIST_{upper}"
