"""`shortlist verify` and `shortlist user`: commands for whoever runs an installation."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.errors import ConfigurationError

# The desk brings SQLAlchemy along, which --help does not need.
if TYPE_CHECKING:
    from pipeline.audit_events import Verification
    from pipeline.desk.desk import Desk
    from pipeline.desk.models import Role, User

ACTOR = "command line"
"""Who did it, in the audit chain: whoever can start this program on the machine of the ledger."""
NOT_AS_WRITTEN = 1
"""Exit code of `shortlist verify` when something was changed."""

user_app = typer.Typer(help="Accounts of the review app.", no_args_is_help=True)

NameArgument = Annotated[str, typer.Argument(help="Name to sign in with.", show_default=False)]
RoleOption = Annotated[
    str, typer.Option("--role", help="recruiter, hiring_manager or operator; the first one is an operator.")
]
StdinOption = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from the first line of standard input.")
]


def verify(
    run: Annotated[
        list[Path] | None,
        typer.Option("--run", help="A run.json, or a folder of results; may be given again.", show_default=False),
    ] = None,
    heads: Annotated[
        list[Path] | None,
        typer.Option(
            "--heads",
            help="A copy of audit-heads.log, or a shortlist exported as JSON; may be given again.",
            show_default=False,
        ),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print problems only.")] = False,
) -> None:
    """Check that the audit chain is as it was written.

    An edit, a deletion or another order shows in the chain itself. A cut at the end, or hashes that were all made
    again, show only against heads that are remembered elsewhere. The run.json of every run of the review app and
    audit-heads.log in SHORTLIST_HOME are looked at always, others with --run and --heads. Results that are gone are
    found too. Exit codes: 0 all is as written, 1 something is not, 2 it could not be checked.
    """
    from pipeline.desk.runs_verified import verify_home
    from pipeline.settings import load_settings

    with open_desk() as desk:
        found, without = verify_home(desk, load_settings().home, records=run or (), copies=heads or ())
    _print_verification(found, without=without, quiet=quiet)
    if not found.ok:
        raise typer.Exit(NOT_AS_WRITTEN)


def _print_verification(found: "Verification", *, without: tuple[Path, ...], quiet: bool) -> None:
    for problem in found.problems:
        say(f"{problem.kind}: {problem.text}")
    if quiet:
        return
    for path in without:
        say(f"note: {path} remembers no head; it was made before there was an audit chain.")
    for seq in found.rewritten:
        say(f"note: event {seq} tells of an erasure; the shortlists that it wrote again are as it left them.")
    if found.logged_since is not None:
        say(f"note: audit-heads.log begins with event {found.logged_since}; decisions and runs before are not in it.")
    if not (found.heads or found.logged):
        say("note: without any remembered head, a cut at the end and a re-hash cannot be found. Give --run or --heads.")
    erased = f", {len(found.erased)} of them erased with their candidate" if found.erased else ""
    verdict = "as written" if found.ok else f"NOT as written ({len(found.problems)} problems)"
    say(
        f"Events: {found.events}{erased}. Heads of runs that were looked for: {found.heads}; "
        f"of audit-heads.log: {found.logged}. The chain is {verdict}."
    )


@user_app.command("add")
def user_add(
    name: NameArgument,
    role: RoleOption,
    display: Annotated[str, typer.Option("--display", help="Name as others read it.")] = "",
    access: Annotated[
        list[str] | None, typer.Option("--access", help="Id of an opening; may be given again.", show_default=False)
    ] = None,
    password_stdin: StdinOption = False,
) -> None:
    """Make an account; the password is asked for and not shown."""
    with open_desk() as desk:
        user = desk.accounts.add(
            name, display=display, role=_role(role), password=_password(stdin=password_stdin), by=ACTOR
        )
        if access:
            desk.accounts.set_access(user.name, access, by=ACTOR)
        _print_user(desk, user)


@user_app.command("list")
def user_list() -> None:
    """Show all accounts."""
    with open_desk() as desk:
        users = desk.accounts.all()
        for user in users:
            _print_user(desk, user)
    if not users:
        say("There are no accounts: the review app is open to this machine, and to no other.")


@user_app.command("password")
def user_password(name: NameArgument, password_stdin: StdinOption = False) -> None:
    """Set another password; it ends all sessions of the user."""
    with open_desk() as desk:
        desk.accounts.get(name)
        desk.accounts.set_password(name, _password(stdin=password_stdin), by=ACTOR)
        say(f"{name} has another password.")


@user_app.command("disable")
def user_disable(
    name: NameArgument,
    enable: Annotated[bool, typer.Option("--enable", help="Let the user sign in again.")] = False,
) -> None:
    """Let a user sign in no more; it ends all their sessions, and what they did stays."""
    with open_desk() as desk:
        _print_user(desk, desk.accounts.change(name, disabled=not enable, by=ACTOR))


@user_app.command("role")
def user_role(name: NameArgument, role: Annotated[str, typer.Argument(help="The new role.")]) -> None:
    """Give a user another role."""
    with open_desk() as desk:
        _print_user(desk, desk.accounts.change(name, role=_role(role), by=ACTOR))


@user_app.command("access")
def user_access(
    name: NameArgument,
    openings: Annotated[
        list[str] | None,
        typer.Argument(help="Ids of the openings that the user sees; none shows what there is.", show_default=False),
    ] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Take these away.")] = False,
) -> None:
    """Give a user access to openings, or take it away; operators see all."""
    with open_desk() as desk:
        user = desk.accounts.get(name)
        if openings:
            before = desk.accounts.granted(name)
            desk.accounts.set_access(name, before - set(openings) if remove else before | set(openings), by=ACTOR)
        _print_user(desk, user)


@user_app.command("token")
def user_token(
    name: NameArgument,
    label: Annotated[str, typer.Option("--label", help="What it is for.")] = "made at the command line",
    days: Annotated[int | None, typer.Option("--days", help="How long it holds; for good if not given.")] = None,
) -> None:
    """Make a token with which a program uses the API as this user; it is printed this once, and kept nowhere."""
    with open_desk() as desk:
        made = desk.tokens.make(name, label=label, by=ACTOR, days=days)
    say(made.token)


@user_app.command("tokens")
def user_tokens(
    name: NameArgument,
    revoke: Annotated[str | None, typer.Option("--revoke", help="Id of a token to end.", show_default=False)] = None,
) -> None:
    """Show the tokens of a user, or end one."""
    with open_desk() as desk:
        desk.accounts.get(name)
        if revoke is not None:
            if revoke not in {token.id for token in desk.tokens.all(name)}:
                raise ConfigurationError(f"{name} has no token {revoke!r}. `shortlist user tokens {name}` lists them.")
            desk.tokens.revoke(revoke, by=ACTOR)
        tokens = desk.tokens.all(name)
    for token in tokens:
        until = "no end" if token.expires is None else f"until {token.expires:%Y-%m-%d}"
        used = "never used" if token.used is None else f"last used {token.used:%Y-%m-%d}"
        say(f"{token.id}: {token.label}; {until}, {used}")
    if not tokens:
        say(f"{name} has no tokens.")


def _print_user(desk: "Desk", user: "User") -> None:
    granted = "all openings" if user.role == "operator" else ", ".join(sorted(desk.accounts.openings_of(user)))
    state = " (disabled)" if user.disabled else ""
    say(f"{user.name}{state}: {user.display}, {user.role.replace('_', ' ')}; {granted or 'no openings'}")


def _role(role: str) -> "Role":
    from typing import get_args

    from pipeline.desk.models import Role

    for known in get_args(Role):
        if role.replace("-", "_") == known:
            return known  # type: ignore[no-any-return]  # get_args knows no types
    raise ConfigurationError(f"There is no role {role!r}; choose {', '.join(get_args(Role))}.")


def _password(*, stdin: bool) -> str:
    if stdin:
        return sys.stdin.readline().rstrip("\r\n")
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))


def open_desk() -> "Desk":
    """The desk of the settings."""
    from pipeline.desk.desk import Desk
    from pipeline.desk.places import heads_file, make_home
    from pipeline.settings import load_settings

    settings = load_settings()
    # These commands write nowhere else.
    os.umask(0o077)
    make_home(settings.home)
    return Desk.open(settings.ledger, heads=heads_file(settings.home))


def say(text: str) -> None:
    """Print a line."""
    # A file's name may hold half a character pair, which no terminal takes.
    typer.echo(text.encode(errors="backslashreplace").decode())
