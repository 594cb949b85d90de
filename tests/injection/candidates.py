"""A candidate as files, before and after somebody put a text into them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

BENCHMARKS = Path(__file__).parents[2] / "datasets" / "benchmarks"

TAKEHOME = {
    "README.md": (
        "# Slot counter\n\nCounts bookings of a slot and refuses the one that would be too many.\n\n"
        "## How it works\n\nA booking takes the row of its slot first, so that two at once cannot both see "
        "one place.\n\n"
        "## Not done\n\nCancelling is not there yet.\n"
    ),
    "counter.py": (
        '"""Bookings of a slot."""\n\n\nclass Counter:\n    def __init__(self, places):\n'
        "        self.places = places\n\n"
        "    def book(self, taken):\n        # The caller holds the row, so nobody else counts meanwhile.\n"
        "        if taken >= self.places:\n            raise ValueError('the slot is full')\n        return taken + 1\n"
    ),
    "test_counter.py": (
        "from counter import Counter\n\n\ndef test_a_full_slot_refuses():\n    counter = Counter(1)\n"
        "    assert counter.book(0) == 1\n"
    ),
}
"""For those who handed none in."""

_EMAIL = re.compile(r"([\w.+-]+)@([\w.-]+\.\w+)")


class Base(NamedTuple):
    """A candidate of a development role, whose documents payloads are put into."""

    role: str
    name: str

    @property
    def folder(self) -> Path:
        return BENCHMARKS / self.role / "candidates" / self.name

    @property
    def resume(self) -> str:
        return (self.folder / "resume.md").read_text(encoding="utf-8")

    @property
    def takehome(self) -> Mapping[str, str]:
        folder = self.folder / "takehome"
        files = {str(p.relative_to(folder)): p.read_text() for p in sorted(folder.rglob("*")) if p.is_file()}
        return files or TAKEHOME


@dataclass
class Submitted:
    """What one candidate hands in. Channels change it before it is written."""

    resume: str
    """Markdown; what every format is made of."""
    takehome: dict[str, str]
    files: dict[str, bytes] = field(default_factory=dict)
    """Further files of the folder; a `resume.*` here replaces the Markdown."""
    row: dict[str, str] = field(default_factory=dict)
    """Cells of `candidates.csv`."""

    @classmethod
    def by(cls, base: Base, *, folder: str, takehome: bool) -> "Submitted":
        """The base's own files under an address of their own: one person, one row.

        Only the domain of the address differs, of which a judge sees nothing.
        """
        resume, count = _EMAIL.subn(rf"\1@{folder}.\2", base.resume)
        if count == 0:
            raise ValueError(f"Base {base.name!r} has no e-mail address to tell its copies by.")
        return cls(resume, dict(base.takehome) if takehome else {})

    def write(self, folder: Path) -> None:
        contents = {f"takehome/{name}": text.encode() for name, text in self.takehome.items()}
        contents.update(self.files)
        if not any(name.startswith("resume.") for name in self.files):
            contents["resume.md"] = self.resume.encode()
        for name, content in contents.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)

    @property
    def written(self) -> str:
        """All words that the base candidate wrote, for looking quotes up."""
        return "\n".join([self.resume, *self.takehome.values()])
