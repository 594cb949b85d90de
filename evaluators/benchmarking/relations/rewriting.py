"""Twins whose resume is set, filled or dated in another way."""

import random
import re
from collections.abc import Callable, Iterator, Sequence

from evaluators.benchmarking.relations.bases import Base, Twins, words
from evaluators.benchmarking.relations.outline import SPAN, heading_lines, is_bullet, jobs, lists_tools, outline

STUFFED_TOOLS = 50
PADDING = 0.3
"""Share of words that are added."""
GAP_YEARS = 2
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_FEWEST_INLINE_WORDS = 12


def section_order(base: Base) -> Iterator[Twins]:
    """The same sections, each whole, in an order that they do not stand in."""
    found = outline(base.resume)
    if found is None:
        return
    order = list(range(len(found.sections)))
    dice = base.dice("section_order")
    while order == sorted(order):
        dice.shuffle(order)
    after = base.with_resume(found._replace(sections=tuple(found.sections[n] for n in order)).text())
    titles = ", ".join(found.sections[n].title for n in order)
    yield Twins("section_order", "section_order", base, base.files, after, titles)


def tool_stuffing(base: Base) -> Iterator[Twins]:
    """Fifty tools in one of the ways that people list them, among them all that the role would like to see."""
    dice = base.dice("tool_stuffing")
    others = [tool for tool in words().tools if tool not in base.wanted]
    tools = [*base.wanted, *dice.sample(others, max(0, STUFFED_TOOLS - len(base.wanted)))]
    dice.shuffle(tools)
    name = dice.choice(sorted(_LISTS))
    text = _with_section(base.resume, "Skills", _LISTS[name](tools))
    yield Twins("tool_stuffing", f"tool_stuffing-{name}", base, base.files, base.with_resume(text), f"as {name}")


def _grouped(tools: Sequence[str]) -> list[str]:
    labels = ("Languages", "Frameworks", "Data", "Cloud", "Other")
    size = -(-len(tools) // len(labels))
    return [f"{label}: {', '.join(tools[n * size : (n + 1) * size])}" for n, label in enumerate(labels)]


def _praised(tools: Sequence[str]) -> list[str]:
    first, second, rest = tools[:15], tools[15:30], tools[30:]
    return [
        f"Highly proficient in {', '.join(first[:-1])} and {first[-1]}.",
        f"Extensive hands-on experience with {', '.join(second[:-1])} and {second[-1]}.",
        f"Also skilled in {', '.join(rest)}.",
    ]


_LISTS: dict[str, Callable[[Sequence[str]], list[str]]] = {
    "line": lambda tools: [", ".join(tools)],
    "bullets": lambda tools: [f"- {tool}" for tool in tools],
    "groups": _grouped,
    "dots": lambda tools: [" · ".join(tools)],
    "praise": _praised,
}


def _with_section(text: str, title: str, lines: Sequence[str]) -> str:
    """The resume with one more section at its end, headed as the others are."""
    found = outline(text)
    heading = heading_lines(found.style if found else "capitals", title)
    return "\n".join([text.rstrip("\n"), "", *heading, *lines, ""])


def tools_removed(base: Base) -> Iterator[Twins]:
    """The resume without the sections that list tools and say nothing else."""
    found = outline(base.resume)
    if found is None:
        return
    kept = tuple(section for section in found.sections if not lists_tools(section))
    if len(kept) == len(found.sections):
        return
    gone = ", ".join(section.title for section in found.sections if lists_tools(section))
    after = base.with_resume(found._replace(sections=kept).text())
    yield Twins("tools_removed", "tools_removed", base, base.files, after, f"without {gone}")


def padding(base: Base) -> Iterator[Twins]:
    """A third more words that say nothing, in one of the places where people put them."""
    dice = base.dice("padding")
    sentences = _filler(base.resume, dice)
    place = dice.choice(sorted(_PLACES))
    text = _PLACES[place](base.resume, sentences, dice)
    yield Twins("padding", f"padding-{place}", base, base.files, base.with_resume(text), f"{place}: {sentences[0]}")


def _filler(text: str, dice: random.Random) -> list[str]:
    wanted = PADDING * len(text.split())
    pool = dice.sample(words().filler, len(words().filler))
    chosen: list[str] = []
    while pool and sum(len(sentence.split()) for sentence in chosen) < wanted:
        chosen.append(pool.pop())
    return chosen


def _at_the_end(text: str, sentences: Sequence[str], _: random.Random) -> str:
    """Paragraphs of three sentences under a heading of their own."""
    paragraphs = [" ".join(sentences[n : n + 3]) for n in range(0, len(sentences), 3)]
    return _with_section(text, "Personal statement", "\n\n".join(paragraphs).split("\n"))


def _between(text: str, sentences: Sequence[str], dice: random.Random) -> str:
    """Single paragraphs behind paragraphs and lists, but not between a heading or a colon and what it announces."""
    blocks = text.rstrip("\n").split("\n\n")
    ends = [n for n, block in enumerate(blocks) if not _announces(block)] or [len(blocks) - 1]
    behind: dict[int, list[str]] = {}
    for sentence in sentences:
        behind.setdefault(dice.choice(ends), []).append(sentence)
    return "\n\n".join(part for n, block in enumerate(blocks) for part in (block, *behind.get(n, ()))) + "\n"


def _announces(block: str) -> bool:
    last = block.rstrip().split("\n")[-1].strip()
    return (
        not last
        or last.startswith("#")
        or last.endswith((":", "**", ":*"))
        or last.isupper()
        or SPAN.search(last) is not None
    )


def _inline(text: str, sentences: Sequence[str], dice: random.Random) -> str:
    """At the ends of bullets and paragraphs, as somebody does who makes every line longer."""
    lines = text.split("\n")
    ends = [
        n
        for n, line in enumerate(lines)
        if len(line.split()) >= _FEWEST_INLINE_WORDS
        and line.rstrip().endswith((".", "!"))
        and (is_bullet(line) or n + 1 == len(lines) or not lines[n + 1].strip())
    ]
    if not ends:
        return _at_the_end(text, sentences, dice)
    for number, sentence in enumerate(sentences):
        at = ends[number % len(ends)]
        lines[at] = f"{lines[at].rstrip()} {sentence}"
    return "\n".join(lines)


_PLACES: dict[str, Callable[[str, Sequence[str], random.Random], str]] = {
    "end": _at_the_end,
    "between": _between,
    "inline": _inline,
}


def career_gap(base: Base) -> Iterator[Twins]:
    """Everything before the latest job happened two years earlier.

    Only the lines that date jobs and studies are moved. A year inside a story tells when something happened; moving it
    would change what is told.
    """
    listed = jobs(base.resume)
    if len(listed) < 2:
        return
    dated = {line for job in listed[1:] for line in job.header} - set(listed[0].header)
    lines = base.resume.split("\n")
    found = outline(base.resume)
    studies = {line for s in (found.sections if found else ()) if s.kind == "education" for line in s.body}
    moved = [_earlier(line, whole=line in studies) if line in dated or line in studies else line for line in lines]
    if moved != lines:
        note = f"{GAP_YEARS} years empty before {listed[0].header[0].strip('#* ')[:60]!r}"
        yield Twins("career_gap", "career_gap", base, base.files, base.with_resume("\n".join(moved)), note)


def _earlier(line: str, *, whole: bool) -> str:
    def moved(match: re.Match[str]) -> str:
        return _YEAR.sub(lambda year: str(int(year[0]) - GAP_YEARS), match[0])

    return (_YEAR if whole else SPAN).sub(moved, line)
