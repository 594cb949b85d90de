"""Who came in, left and moved; told by webhook and e-mail, without names unless asked for."""

import email
import json
import quopri
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from flows.notifying import (
    Message,
    ShortlistChange,
    Standing,
    check_addresses,
    compare,
    message,
    send,
    tell_of_change,
)
from pipeline.desk.places import run_folder
from pipeline.errors import ConfigurationError
from pipeline.settings_up import UpSettings
from tests.flows.desk_fixtures import OPENING, open_with_opening
from tests.flows.loopback import mail_server, webhook

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")  # apprise imports it


def standings(*names: str, unranked: tuple[str, ...] = ()) -> dict[str, Standing]:
    """Candidates in the order of their ranks; labels are numbered by name, as if by hash."""
    labels = {name: f"Candidate {n:02d}" for n, name in enumerate(sorted((*names, *unranked)), start=1)}
    ranked = {name: Standing(labels[name], n, "advance") for n, name in enumerate(names, start=1)}
    return ranked | {name: Standing(labels[name], None, "needs_review") for name in unranked}


def words(change: ShortlistChange, *, names: bool = True) -> str:
    told = message(change, title="Billing", link="http://127.0.0.1:8000/openings/billing/shortlist", names=names)
    return f"{told.title}\n{told.body}"


def test_who_came_in_left_and_moved() -> None:
    change = compare(standings("anna", "ben", "cleo", "dora"), standings("ben", "eva", "anna", "cleo"), top=3)
    assert [one.candidate for one in change.came_in] == ["eva"]
    assert [one.candidate for one in change.left] == ["cleo"]
    assert [(one.candidate, one.before, one.now) for one in change.moved] == [("ben", 2, 1), ("anna", 1, 3)]


def test_somebody_who_is_not_ranked_any_more_has_left() -> None:
    change = compare(standings("anna", "ben"), standings("ben", unranked=("anna",)), top=2)
    assert [one.candidate for one in change.left] == ["anna"]


def test_changes_below_the_cut_are_no_change() -> None:
    assert not compare(standings("anna", "ben", "cleo"), standings("anna", "cleo", "ben"), top=1).any


def test_a_first_shortlist_is_told_as_one() -> None:
    change = compare(None, standings("anna", "ben"), top=1)
    assert change.first
    assert "a first shortlist" in words(change)
    assert "before" not in words(change)


@given(st.permutations(list("abcdefgh")), st.permutations(list("abcdefgh")), st.integers(1, 8))
def test_everybody_on_either_list_is_told_once_or_stayed(before: list[str], now: list[str], top: int) -> None:
    change = compare(standings(*before), standings(*now), top=top)
    stayed = set(before[:top]) & set(now[:top])
    assert {one.candidate for one in change.came_in} == set(now[:top]) - stayed
    assert {one.candidate for one in change.left} == set(before[:top]) - stayed
    assert {one.candidate for one in change.moved} == {one for one in stayed if before.index(one) != now.index(one)}


def test_names_stand_in_a_message_only_when_asked_for() -> None:
    change = compare(standings("anna schmidt", "ben"), standings("cleo okafor", "ben", "anna schmidt"), top=2)
    blind, named = words(change, names=False), words(change, names=True)
    assert "anna" not in blind
    assert "cleo" not in blind
    assert "Candidate 03" in blind
    assert "Came in: cleo okafor (rank 1)" in named
    assert "Left: anna schmidt (was rank 1)" in named


def test_a_long_list_is_cut_and_counted() -> None:
    names = [f"person-{n:02d}" for n in range(30)]
    assert "and 18 more" in words(compare(None, standings(*names), top=30))


def test_a_name_cannot_add_lines_to_a_message() -> None:
    change = compare(None, standings("x\r\nBcc: everybody@example.org\u202e"), top=1)
    assert "\nBcc" not in words(change)
    assert "\u202e" not in words(change)


def test_webhook_and_mail_are_sent_and_failures_counted(caplog: pytest.LogCaptureFixture) -> None:
    told = Message("Billing: the shortlist changed", "Came in: Candidate 03 (rank 1)")
    with webhook() as (hook, posted), mail_server() as (post, letters):
        urls = [
            SecretStr(f"json://127.0.0.1:{hook}/here"),
            SecretStr(f"mailto://127.0.0.1:{post}?from=shortlist@example.org&to=team@example.org&mode=insecure"),
            SecretStr("nonsense-with-pass-word"),
            SecretStr("json://user:pass-word@127.0.0.1:1/gone"),
        ]
        assert send(told, urls) == 2
    assert [(one["title"], one["message"]) for one in posted] == [told]
    letter = email.message_from_string(letters[0])
    assert letter["Subject"] == told.title
    body = "".join(str(part.get_payload()) for part in letter.walk() if part.get_content_type() == "text/plain")
    assert told.body in quopri.decodestring(body).decode()
    assert "pass-word" not in caplog.text


def test_a_finished_run_is_held_against_the_one_before(tmp_path: Path) -> None:
    desk, _ = open_with_opening(tmp_path)
    with desk, webhook() as (port, posted):
        up = UpSettings(notify=(SecretStr(f"json://127.0.0.1:{port}/"),), public_url="https://hiring.example.org")
        for names in (("anna", "ben"), ("ben", "anna"), ("ben", "anna")):
            run = desk.runs.queue(OPENING, by="maria").id
            out = run_folder(tmp_path, OPENING, run)
            out.mkdir(parents=True)
            rows = [{"candidate": name, **row._asdict()} for name, row in standings(*names).items()]
            (out / "shortlist.json").write_text(json.dumps({"top": 1, "rows": rows}))
            desk.runs.begin(run, out=out)
            desk.runs.finish(run)
            told = tell_of_change(run, desk=desk, up=up)
        assert told is None, "the third run brought the same"
    assert [one["title"] for one in posted] == [
        "Billing reliability: a first shortlist",
        "Billing reliability: the shortlist changed",
    ]
    assert "https://hiring.example.org/openings/billing/shortlist" in posted[1]["message"]
    assert "Came in: Candidate 02 (rank 1)" in posted[1]["message"]


def test_an_address_that_is_none_is_named_by_its_place_alone() -> None:
    good = SecretStr("json://127.0.0.1:1/hook")
    check_addresses(())
    check_addresses((good,))
    with pytest.raises(ConfigurationError, match="Address 2") as refused:
        check_addresses((good, SecretStr("nonsense://user:hunter2@host")))
    assert "hunter2" not in str(refused.value)
