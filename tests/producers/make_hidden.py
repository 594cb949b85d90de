"""Write `datasets/benchmarks/hidden`: `python -m tests.producers.make_hidden`.

A product command cannot make these files: the producers are needed for tests only. So they lie in the repository, as
one archive, since files of one producer differ in a few bytes.
"""

import csv
import io
import tarfile
from collections.abc import Iterator
from pathlib import Path

from tests.pipeline.documents.carriers import BENIGN, SECRET, VISIBLE, Carrier
from tests.pipeline.documents.carriers_docx import benign_docx, docx_carriers
from tests.pipeline.documents.carriers_html import benign_pages, html_carriers
from tests.pipeline.documents.carriers_pdf import benign_pdfs, pdf_carriers

FOLDER = Path(__file__).parents[2] / "datasets" / "benchmarks" / "hidden"
COLUMNS = ("file", "text", "hidden")


def carriers() -> Iterator[Carrier]:
    """All files: text hidden in them, or text that only looks hidden."""
    yield from (*pdf_carriers(), *docx_carriers(), *html_carriers())
    tags = "".join(chr(0xE0000 + ord(letter)) for letter in SECRET)
    yield Carrier("tag-letters.md", f"{VISIBLE[0]}\n\n{VISIBLE[1]}{tags}\n".encode(), SECRET)
    yield from (*benign_pdfs(), *benign_docx(), *benign_pages())


def make(folder: Path = FOLDER) -> None:
    """Write `files.tar.xz` and `files.csv`."""
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tarfile.open(folder / "files.tar.xz", "w:xz", format=tarfile.PAX_FORMAT) as archive,
        (folder / "files.csv").open("w", encoding="utf-8", newline="") as file,
    ):
        table = csv.writer(file, lineterminator="\n")
        table.writerow(COLUMNS)
        for carrier in carriers():
            hides = carrier.hidden is not None
            name = f"{'hidden' if hides else 'shown'}/{carrier.name}"
            member = tarfile.TarInfo(name)
            member.size = len(carrier.content)
            archive.addfile(member, io.BytesIO(carrier.content))
            table.writerow((name, carrier.hidden or BENIGN, str(hides).lower()))


if __name__ == "__main__":
    make()
