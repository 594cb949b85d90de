"""Pages from templates: everything in them is escaped, and every one knows who looks at it."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipeline.desk.models import Action
from pipeline.phrases import BAND_TITLES
from pipeline.review.context import Visit
from pipeline.review.flashes import flash, take_flashes

STATIC: Final = Path(__file__).with_name("static")
_TEMPLATES: Final = Path(__file__).with_name("templates")


class Tab(NamedTuple):
    """A page of an opening, in its navigation."""

    name: str
    path: str
    """Behind `/openings/{opening}`."""
    action: Action
    """Who may not do this does not see the tab."""
    also: tuple[str, ...] = ()
    """Other paths that belong to it."""


TABS: Final = (
    Tab("Overview", "", "see"),
    Tab("Scorecard", "/scorecard", "scorecard"),
    Tab("Candidates", "/files", "upload", ("/upload", "/fetch")),
    Tab("Shortlist", "/shortlist", "see", ("/candidates", "/compare")),
    Tab("Decisions", "/decisions", "see"),
)


def render(request: Request, template: str, *, status: int = 200, **values: object) -> HTMLResponse:
    """Render a page or a part of one.

    Every template knows, besides what is given: `visit` (a `Visit`, or None before anybody signed in), `opening` (an
    `Opening` or None), `csrf`, `path` (of the request), `tabs` (of the opening, for this visitor), `flashes`,
    `static(name)` for the address of an asset, `band_titles`, and the filters `moment` (a time as people read it),
    `moment_in`, `took`, `iso` and `count` (1 -> `1 file`), and `who(name)` for how others read the name of a user.

    Args:
        request: What is answered.
        template: Name below `templates/`.
        status: HTTP status.
        values: For the template.
    """
    visit: Visit | None = getattr(request.state, "visit", None)
    if visit is not None:
        visit = visit.looked_up_once()
    fragment = Path(template).name.startswith("_")
    context: dict[str, object] = {
        "visit": visit,
        "opening": visit.of if visit else None,
        "csrf": visit.csrf if visit else request.app.state.review.csrf,
        "path": request.url.path,
        "tabs": _tabs(request, visit),
        "who": _Names(visit),
        # A part of a page must not swallow what the next whole page has to say.
        "flashes": () if fragment else take_flashes(request),
    }
    return HTMLResponse(environment().get_template(template).render({**context, **values}), status_code=status)


def redirect(request: Request, path: str, *, say: str | None = None) -> Response:
    """Go to a page of the app after something was done, with a sentence at its top if there is one."""
    if say:
        flash(request, say)
    if is_partial(request):
        return Response(status_code=204, headers={"HX-Redirect": path})
    return RedirectResponse(path, status_code=303)


def is_partial(request: Request) -> bool:
    """Whether htmx asks, for a part of the page it is on."""
    return request.headers.get("hx-request") == "true"


@cache
def environment() -> Environment:
    """The templates."""
    made = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(static=static_address, band_titles=BAND_TITLES)
    made.filters.update(moment=moment, moment_in=moment_in, iso=iso, count=count, size=size, took=took)
    return made


@lru_cache(maxsize=64)
def static_address(name: str) -> str:
    """The address of an asset; it changes with its content, so that browsers may keep it."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()
    return f"/static/{name}?v={digest[:12]}"


def moment(at: datetime | None) -> str:
    """A time as people read it, in UTC; the page's script shows it in the reader's own zone."""
    return "" if at is None else f"{at.astimezone(UTC):%-d %b %Y, %H:%M} UTC"


def moment_in(at: datetime, zone: str) -> str:
    """A time in the zone that a schedule is kept in, which may be another than the reader's."""
    return f"{at.astimezone(ZoneInfo(zone)):%a %-d %b %Y, %H:%M}, {zone}"


def took(seconds: int) -> str:
    """`5 seconds`, `2:05 minutes`."""
    return count(seconds, "second") if seconds < 60 else f"{seconds // 60:,}:{seconds % 60:02d} minutes"


def iso(at: datetime) -> str:
    """A time for machines."""
    return at.astimezone(UTC).isoformat(timespec="seconds")


def count(number: int, one: str, many: str | None = None) -> str:
    """`1 file`, `2 files`, `1,204 files`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def size(amount: int) -> str:
    """Bytes as people read them."""
    if amount < 1_000:
        return f"{amount} bytes"
    if amount < 1_000_000:
        return f"{amount / 1_000:,.0f} kB"
    return f"{amount / 1_000_000:,.1f} MB".replace(".0 MB", " MB")


class _Names:
    """How users are called, looked up once for a page and only if it speaks of somebody."""

    def __init__(self, visit: Visit | None) -> None:
        self._visit = visit
        self._names: Mapping[str, str] | None = None

    def __call__(self, name: str) -> str:
        """The name to display; that of somebody unknown, such as the command line, stays as it is."""
        if self._names is None:
            visit = self._visit
            everybody = () if visit is None else (*visit.desk.accounts.all(), visit.user)
            self._names = {user.name: user.display for user in everybody}
        return self._names.get(name, name)


def _tabs(request: Request, visit: Visit | None) -> tuple[Mapping[str, str | bool], ...]:
    if visit is None or visit.of is None:
        return ()
    base, here = f"/openings/{visit.of.id}", f"{request.url.path}/"
    shown = [tab for tab in TABS if visit.may(tab.action)]
    paths = [(f"{base}{path}/", tab) for tab in shown for path in (tab.path, *tab.also)]
    _, current = max((one for one in paths if here.startswith(one[0])), key=lambda one: len(one[0]), default=("", None))
    return tuple({"name": tab.name, "address": base + tab.path, "current": tab is current} for tab in shown)
