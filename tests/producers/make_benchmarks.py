"""Writes the renderings of the benchmark's resumes: `datasets/benchmarks/<set>/rendered/<candidate>/resume.<kind>.*`.

Run `python -m tests.producers.make_benchmarks` in the root of the repository; it needs Debian's Chromium. The
candidates of the sets get every kind, the shorter bases of the written pairs the small ones.
"""

import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from tests.pipeline.documents.office_producers import chromium_pdf
from tests.producers.markdown_tree import parser
from tests.producers.render import to_docx, to_pdf_reportlab, to_pdf_typst

BENCHMARKS = Path(__file__).resolve().parents[2] / "datasets" / "benchmarks"
CHROMIUM = "chromium.pdf"
_MADE = b"20260105090000"
_TIME = re.compile(rb"(?<=Date \(D:)\d{14}")

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title></title>
<style>
body {{ font: 10.5pt/1.35 "DejaVu Sans", sans-serif; max-width: 48em; margin: 0 auto; color: #111 }}
h1, h2, h3, h4 {{ font-family: "DejaVu Serif", serif; margin: .9em 0 .3em }}
p, ul, ol {{ margin: .3em 0 }}
table {{ border-collapse: collapse }}
td, th {{ border: 1px solid #999; padding: .2em .5em; text-align: left }}
</style>
</head>
<body>
{body}</body>
</html>
"""


def to_page(markdown: str) -> bytes:
    """A whole page in which the author's line ends stay line breaks, as in the other formats."""
    dialect = parser()
    dialect.options["breaks"] = True
    return _PAGE.format(body=dialect.render(markdown)).encode()


def to_pdf_chromium(markdown: str) -> bytes:
    """Print the page with Chromium; the times of writing are set to a fixed one."""
    with tempfile.TemporaryDirectory() as folder:
        page, out = Path(folder) / "resume.html", Path(folder) / "resume.pdf"
        page.write_bytes(to_page(markdown))
        chromium_pdf(page, out)
        return _TIME.sub(_MADE, out.read_bytes())


KINDS: Mapping[str, Callable[[str], bytes]] = {
    "reportlab.pdf": to_pdf_reportlab,
    "typst.pdf": to_pdf_typst,
    CHROMIUM: to_pdf_chromium,
    "columns.pdf": lambda markdown: to_pdf_reportlab(markdown, 2),
    "word.docx": to_docx,
    "web.html": to_page,
}
"""What every candidate of a set is rendered as, by the end of the file's name."""
SMALL_KINDS = ("reportlab.pdf", "columns.pdf", "web.html")
"""What the bases of the written pairs are rendered as."""


class Rendering(NamedTuple):
    """One resume and what is made of it."""

    resume: Path
    folder: Path
    """Where its renderings lie."""
    kinds: tuple[str, ...]


def renderings(root: Path = BENCHMARKS) -> Iterator[Rendering]:
    """All resumes that are rendered, in order."""
    for resume in sorted(root.glob("*/candidates/*/resume.md")):
        yield Rendering(resume, resume.parents[2] / "rendered" / resume.parent.name, tuple(KINDS))
    for resume in sorted(root.glob("pairs/bases/*/*/resume.md")):
        folder = root / "pairs" / "rendered" / resume.parents[1].name / resume.parent.name
        yield Rendering(resume, folder, SMALL_KINDS)


def rendered_files(root: Path = BENCHMARKS, *, without: frozenset[str] = frozenset()) -> dict[str, bytes]:
    """The content of every rendering by its path below the root.

    Args:
        root: Where the sets lie.
        without: Kinds to leave out.
    """
    files: dict[str, bytes] = {}
    for resume, folder, kinds in renderings(root):
        markdown = resume.read_text(encoding="utf-8")
        for kind in kinds:
            if kind not in without:
                files[(folder / f"resume.{kind}").relative_to(root).as_posix()] = KINDS[kind](markdown)
    return files


def write_rendered(files: Mapping[str, bytes], root: Path = BENCHMARKS) -> None:
    """Replace what was rendered before."""
    for folder in root.glob("*/rendered"):
        shutil.rmtree(folder)
    for path, content in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def main() -> None:
    """Write all renderings and say how large they are."""
    files = rendered_files()
    write_rendered(files)
    for kind in KINDS:
        sizes = [len(content) for path, content in files.items() if path.endswith(kind)]
        print(f"{kind:14} {len(sizes):4} files, {sum(sizes) / 1024:6.0f} KiB")
    print(f"{len(files)} files, {sum(map(len, files.values())) / 1024:.0f} KiB")


if __name__ == "__main__":
    main()
