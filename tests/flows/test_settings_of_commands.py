"""A variable that cannot be used ends every command before it starts, and no command shows what it holds."""

import sys
from pathlib import Path

import pytest

from flows.cli import main
from tests.flows.conftest import DEMO

SCORECARD = str(DEMO / "scorecard.yaml")


@pytest.mark.parametrize(
    "arguments",
    [
        ["screen", str(DEMO), "--scorecard", SCORECARD, "--out", "out"],
        ["search", "lost messages", "--scorecard", SCORECARD],
        ["audit", "out"],
        ["serve", "--inbox", "inbox"],
        ["judge", "check", "--judge", "openai:gpt"],
        ["purge"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_a_wrong_variable_is_named_and_not_shown(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SHORTLIST_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SHORTLIST_BASE_URL", "ftp://user:secret@host")
    monkeypatch.setattr(sys, "argv", ["shortlist", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    told = capsys.readouterr()
    assert ended.value.code == 2
    assert "SHORTLIST_BASE_URL must start with http" in told.err
    assert "secret" not in told.out + told.err
    assert list(tmp_path.iterdir()) == []
