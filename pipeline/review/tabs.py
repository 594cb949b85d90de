"""The tabs of an opening, for pages that lie under another one in words than in addresses."""

from collections.abc import Mapping

from pipeline.review.context import Visit
from pipeline.review.rendering import TABS


def tabs_with(visit: Visit, current: str) -> tuple[Mapping[str, str | bool], ...]:
    """The tabs a visitor may see, one of them marked.

    Args:
        visit: Who looks.
        current: Path of the marked tab, behind `/openings/{opening}`.
    """
    base = f"/openings/{visit.opening.id}"
    return tuple(
        {"name": tab.name, "address": base + tab.path, "current": tab.path == current}
        for tab in TABS
        if visit.may(tab.action)
    )
