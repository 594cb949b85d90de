"""`shortlist user token` and `shortlist user tokens`."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from flows.cli import app
from pipeline.desk.desk import Desk


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("SHORTLIST_HOME", str(tmp_path))
    monkeypatch.delenv("SHORTLIST_LEDGER_URL", raising=False)
    opened = Desk.open(tmp_path / "ledger.db")
    opened.accounts.add("olga", display="Olga", role="operator", password="correct horse battery", by="command line")
    return opened


def call(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["user", *arguments])


def test_a_token_is_printed_once_listed_and_revoked(desk: Desk) -> None:
    made = call("token", "olga", "--label", "Nightly upload", "--days", "30")
    assert made.exit_code == 0, made.output
    token = made.stdout.strip()
    user = desk.tokens.user_of(token)
    assert user is not None
    assert user.name == "olga"
    listed = call("tokens", "olga").stdout
    assert "Nightly upload; until " in listed
    assert token not in listed
    ended = call("tokens", "olga", "--revoke", listed.partition(":")[0])
    assert (ended.exit_code, ended.stdout.strip()) == (0, "olga has no tokens.")
    assert desk.tokens.user_of(token) is None
    desk.close()


@pytest.mark.parametrize(
    "arguments",
    [("token", "nobody"), ("token", "olga", "--days", "0"), ("tokens", "nobody"), ("tokens", "olga", "--revoke", "x")],
)
def test_what_cannot_be_done_is_told(desk: Desk, arguments: tuple[str, ...]) -> None:
    # `main` prints such errors without a traceback.
    assert call(*arguments).exit_code != 0
    assert desk.tokens.all("olga") == ()
    desk.close()
