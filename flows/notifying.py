"""Telling people that a shortlist changed: by webhook, e-mail or whatever else apprise can address."""

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from pydantic import SecretStr

from pipeline.desk.desk import Desk
from pipeline.errors import ConfigurationError
from pipeline.models.base import FrozenModel
from pipeline.models.shortlist import Band
from pipeline.settings_up import UpSettings

LISTED = 12
"""Candidates that a message lists by group; of the rest it gives the number."""

_log = logging.getLogger(__name__)


class Standing(NamedTuple):
    """Where one candidate stands in one shortlist."""

    label: str
    rank: int | None
    band: Band


class Moved(FrozenModel):
    """Somebody who was and is on the shortlist, at another rank."""

    candidate: str
    label: str
    before: int
    now: int


class Entered(FrozenModel):
    """Somebody who came in or left."""

    candidate: str
    label: str
    rank: int | None
    """Now for who came in, before for who left."""


class ShortlistChange(FrozenModel):
    """What differs between the first K of two runs of an opening."""

    first: bool
    """There was no shortlist before."""
    top: int
    came_in: tuple[Entered, ...] = ()
    left: tuple[Entered, ...] = ()
    moved: tuple[Moved, ...] = ()
    candidates_before: int = 0
    candidates_now: int = 0

    @property
    def any(self) -> bool:
        """Whether there is anything to tell."""
        return bool(self.came_in or self.left or self.moved)


class Message(NamedTuple):
    """What is sent."""

    title: str
    body: str


def read_standings(folder: Path) -> tuple[int, dict[str, Standing]]:
    """K, and where everybody stands, from `shortlist.json` of a run; (0, {}) if it is not there any more."""
    try:
        report = json.loads((folder / "shortlist.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return 0, {}
    rows = {row["candidate"]: Standing(row["label"], row["rank"], row["band"]) for row in report["rows"]}
    return int(report["top"]), rows


def compare(before: Mapping[str, Standing] | None, now: Mapping[str, Standing], *, top: int) -> ShortlistChange:
    """Compare who stands among the first K; candidates are told apart by their names in the batch.

    Args:
        before: Of the run before, or None if there was none.
        now: Of the newest run.
        top: K of the newest run.
    """
    earlier = _first(before or {}, top)
    current = _first(now, top)
    return ShortlistChange(
        first=before is None,
        top=top,
        came_in=tuple(
            Entered(candidate=name, label=current[name].label, rank=current[name].rank)
            for name in current
            if name not in earlier
        ),
        left=tuple(
            # Labels are numbered anew by every run: who left is named as in the newest one, if still in the batch.
            Entered(candidate=name, label=now.get(name, earlier[name]).label, rank=earlier[name].rank)
            for name in earlier
            if name not in current
        ),
        moved=tuple(
            Moved(candidate=name, label=current[name].label, before=old, now=new)
            for name in current
            if name in earlier
            and (old := earlier[name].rank) is not None
            and (new := current[name].rank) is not None
            and old != new
        ),
        candidates_before=len(before or {}),
        candidates_now=len(now),
    )


def _first(rows: Mapping[str, Standing], top: int) -> dict[str, Standing]:
    """Ranked rows down to K, in order; a tie at the cut is taken whole."""
    chosen = [(name, row) for name, row in rows.items() if row.rank is not None and row.rank <= top]
    return dict(sorted(chosen, key=lambda pair: (pair[1].rank, pair[1].label)))


def message(change: ShortlistChange, *, title: str, link: str, names: bool = False) -> Message:
    """Put a change into words.

    Args:
        change: What to tell.
        title: Of the opening.
        link: Address of the shortlist.
        names: Name candidates; they are numbered otherwise, as on a page that covers names.
    """

    def who(one: Entered | Moved) -> str:
        return _plain(one.candidate) if names else one.label

    came = [f"{who(one)} (rank {one.rank})" for one in change.came_in]
    left = [f"{who(one)} (was rank {one.rank})" for one in change.left]
    moved = [f"{who(one)} ({one.before} to {one.now})" for one in change.moved]
    lines = [
        f"{change.candidates_now} candidates"
        + ("" if change.first else f", {change.candidates_before} before")
        + f"; the shortlist holds the first {change.top}.",
        *_lines("On it" if change.first else "Came in", came),
        *_lines("Left", left),
        *_lines("Moved", moved),
        "",
        link,
        "The order is a proposal; a person decides.",
    ]
    happened = "a first shortlist" if change.first else "the shortlist changed"
    return Message(f"{_plain(title)}: {happened}", "\n".join(lines))


def _lines(head: str, entries: Sequence[str]) -> Iterable[str]:
    if not entries:
        return []
    more = len(entries) - LISTED
    return [f"{head}: {', '.join(entries[:LISTED])}" + (f" and {more} more" if more > 0 else "")]


def _plain(text: str) -> str:
    """One line without control characters: a candidate chose the name of a folder, and a title becomes a header."""
    return "".join(letter for letter in " ".join(text.split()) if letter.isprintable())[:120]


def send(told: Message, urls: Sequence[SecretStr]) -> int:
    """Send a message to every address; what cannot be sent is logged, without the address, which may hold a password.

    Returns:
        How many addresses took it.
    """
    if not urls:
        return 0
    # Imported here: it takes a quarter of a second, and most runs tell nobody.
    import apprise

    sent = 0
    for n, url in enumerate(urls, start=1):
        target = apprise.Apprise()
        if not target.add(url.get_secret_value()):
            _log.warning("notify address %d is none that can be used", n)
        elif target.notify(title=told.title, body=told.body, body_format=apprise.NotifyFormat.TEXT):
            sent += 1
        else:
            _log.warning("notify address %d did not take the message", n)
    return sent


def check_addresses(urls: Sequence[SecretStr]) -> None:
    """Refuse addresses that nothing can be sent to; nothing is sent.

    Raises:
        ConfigurationError: Says which one by its place, since it may hold a password.
    """
    if not urls:
        return
    import apprise

    for n, url in enumerate(urls, start=1):
        if not apprise.Apprise().add(url.get_secret_value()):
            raise ConfigurationError(
                f"Address {n} of `notify` is none that messages can be sent to. Write it as apprise does, such as "
                "json://host/path or mailtos://user:password@host?to=team@example.org."
            )


def tell_of_change(run: str, *, desk: Desk, up: UpSettings) -> str | None:
    """Tell everybody who wants to know how the shortlist of a finished run differs from the one before.

    Returns:
        What was told and to how many, for a log; None when there was nothing to tell or nobody to tell it to.
    """
    if not up.notify:
        return None
    finished = desk.runs.get(run)
    if finished.out is None:
        return None
    earlier = [one for one in desk.runs.done(finished.opening) if one.id != run and one.out is not None]
    top, now = read_standings(finished.out)
    before = read_standings(earlier[-1].out)[1] if earlier and earlier[-1].out else None
    change = compare(before, now, top=top)
    if not change.any:
        return None
    opening = desk.openings.get(finished.opening)
    told = message(
        change, title=opening.title, link=f"{up.address}/openings/{opening.id}/shortlist", names=up.notify_names
    )
    return f"{told.title}; told {send(told, up.notify)} of {len(up.notify)}"
