import sqlite3
from pathlib import Path

import pytest

from pipeline.desk.desk import Desk
from pipeline.desk.tokens import MOST_TOKENS, PREFIX
from pipeline.errors import DeskConflict, DeskError, UnknownToDesk
from tests.pipeline.desk.clock import SteppedClock

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def people(desk: Desk) -> None:
    desk.accounts.add("olga", display="Olga", role="operator", password=PASSWORD, by="command line")
    desk.accounts.add("rita", display="Rita", role="recruiter", password=PASSWORD, by="olga")


def test_a_token_stands_for_its_user_until_it_is_revoked(desk: Desk) -> None:
    made = desk.tokens.make("rita", label="nightly upload", by="olga")
    user = desk.tokens.user_of(made.token)
    assert user is not None
    assert (user.name, user.role) == ("rita", "recruiter")
    assert [one.label for one in desk.tokens.all("rita")] == ["nightly upload"]
    assert desk.tokens.all("rita")[0].used is not None
    desk.tokens.revoke(made.made.id, by="olga")
    assert desk.tokens.user_of(made.token) is None
    assert desk.tokens.all("rita") == ()
    with pytest.raises(UnknownToDesk):
        desk.tokens.revoke(made.made.id, by="olga")


def test_the_database_and_the_chain_hold_no_token(desk: Desk, tmp_path: Path) -> None:
    made = desk.tokens.make("rita", label="upload", by="olga")
    assert made.token not in repr(made)
    assert len(made.token) >= len(PREFIX) + 43  # 256 bits in base 64
    raw = sqlite3.connect(tmp_path / "ledger.db")
    dump = "\n".join(raw.iterdump())
    raw.close()
    assert made.token not in dump
    assert made.token.removeprefix(PREFIX) not in dump
    assert [told.event.kind for told in desk.chain.told("token.made", "token.revoked")] == ["token.made"]
    assert desk.verify().ok


def test_a_token_of_a_disabled_user_does_nothing_and_works_again_afterwards(desk: Desk) -> None:
    token = desk.tokens.make("rita", label="upload", by="olga").token
    desk.accounts.change("rita", disabled=True, by="olga")
    assert desk.tokens.user_of(token) is None
    desk.accounts.change("rita", disabled=False, by="olga")
    assert desk.tokens.user_of(token) is not None


def test_a_token_follows_the_role_of_its_user(desk: Desk) -> None:
    token = desk.tokens.make("rita", label="upload", by="olga").token
    desk.accounts.change("rita", role="hiring_manager", by="olga")
    user = desk.tokens.user_of(token)
    assert user is not None
    assert user.role == "hiring_manager"


def test_a_token_with_an_end_holds_until_then(desk: Desk, clock: SteppedClock) -> None:
    made = desk.tokens.make("rita", label="trial", by="olga", days=1)
    clock.move(hours=23)
    assert desk.tokens.user_of(made.token) is not None
    clock.move(hours=2)
    assert desk.tokens.user_of(made.token) is None
    assert [one.id for one in desk.tokens.all("rita")] == [made.made.id]


@pytest.mark.parametrize("token", ["", PREFIX, "nothing", "\0", "\udcff", "x" * 10_000])
def test_what_is_no_token_is_nobodys(desk: Desk, token: str) -> None:
    assert desk.tokens.user_of(token) is None


@pytest.mark.parametrize(
    ("label", "days"), [("", None), ("  \n ", None), ("x" * 81, None), ("a", 0), ("a", -1), ("a", 4_000)]
)
def test_a_token_says_what_it_is_for_and_how_long_it_holds(desk: Desk, label: str, days: int | None) -> None:
    with pytest.raises(DeskError):
        desk.tokens.make("rita", label=label, by="olga", days=days)
    assert desk.tokens.all("rita") == ()


def test_nobody_makes_a_token_for_a_user_who_is_none(desk: Desk) -> None:
    with pytest.raises(UnknownToDesk):
        desk.tokens.make("nobody\0", label="a", by="olga")


def test_one_user_has_a_bounded_number_of_tokens_that_hold(desk: Desk, clock: SteppedClock) -> None:
    for n in range(MOST_TOKENS):
        desk.tokens.make("rita", label=f"token {n}", by="olga", days=1)
    with pytest.raises(DeskConflict):
        desk.tokens.make("rita", label="one more", by="olga")
    clock.move(days=2)
    assert desk.tokens.make("rita", label="one more", by="olga").made.label == "one more"
