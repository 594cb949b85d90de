import hashlib
import sqlite3
from concurrent.futures import ThreadPoolExecutor, as_completed
from itertools import islice
from pathlib import Path
from threading import Event

import pytest

from pipeline.desk import sessions
from pipeline.desk.desk import Desk
from pipeline.desk.sessions import CROWD, CROWD_WAIT, FREE_ATTEMPTS, MOST_AT_THE_DOOR, wait_after
from pipeline.errors import SignInRefused
from tests.pipeline.desk.clock import SteppedClock

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def olga(desk: Desk) -> None:
    desk.accounts.add("olga", display="Olga", role="operator", password=PASSWORD, by="command line")
    desk.accounts.add("hana", display="Hana", role="hiring_manager", password=PASSWORD, by="olga")


def fail(desk: Desk, name: str) -> SignInRefused:
    with pytest.raises(SignInRefused) as refused:
        desk.sessions.sign_in(name, "a wrong pass phrase")
    return refused.value


def test_a_session_begins_with_the_right_password_and_ends_with_signing_out(desk: Desk) -> None:
    signed_in = desk.sessions.sign_in(" Hana ", PASSWORD)
    session = desk.sessions.get(signed_in.token)
    assert session is not None
    assert (session.user.name, session.due) == ("hana", False)
    desk.sessions.sign_out(signed_in.token)
    assert desk.sessions.get(signed_in.token) is None
    kinds = [told.event.kind for told in desk.chain.told(actor="hana")]
    assert kinds == ["signed_in", "signed_out"]


def test_the_database_holds_no_token(desk: Desk, tmp_path: Path) -> None:
    token = desk.sessions.sign_in("hana", PASSWORD).token
    assert token not in repr(desk.sessions.sign_in("hana", PASSWORD))
    raw = sqlite3.connect(tmp_path / "ledger.db")
    stored = [row for (row,) in raw.execute("SELECT token_sha256 FROM desk_sessions")]
    raw.close()
    assert hashlib.sha256(token.encode()).hexdigest() in stored
    assert token not in stored
    assert len(token) >= 43  # 256 bits in base 64


def test_wrong_names_and_wrong_passwords_read_alike(desk: Desk) -> None:
    desk.accounts.change("hana", disabled=True, by="olga")
    texts = {str(fail(desk, name)) for name in ("olga", "nobody", "\udcff\0", "x" * 5_000)}
    with pytest.raises(SignInRefused) as disabled:
        desk.sessions.sign_in("hana", PASSWORD)
    assert texts | {str(disabled.value)} == {"That name and password do not belong together."}


@pytest.mark.parametrize("name", ["hana", "nobody"])
def test_the_wait_grows_with_every_wrong_password(desk: Desk, clock: SteppedClock, name: str) -> None:
    for _ in range(FREE_ATTEMPTS):
        assert fail(desk, name).wait == 0
    assert fail(desk, name).wait == 2
    clock.move(seconds=2)
    assert fail(desk, name).wait == 0
    assert fail(desk, name).wait == 4


def test_the_wait_doubles_up_to_a_quarter_of_an_hour() -> None:
    waits = [wait_after(failures) for failures in range(FREE_ATTEMPTS - 1, 1_000)]
    assert waits[:5] == [0, 2_000, 4_000, 8_000, 16_000]
    assert waits == sorted(waits)
    assert waits[-1] == 900_000


def test_the_right_password_waits_too_and_then_wipes_the_slate(desk: Desk, clock: SteppedClock) -> None:
    for _ in range(FREE_ATTEMPTS):
        fail(desk, "hana")
    with pytest.raises(SignInRefused, match="Try again in 2 seconds"):
        desk.sessions.sign_in("hana", PASSWORD)
    desk.sessions.sign_in("olga", PASSWORD)
    clock.move(seconds=2)
    desk.sessions.sign_in("hana", PASSWORD)
    assert fail(desk, "hana").wait == 0
    assert fail(desk, "hana").wait == 0


def test_attempts_at_the_same_moment_gain_nothing(desk: Desk) -> None:
    with ThreadPoolExecutor(10) as pool:
        refusals = list(pool.map(lambda _: fail(desk, "hana"), range(8)))
    assert sum(refused.wait == 0 for refused in refusals) == FREE_ATTEMPTS


def test_only_repeated_failures_are_in_the_audit_chain(desk: Desk, clock: SteppedClock) -> None:
    for n in range(2):
        fail(desk, f"made-up-{n}")
    for _ in range(FREE_ATTEMPTS - 1):
        fail(desk, "hana")
    assert desk.chain.told("sign_in.failed") == ()
    fail(desk, "hana")
    assert [told.event.actor for told in desk.chain.told("sign_in.failed")] == ["hana"]


def test_a_session_ends_when_unused_and_in_any_case_after_a_week(desk: Desk, clock: SteppedClock) -> None:
    token = desk.sessions.sign_in("hana", PASSWORD).token
    for _ in range(15):
        clock.move(hours=11)
        assert desk.sessions.get(token) is not None
    clock.move(hours=11)
    assert desk.sessions.get(token) is None
    token = desk.sessions.sign_in("hana", PASSWORD).token
    clock.move(hours=12, seconds=1)
    assert desk.sessions.get(token) is None
    assert desk.sessions.rotate(token) is None


