"""`shortlist.toml`: read below the environment; what is wrong is named by file and key."""

from pathlib import Path

import pytest

from pipeline.errors import ConfigurationError
from pipeline.settings import Settings, load_settings
from pipeline.settings_up import UpSettings, load_up_settings


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [*Settings.model_fields, *(f"UP_{field}" for field in UpSettings.model_fields), "CONFIG"]:
        monkeypatch.delenv(f"SHORTLIST_{name.upper()}", raising=False)
    for name in ("OPENAI_API_KEY", "PREFECT_API_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def write(text: str, path: Path = Path("shortlist.toml")) -> None:
    path.write_text(text, encoding="utf-8")


def test_environment_goes_before_file_and_file_before_default(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().retention_days == 180
    write('retention_days = 30\nlog_level = "info"\n[up]\nport = 8100\nhost = "::1"\n')
    assert load_settings().retention_days == 30
    assert load_settings().log_level == "INFO"
    assert (load_up_settings().port, load_up_settings().address) == (8100, "http://[::1]:8100")
    monkeypatch.setenv("SHORTLIST_RETENTION_DAYS", "60")
    monkeypatch.setenv("SHORTLIST_UP_PORT", "8200")
    assert load_settings().retention_days == 60
    assert load_up_settings().port == 8200
    assert load_up_settings(port=8300).port == 8300


def test_a_key_in_the_environment_goes_before_one_in_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    write('openai_api_key = "from the file"')
    monkeypatch.setenv("OPENAI_API_KEY", "from the environment")
    key = load_settings().openai_api_key
    assert key is not None
    assert key.get_secret_value() == "from the environment"


def test_paths_in_the_file_lie_beside_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    write('home = "store"', tmp_path / "etc" / "own.toml")
    monkeypatch.setenv("SHORTLIST_CONFIG", "etc/own.toml")
    assert load_settings().home == tmp_path / "etc" / "store"


def test_a_missing_file_that_is_named_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHORTLIST_CONFIG", "none.toml")
    with pytest.raises(ConfigurationError, match=r"SHORTLIST_CONFIG names 'none.toml'"):
        load_settings()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("retention_days = 0", r"'retention_days' in .*shortlist\.toml Input should be greater"),
        (
            "retension_days = 3",
            r"shortlist\.toml: the key 'retension_days' is not known. Did you mean 'retention_days'",
        ),
        ("[upp]\nport = 1", r"the key 'upp' is not known. Did you mean 'up'"),
        ("home = [", r"shortlist\.toml is not TOML"),
    ],
)
def test_what_is_wrong_is_named(text: str, said: str) -> None:
    write(text)
    with pytest.raises(ConfigurationError, match=said):
        load_settings()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[up]\nprot = 1", r"the key 'up\.prot' is not known. Did you mean 'port'"),
        ('[up]\nport = "many"', r"'up\.port' in .*shortlist\.toml Input should be a valid integer"),
        ("up = 3", r"'up' must be a table"),
        ('[up]\nprefect_url = "ftp://x"', r"'up.prefect_url' in .* must start with http"),
    ],
)
def test_what_is_wrong_in_the_table_is_named(text: str, said: str) -> None:
    write(text)
    with pytest.raises(ConfigurationError, match=said):
        load_up_settings()


def test_a_wrong_variable_is_named_even_if_there_is_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    write("[up]\nport = 8100")
    monkeypatch.setenv("SHORTLIST_UP_RUNS_AT_ONCE", "none")
    with pytest.raises(ConfigurationError, match="SHORTLIST_UP_RUNS_AT_ONCE Input should be"):
        load_up_settings()


def test_tables_of_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    write(
        '[up]\nnotify = ["json://user:pass-word@127.0.0.1/hook"]\n'
        '[up.inboxes]\nbilling = "s3://bucket/billing"\n[up.run]\njudge = "openai:small"\ntop = 3\n'
    )
    up = load_up_settings()
    assert up.inboxes == {"billing": "s3://bucket/billing"}
    assert up.run == {"judge": "openai:small", "top": 3}
    assert "pass-word" not in repr(up)
    monkeypatch.setenv("SHORTLIST_UP_NOTIFY", "json://127.0.0.1/one mailto://127.0.0.1/two")
    assert [url.get_secret_value() for url in load_up_settings().notify] == [
        "json://127.0.0.1/one",
        "mailto://127.0.0.1/two",
    ]


def test_a_configured_prefect_server_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_up_settings().prefect_url is None
    assert load_up_settings(prefect_port=4300).prefect_api == "http://127.0.0.1:4300/api"
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:4999/api/")
    assert load_up_settings().prefect_api == "http://127.0.0.1:4999/api"


def test_requests_are_answered_under_the_names_that_were_given() -> None:
    assert load_up_settings().reached_as == frozenset()
    assert load_up_settings(host="0.0.0.0").reached_as == frozenset()
    write('[up]\nhost = "192.0.2.7"\npublic_url = "https://hiring.example.org/"\nhosts = ["hiring.internal"]')
    assert load_up_settings().reached_as == {"192.0.2.7", "hiring.example.org", "hiring.internal"}
    assert load_up_settings().address == "https://hiring.example.org"
