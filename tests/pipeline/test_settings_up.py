"""Settings of `shortlist up` from the environment: slips are named, values that may be secret are not."""

import pytest

from pipeline.errors import ConfigurationError
from pipeline.settings_up import load_up_settings


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SHORTLIST_CONFIG", raising=False)
    monkeypatch.delenv("PREFECT_API_URL", raising=False)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SHORTLIST_UP_PROT", "8000", "SHORTLIST_UP_PROT is not known. Did you mean SHORTLIST_UP_PORT?"),
        ("SHORTLIST_UP_XYZZY", "8000", "Known are SHORTLIST_UP_BLIND"),
        ("SHORTLIST_UP_PORT", "many", "SHORTLIST_UP_PORT Input should be a valid integer"),
        ("SHORTLIST_UP_BLIND", "maybe", "SHORTLIST_UP_BLIND"),
        ("SHORTLIST_UP_RUN", '{"judge"', "SHORTLIST_UP_RUN or SHORTLIST_UP_INBOXES is no JSON"),
        ("SHORTLIST_UP_INBOXES", "hunter2", "is no JSON"),
        ("SHORTLIST_UP_INBOXES", "[1]", "SHORTLIST_UP_INBOXES"),
    ],
)
def test_what_cannot_be_used_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError) as refused:
        load_up_settings()
    assert said in str(refused.value)
    assert "hunter2" not in str(refused.value)
    # A cause would be printed by whoever shows a traceback.
    assert refused.value.__cause__ is None
    assert refused.value.__context__ is None


def test_tables_are_given_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHORTLIST_UP_RUN", '{"top": 3}')
    monkeypatch.setenv("SHORTLIST_UP_INBOXES", '{"billing": "s3://hiring/in"}')
    settings = load_up_settings()
    assert settings.run == {"top": 3}
    assert settings.inboxes == {"billing": "s3://hiring/in"}


def test_a_variable_that_is_empty_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHORTLIST_UP_PORT", "")
    assert load_up_settings().port == 8000
