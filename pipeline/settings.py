"""Settings of the operator, from the environment. What changes a score is never among them."""

from pathlib import Path

from platformdirs import user_data_path
from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Where things lie, and secrets; built once in `flows.wiring`."""

    model_config = SettingsConfigDict(env_prefix="SHORTLIST_", frozen=True, extra="ignore")

    home: Path = Field(default_factory=lambda: user_data_path("shortlist"))
    """Ledger, vault and index lie here. `SHORTLIST_HOME`."""
    ledger_url: str | None = None
    """SQLAlchemy URL of the ledger; a SQLite file in `home` if not given. `SHORTLIST_LEDGER_URL`."""
    retention_days: int = Field(default=180, ge=1)
    """How long original files are kept. `SHORTLIST_RETENTION_DAYS`."""
    openai_api_key: SecretStr | None = Field(
        default=None, validation_alias=AliasChoices("openai_api_key", "SHORTLIST_OPENAI_API_KEY", "OPENAI_API_KEY")
    )
    """Key of the chat judge's endpoint. `SHORTLIST_OPENAI_API_KEY` or `OPENAI_API_KEY`."""
    base_url: str | None = None
    """Endpoint of the chat judge if it is not OpenAI's. `SHORTLIST_BASE_URL`."""