def test_a_token_is_due_after_an_hour_and_the_old_one_holds_for_a_minute(desk: Desk, clock: SteppedClock) -> None:
    old = desk.sessions.sign_in("hana", PASSWORD)
    clock.move(minutes=61)
    session = desk.sessions.get(old.token)
    assert session is not None
    assert session.due
    fresh = desk.sessions.rotate(old.token)
    assert fresh is not None
    assert fresh.token != old.token
    assert fresh.session.csrf == old.session.csrf
    assert not fresh.session.due
    clock.move(seconds=59)
    late = desk.sessions.get(old.token)
    assert late is not None
    assert not late.due
    clock.move(seconds=2)
    assert desk.sessions.get(old.token) is None
    assert desk.sessions.get(fresh.token) is not None


def test_rotation_does_not_make_a_session_last_longer(desk: Desk, clock: SteppedClock) -> None:
    token = desk.sessions.sign_in("hana", PASSWORD).token
    for _ in range(27):
        clock.move(hours=6)
        fresh = desk.sessions.rotate(token)
        assert fresh is not None
        token = fresh.token
    clock.move(hours=6)
    assert desk.sessions.get(token) is None


def test_signing_out_ends_the_token_before_a_rotation_too(desk: Desk) -> None:
    old = desk.sessions.sign_in("hana", PASSWORD).token
    fresh = desk.sessions.rotate(old)
    assert fresh is not None
    desk.sessions.sign_out(fresh.token)
    assert desk.sessions.get(old) is None


@pytest.mark.parametrize("how", ["password", "disabled", "role"])
def test_another_password_or_role_ends_all_sessions_of_a_user(desk: Desk, how: str) -> None:
    tokens = [desk.sessions.sign_in("hana", PASSWORD).token for _ in range(2)]
    other = desk.sessions.sign_in("olga", PASSWORD).token
    if how == "password":
        desk.accounts.set_password("hana", "another good phrase", by="olga")
    elif how == "disabled":
        desk.accounts.change("hana", disabled=True, by="olga")
    else:
        desk.accounts.change("hana", role="recruiter", by="olga")
    assert [desk.sessions.get(token) for token in tokens] == [None, None]
    assert desk.sessions.get(other) is not None


def test_a_hash_of_weaker_settings_is_made_again_at_the_next_sign_in(desk: Desk, tmp_path: Path) -> None:
    from argon2 import PasswordHasher

    weak = PasswordHasher(time_cost=1, memory_cost=1024).hash(PASSWORD)
    raw = sqlite3.connect(tmp_path / "ledger.db")
    raw.execute("UPDATE desk_users SET password = ? WHERE name = 'hana'", (weak,))
    raw.commit()
    desk.sessions.sign_in("hana", PASSWORD)
    (stored,) = raw.execute("SELECT password FROM desk_users WHERE name = 'hana'").fetchone()
    raw.close()
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    desk.sessions.sign_in("hana", PASSWORD)


@pytest.mark.parametrize("token", ["", "x", "\udcff", "' OR 1=1 --"])
def test_a_made_up_token_is_no_session(desk: Desk, token: str) -> None:
    assert desk.sessions.get(token) is None
    assert desk.sessions.rotate(token) is None
    desk.sessions.sign_out(token)


def test_a_crowd_at_the_door_is_sent_away_at_once_and_the_next_one_gets_in(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd = 3 * MOST_AT_THE_DOOR
    left = Event()

    def slow(password: str, hashed: str | None) -> bool:
        left.wait(60)
        return False

    with monkeypatch.context() as patched, ThreadPoolExecutor(crowd) as pool:
        # However fast or slow the machine is, nobody gets in before the crowd was sent away.
        patched.setattr(sessions, "matches", slow)
        try:
            knocking = [pool.submit(fail, desk, f"nobody-{n}") for n in range(crowd)]
            sent_away = [one.result() for one in islice(as_completed(knocking, timeout=60), crowd - MOST_AT_THE_DOOR)]
        finally:
            left.set()
        refused = [one.result() for one in knocking]
    assert {str(one) for one in sent_away} == {CROWD}
    assert [str(one) for one in refused].count(CROWD) == len(sent_away)
    assert all(one.wait == CROWD_WAIT.total_seconds() for one in sent_away)
    assert desk.sessions.sign_in("hana", PASSWORD).session.user.name == "hana"


def test_a_session_is_confirmed_by_its_users_password_and_guesses_at_it_are_slowed_down(desk: Desk) -> None:
    token = desk.sessions.sign_in("hana", PASSWORD).token
    desk.sessions.confirm("hana", PASSWORD)
    for _ in range(FREE_ATTEMPTS):
        with pytest.raises(SignInRefused):
            desk.sessions.confirm("hana", "a wrong pass phrase")
    with pytest.raises(SignInRefused, match="Too many attempts"):
        desk.sessions.confirm("hana", PASSWORD)
    assert desk.sessions.get(token) is not None


def test_a_confirmed_password_forgets_the_wrong_ones_before_it(desk: Desk) -> None:
    for _ in range(3 * FREE_ATTEMPTS):
        assert fail(desk, "hana").wait == 0
        desk.sessions.confirm("hana", PASSWORD)
    for _ in range(FREE_ATTEMPTS):
        assert fail(desk, "hana").wait == 0
    assert fail(desk, "hana").wait > 0
