"""HTML and DOCX printed to PDF by the programs that people use: Chromium and LibreOffice."""

import subprocess
from collections.abc import Sequence
from pathlib import Path


def chromium_pdf(page: Path, out: Path) -> None:
    """Print an HTML file with Debian's Chromium."""
    subprocess.run(
        [
            "chromium",
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-pdf-header-footer",
            f"--user-data-dir={out.parent / 'chromium-profile'}",
            f"--print-to-pdf={out}",
            page.as_uri(),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )


def libreoffice_pdfs(files: Sequence[Path], folder: Path) -> None:
    """Convert DOCX or HTML files with Debian's LibreOffice into a folder."""
    subprocess.run(
        [
            "libreoffice",
            f"-env:UserInstallation=file://{folder}/profile",
            "--headless",
            "--convert-to",
            "pdf",
            "--outdir",
            str(folder),
            *map(str, files),
        ],
        check=True,
        capture_output=True,
        timeout=600,
    )
