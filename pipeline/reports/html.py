"""`shortlist.html`: one self-contained page to read, print and forward."""

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from pipeline.models.scorecard import Scorecard
from pipeline.models.shortlist import Shortlist
from pipeline.models.submissions import Batch
from pipeline.reports.blind import blind_batch, blind_shortlist
from pipeline.reports.intervals import meter, scale_of
from pipeline.reports.opinions import settled_rows
from pipeline.reports.page import anchor, make_page
from pipeline.reports.templating import asset, content_policy, templates_in
from pipeline.reports.view import RowView, detail_view, row_view

DETAILS_PER_INTERVIEW = 3
"""Justifications on the page for every interview slot."""
MAX_DETAIL_BYTES = 2_200_000
"""Of all justifications together, so that the page stays below 5 MB even with a table of 1,000 rows."""


def html_report(
    shortlist: Shortlist, batch: Batch, scorecard: Scorecard, *, judge_note: str, blind: bool = False
) -> str:
    """Render the page.

    It needs no script, makes no request and forbids both by its content security policy. Equal
    inputs give equal bytes.

    Args:
        shortlist: The ranked rows.
        batch: What was set aside.
        scorecard: The role.
        judge_note: Who read the documents, in a sentence for a hiring manager.
        blind: Show labels and redacted quotes only.
    """
    shown, aside = shortlist, batch
    if blind:
        shown, aside = blind_shortlist(shortlist), blind_batch(batch, shortlist)
    details = _details(shown, scorecard)
    page = make_page(
        shown,
        aside,
        scorecard,
        blind=blind,
        detailed=frozenset(details.markup),
        left_out=details.left_out,
    )
    ranked = {row.candidate for row in shown.rows if row.rank is not None}
    style, script = asset("style.css"), asset("page.js")
    return (
        templates_in()
        .get_template("shortlist.html")
        .render(
            page=page,
            details=[markup for candidate, markup in details.markup.items() if candidate in ranked],
            person_details=[markup for candidate, markup in details.markup.items() if candidate not in ranked],
            judge_note=judge_note,
            style=Markup(style),
            script=Markup(script),
            policy=content_policy(style=style, script=script),
            unranked=_unranked,
        )
    )


class _Details(NamedTuple):
    markup: dict[str, Markup]
    """By candidate, in the shortlist's order."""
    left_out: int


def _details(shortlist: Shortlist, scorecard: Scorecard) -> _Details:
    """Justifications of the top rows, of the first rows without a rank and of the first on which two judges differ.

    As far as they fit on the page.
    """
    most = DETAILS_PER_INTERVIEW * shortlist.top
    ranked = [row for row in shortlist.rows if row.rank is not None]
    unranked = [row for row in shortlist.rows if row.rank is None]
    positions = {row.candidate: n for n, row in enumerate(shortlist.rows, start=1)}
    scale = scale_of(shortlist)
    settled = settled_rows(shortlist.settlement)
    ranks = [row.rank for row in ranked]
    template = templates_in().get_template("detail.html")
    markup: dict[str, Markup] = {}
    differing = [row for row in shortlist.rows if any(f.id == "second_judge_differs" for f in row.assessment.flags)]
    # By importance: what does not fit on the page is left out from the end.
    chosen = list({row.candidate: row for row in (*ranked[:most], *unranked[:most], *differing[:most])}.values())
    size = 0
    for row in chosen:
        at = anchor(positions[row.candidate])
        rendered = template.render(
            row=row_view(
                row,
                anchor=at,
                scale=scale,
                tied=row.rank is not None and ranks.count(row.rank) > 1,
                is_open=True,
                settled=settled.get(row.candidate),
            ),
            detail=detail_view(row, scorecard, anchor=at),
            is_open=row.rank is not None and row.rank <= shortlist.top,
            meter=meter,
        )
        size += len(rendered.encode())
        if size > MAX_DETAIL_BYTES:
            break
        markup[row.candidate] = Markup(rendered)
    ordered = dict(sorted(markup.items(), key=lambda one: positions[one[0]]))
    return _Details(markup=ordered, left_out=len(chosen) - len(markup))


def _unranked(rows: Sequence[RowView], caption: str) -> Markup:
    rendered = templates_in().get_template("unranked.html").render(rows=rows, caption=caption)
    return Markup(rendered)
