from pathlib import Path
from typing import get_args

import pytest

from pipeline.desk.desk import Desk
from pipeline.desk.models import LOCAL_OPERATOR, Action, Role, User
from pipeline.errors import AccessDenied, DeskConflict, DeskError, UnknownToDesk

PASSWORD = "correct horse battery"

MAY: dict[Role, set[str]] = {
    "recruiter": {"see", "upload", "scorecard", "run", "create", "explain"},
    "hiring_manager": {"see", "decide", "override", "reveal", "comment", "outcome", "explain"},
    "operator": set(get_args(Action)),
}
WITHOUT_OPENING = {"create", "users", "schedule", "health"}


def add(desk: Desk, name: str, role: Role) -> User:
    return desk.accounts.add(name, display=name.title(), role=role, password=PASSWORD, by="command line")


@pytest.fixture
def staff(desk: Desk) -> dict[Role, User]:
    users: dict[Role, User] = {"operator": add(desk, "olga", "operator")}
    return users | {"recruiter": add(desk, "rana", "recruiter"), "hiring_manager": add(desk, "hana", "hiring_manager")}


@pytest.mark.parametrize("role", get_args(Role))
def test_each_role_may_do_its_own_work_where_it_has_access(desk: Desk, staff: dict[Role, User], role: Role) -> None:
    desk.openings.create("Billing", by="olga")
    desk.openings.create("Parts", by="olga")
    for user in ("rana", "hana"):
        desk.accounts.set_access(user, ["billing"], by="olga")
    user = staff[role]
    assert {action for action in get_args(Action) if desk.may(user, "billing", action)} == MAY[role]
    elsewhere = MAY[role] if role == "operator" else set()
    assert {action for action in get_args(Action) if desk.may(user, "parts", action)} == elsewhere
    assert {action for action in get_args(Action) if desk.may(user, None, action)} == MAY[role] & WITHOUT_OPENING


def test_a_change_counts_for_whoever_is_signed_in_already(desk: Desk, staff: dict[Role, User]) -> None:
    desk.openings.create("Billing", by="olga")
    desk.accounts.set_access("hana", ["billing"], by="olga")
    hana = staff["hiring_manager"]
    assert desk.may(hana, "billing", "decide")
    desk.accounts.change("hana", role="recruiter", by="olga")
    assert not desk.may(hana, "billing", "decide")
    desk.accounts.change("hana", role="hiring_manager", by="olga")
    desk.accounts.set_access("hana", [], by="olga")
    assert not desk.may(hana, "billing", "decide")
    desk.accounts.set_access("hana", ["billing"], by="olga")
    desk.accounts.change("hana", disabled=True, by="olga")
    with pytest.raises(AccessDenied, match=r"^Hana may not do that( in opening .*)?\. Ask"):
        desk.require(hana, "billing", "decide")


def test_nobody_gets_a_role_by_claiming_it(desk: Desk, staff: dict[Role, User]) -> None:
    desk.openings.create("Billing", by="olga")
    claimed = staff["recruiter"].model_copy(update={"role": "operator"})
    assert not desk.may(claimed, "billing", "users")
    assert not desk.may(User(name="nobody", display="Nobody", role="operator"), "billing", "see")


def test_the_local_operator_may_do_everything_until_there_is_an_account(desk: Desk) -> None:
    desk.openings.create("Billing", by=LOCAL_OPERATOR.name)
    assert not desk.accounts.exist()
    assert all(desk.may(LOCAL_OPERATOR, "billing", action) for action in get_args(Action))
    add(desk, "olga", "operator")
    assert desk.accounts.exist()
    assert not any(desk.may(LOCAL_OPERATOR, "billing", action) for action in get_args(Action))
    assert desk.accounts.openings_of(LOCAL_OPERATOR) == frozenset()


def test_a_recruiter_has_access_to_what_they_create(desk: Desk, staff: dict[Role, User]) -> None:
    opening = desk.openings.create("Billing", by="rana")
    assert desk.may(staff["recruiter"], opening.id, "upload")
    assert not desk.may(staff["hiring_manager"], opening.id, "see")
    assert [user.name for user in desk.accounts.users_of(opening.id)] == ["rana"]
    assert desk.accounts.openings_of(staff["operator"]) == {"billing"}


@pytest.mark.parametrize("name", ["o", "Ol Ga", "../etc", "ölga", "x" * 33, "local-operator", "shortlist", ""])
def test_a_name_that_cannot_be_used_is_refused(desk: Desk, name: str) -> None:
    with pytest.raises(DeskError, match="cannot be a user's name"):
        add(desk, name, "operator")


@pytest.mark.parametrize("password", ["", "short", "aaaaaaaaaaaaaaaa", "x" * 1025, "margarethe-o-margarethe-o-"])
def test_a_password_that_is_easily_guessed_is_refused(desk: Desk, password: str) -> None:
    with pytest.raises(DeskError, match=r"password.*unrelated words"):
        desk.accounts.add("margarethe-o-", display="", role="operator", password=password, by="command line")


def test_a_password_is_stored_as_its_argon2id_hash_alone(desk: Desk, tmp_path: Path) -> None:
    add(desk, "olga", "operator")
    desk.close()
    stored = b"".join(file.read_bytes() for file in tmp_path.glob("ledger.db*") if file.is_file())
    assert b"$argon2id$v=19$m=65536,t=3,p=4$" in stored
    assert PASSWORD.encode() not in stored


def test_the_first_account_is_an_operators_and_the_last_operator_stays(desk: Desk) -> None:
    with pytest.raises(DeskConflict, match="first account must be an operator"):
        add(desk, "rana", "recruiter")
    add(desk, "olga", "operator")
    for change in ({"disabled": True}, {"role": "recruiter"}):
        with pytest.raises(DeskConflict, match="only operator"):
            desk.accounts.change("olga", by="olga", **change)  # type: ignore[arg-type]  # two kinds of one change
    assert desk.accounts.get("olga").role == "operator"
    add(desk, "otto", "operator")
    assert desk.accounts.change("olga", by="otto", disabled=True).disabled


def test_a_name_is_taken_once_whatever_its_case(desk: Desk) -> None:
    add(desk, "olga", "operator")
    with pytest.raises(DeskConflict, match="already"):
        add(desk, " Olga ", "recruiter")


def test_access_is_given_to_openings_and_users_that_exist(desk: Desk, staff: dict[Role, User]) -> None:
    with pytest.raises(UnknownToDesk, match="opening 'nowhere'"):
        desk.accounts.set_access("hana", ["nowhere"], by="olga")
    with pytest.raises(UnknownToDesk, match="user 'nobody'"):
        desk.accounts.set_access("nobody", [], by="olga")


def test_what_is_done_with_accounts_is_in_the_audit_chain_without_passwords(
    desk: Desk, staff: dict[Role, User]
) -> None:
    desk.openings.create("Billing", by="olga")
    desk.accounts.set_access("hana", ["billing"], by="olga")
    desk.accounts.set_password("hana", "another good phrase", by="olga")
    desk.accounts.change("hana", role="recruiter", by="olga")
    told = desk.chain.told("user.added", "access.changed", "user.changed")
    assert [(one.event.actor, one.data) for one in told[-3:]] == [
        ("olga", {"user": "hana", "access": True}),
        ("olga", {"user": "hana", "changed": "password"}),
        ("olga", {"user": "hana", "role": "recruiter"}),
    ]
    assert len(told) == 6
