"""What the documents tell people to type exists: commands, options, make targets, files that are linked."""

import re
import shlex
from pathlib import Path
from typing import NamedTuple

import pytest
import typer

from flows.cli import app

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted(
    {ROOT / "README.md", *ROOT.glob("docs/*.md"), *ROOT.glob("*/README.md"), *ROOT.glob("*/*/README.md")}
)
_FENCED = re.compile(r"^```[a-z]*\n(.*?)^```", re.DOTALL | re.MULTILINE)
_INLINE = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")


class Told(NamedTuple):
    """A command line in a document."""

    document: str
    words: tuple[str, ...]


def told(program: str) -> list[Told]:
    """Every line of a code block, and every code span, that runs the program."""
    found = []
    for path in DOCUMENTS:
        text = path.read_text(encoding="utf-8")
        lines = [line for block in _FENCED.findall(text) for line in block.replace("\\\n", " ").splitlines()]
        for line in [*lines, *_INLINE.findall(_FENCED.sub("", text))]:
            words = shlex.split(line.removeprefix("$ "), comments=True) if program in line else []
            if words and words[0].split("/")[-1] == program:
                found.append(Told(str(path.relative_to(ROOT)), tuple(words[1:])))
    return found


def misread(words: tuple[str, ...]) -> str:
    """What `shortlist` does not know of a command line; empty if it knows all of it."""
    command = typer.main.get_command(app)
    rest = list(words)
    # Typer's own copy of click has these classes; asking for `commands` works with either.
    while (commands := getattr(command, "commands", None)) and rest and not rest[0].startswith("-"):
        name = rest.pop(0)
        if name not in commands:
            return f"no command {name!r}"
        command = commands[name]
    options = {name for one in command.params for name in (*one.opts, *one.secondary_opts) if name.startswith("-")}
    unknown = [word for word in rest if word.startswith("-") and word.split("=")[0] not in {*options, "--help"}]
    return f"no option {unknown[0]!r}" if unknown else ""


@pytest.mark.parametrize("line", told("shortlist"), ids=lambda line: f"{line.document}: {' '.join(line.words)}"[:90])
def test_a_documented_command_is_known(line: Told) -> None:
    assert misread(line.words) == "", f"{line.document}: shortlist {' '.join(line.words)}"


@pytest.mark.parametrize(
    ("words", "why"), [(("srceen",), "no command"), (("screen", "x", "--jugde", "y"), "no option")]
)
def test_a_wrong_command_is_not_known(words: tuple[str, ...], why: str) -> None:
    assert why in misread(words)


@pytest.mark.parametrize("line", told("make"), ids=lambda line: f"{line.document}: {' '.join(line.words)}"[:90])
def test_a_documented_target_is_in_the_makefile(line: Told) -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert {word for word in line.words if "=" not in word} <= targets


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    links = [link for link in _LINK.findall(document.read_text(encoding="utf-8")) if "://" not in link]
    assert [link for link in links if not (document.parent / link).exists()] == []
