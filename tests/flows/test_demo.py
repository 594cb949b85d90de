"""The demo's bands are the same when names, order and formats are shuffled."""

import shutil
from pathlib import Path

import pytest

from tests.flows.conftest import DEMO
from tests.producers.render import to_docx, to_html

SOURCES = Path(__file__).parents[2] / "datasets" / "demo_sources"
CANDIDATES = sorted(path.parent for path in SOURCES.glob("*/resume.md"))
RENDER = {"md": lambda text: text.encode(), "html": lambda text: to_html(text).encode(), "docx": to_docx}


def shuffled_batch(folder: Path, *, turn: int) -> dict[str, str]:
    """Write the demo's candidates under other names, in another order and format; names by candidate."""
    names: dict[str, str] = {}
    formats = list(RENDER)
    for n, source in enumerate(CANDIDATES):
        name = f"{(n * 7 + turn * 5) % 97:02d}-applicant"
        kind = formats[(n + turn) % len(formats)]
        names[source.name] = name
        (folder / name).mkdir(parents=True)
        resume = (source / "resume.md").read_text(encoding="utf-8")
        (folder / name / f"resume.{kind}").write_bytes(RENDER[kind](resume))
        if (source / "takehome").is_dir():
            shutil.copytree(source / "takehome", folder / name / "takehome")
    shutil.copy(DEMO / "brief.md", folder / "brief.md")
    return names


@pytest.mark.parametrize("turn", [1, 2])
def test_bands_and_scores_do_not_depend_on_names_order_or_format(run, tmp_path, turn: int) -> None:
    results = []
    for n, shift in enumerate((0, turn)):
        names = shuffled_batch(tmp_path / f"batch{n}", turn=shift)
        published = run(tmp_path / f"batch{n}", DEMO / "scorecard.yaml", out=f"out{n}")
        rows = {row.candidate: row for row in published.shortlist.rows}
        results.append({who: (rows[name].band, rows[name].score, rows[name].rank) for who, name in names.items()})
    assert len(CANDIDATES) >= 6
    assert results[0] == results[1]
