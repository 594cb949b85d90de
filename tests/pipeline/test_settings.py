from pathlib import Path

import platformdirs
import pytest
from pydantic import ValidationError

from pipeline.errors import ConfigurationError
from pipeline.settings import Settings, load_settings


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    # The developer's own variables must not decide what these tests see.
    for name in ("HOME", "LEDGER_URL", "RETENTION_DAYS", "OPENAI_API_KEY", "BASE_URL", "LOG_LEVEL", "CONFIG"):
        monkeypatch.delenv(f"SHORTLIST_{name}", raising=False)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


def test_home_defaults_to_the_users_data_directory() -> None:
    settings = Settings()
    assert settings.home == Path(platformdirs.user_data_dir("shortlist", appauthor=False))
    assert settings.ledger_url is None
    assert settings.openai_api_key is None


def test_every_variable_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SHORTLIST_HOME", str(tmp_path))
    monkeypatch.setenv("SHORTLIST_LEDGER_URL", "sqlite:///x.db")
    monkeypatch.setenv("SHORTLIST_RETENTION_DAYS", "30")
    monkeypatch.setenv("SHORTLIST_BASE_URL", "http://127.0.0.1:1/v1")
    monkeypatch.setenv("SHORTLIST_LOG_LEVEL", "debug")
    settings = load_settings()
    assert settings.home == tmp_path
    assert settings.ledger_url == "sqlite:///x.db"
    assert settings.retention_days == 30
    assert settings.base_url == "http://127.0.0.1:1/v1"
    assert settings.log_level == "DEBUG"


def test_home_is_made_absolute_and_expands_the_tilde(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert Settings(home=Path("store")).home == tmp_path / "store"
    assert Settings(home=Path("~/store")).home == tmp_path / "store"


def test_own_key_goes_before_the_common_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "common")
    common = Settings().openai_api_key
    assert common is not None
    assert common.get_secret_value() == "common"
    monkeypatch.setenv("SHORTLIST_OPENAI_API_KEY", "own")
    own = Settings().openai_api_key
    assert own is not None
    assert own.get_secret_value() == "own"


def test_key_does_not_show_when_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "very-secret")
    assert "very-secret" not in repr(Settings()) + str(Settings().model_dump_json())


def test_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHORTLIST_BASE_URL", "")
    monkeypatch.setenv("OPENAI_API_KEY", "")
    assert Settings().base_url is None
    assert Settings().openai_api_key is None


@pytest.mark.parametrize(
    ("name", "value"),
    [("RETENTION_DAYS", "soon"), ("RETENTION_DAYS", "0"), ("BASE_URL", "ftp://x"), ("LOG_LEVEL", "loud")],
)
def test_bad_variable_is_named(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"SHORTLIST_{name}", value)
    with pytest.raises(ConfigurationError, match=f"SHORTLIST_{name} ") as caught:
        load_settings()
    assert "pydantic" not in str(caught.value)


def test_the_ledger_lies_under_home_unless_a_url_says_otherwise(tmp_path: Path) -> None:
    assert Settings(home=tmp_path).ledger == tmp_path / "ledger.db"
    elsewhere = Settings(home=tmp_path, ledger_url="postgresql://db/shortlist", base_url="http://127.0.0.1:1/v1")
    assert elsewhere.ledger == "postgresql://db/shortlist"


def test_settings_set_apart_reach_no_ledger_but_their_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SHORTLIST_LEDGER_URL", "postgresql://db/shortlist")
    monkeypatch.setenv("SHORTLIST_BASE_URL", "http://127.0.0.1:1/v1")
    apart = load_settings().apart_in(tmp_path / "apart")
    assert apart.ledger == tmp_path / "apart" / "ledger.db"
    assert apart.base_url == "http://127.0.0.1:1/v1"


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        Settings().retention_days = 3  # type: ignore[misc]  # that it is refused is the point
