"""Further bases, put together from the sections of one role's candidates.

A header that is invented, one person's summary, two to four jobs of different people, somebody's studies and tools.
They share passages with each other, so they widen what is tried but are not independent as the written ones are;
results name them `assembled:`.
"""

import random
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from evaluators.benchmarking.relations.bases import RESUME, Base, Known, is_takehome, words
from evaluators.benchmarking.relations.outline import Job, bare, is_bullet, jobs, lists_tools, outline
from evaluators.benchmarking.relations.swaps import address

_FEWEST_JOB_WORDS = 20
_MOST_SUMMARY_WORDS = 130
_MOST_JOBS = 4
_TAKEHOME_SHARE = 0.12
_MOST_TRIES = 40


class _Part(NamedTuple):
    owner: int
    """Number of the person whose it is."""
    lines: tuple[str, ...]


class _Parts(NamedTuple):
    jobs: list[_Part]
    summaries: list[_Part]
    studies: list[_Part]
    tools: list[_Part]


def assemble(role: str, people: Sequence[Base], count: int) -> Iterator[Base]:
    """Bases of a role, as many as asked for or as there are distinct ones.

    Args:
        role: Id of the role.
        people: Its candidates.
        count: How many.
    """
    parts = _parts(people)
    if len({part.owner for part in parts.jobs}) < 2:
        return
    seen: set[frozenset[_Part]] = set()
    for number in range(count):
        dice = random.Random(f"assembled/{role}/{number}")
        for _ in range(_MOST_TRIES):
            chosen = _chosen_jobs(parts.jobs, dice)
            if frozenset(chosen) not in seen:
                break
        else:
            return
        seen.add(frozenset(chosen))
        yield _assembled(f"{role}/a{number:03}", role, people, parts, chosen, dice)


def _parts(people: Sequence[Base]) -> _Parts:
    parts = _Parts([], [], [], [])
    kinds = {"summary": parts.summaries, "education": parts.studies, "tools": parts.tools}
    for number, person in enumerate(people):
        parts.jobs.extend(_Part(number, _as_section(job)) for job in jobs(person.resume) if _is_worth_telling(job))
        found = outline(person.resume)
        for section in found.sections if found else ():
            if section.kind == "tools" and not lists_tools(section):
                continue
            if section.kind in kinds and 0 < len(" ".join(section.body).split()) <= _MOST_SUMMARY_WORDS:
                body = tuple("\n".join(section.body).strip("\n").split("\n"))
                kinds[section.kind].append(_Part(number, body))
    return parts


def _is_worth_telling(job: Job) -> bool:
    return len(" ".join(job.body).split()) >= _FEWEST_JOB_WORDS


def _as_section(job: Job) -> tuple[str, ...]:
    """The job under a heading of the third level, whatever it was headed with before."""
    return (f"### {' | '.join(bare(line) for line in job.header)}", *_without_headings(job.body))


def _without_headings(lines: Sequence[str]) -> Iterator[str]:
    for line in lines:
        if line.startswith("#"):
            yield f"**{bare(line)}**"
        else:
            # Behind a heading an indented line would be taken for code.
            yield line if is_bullet(line) else line.strip()


def _chosen_jobs(offered: Sequence[_Part], dice: random.Random) -> list[_Part]:
    chosen: list[_Part] = []
    wanted = dice.randint(2, _MOST_JOBS)
    for part in dice.sample(offered, len(offered)):
        if len(chosen) < wanted and all(part.owner != other.owner for other in chosen):
            chosen.append(part)
    return chosen


def _assembled(
    name: str, role: str, people: Sequence[Base], parts: _Parts, chosen: Sequence[_Part], dice: random.Random
) -> Base:
    person = dice.choice(words().people)
    contact = f"{dice.choice(words().cities)} · {address(person, dice)}"
    lines = [f"# {person.name}", f"{dice.choice(words().titles)} · {contact}", ""]
    used = list(chosen)
    for title, offered in (
        ("Summary", parts.summaries),
        ("", []),
        ("Education", parts.studies),
        ("Skills", parts.tools),
    ):
        if not title:
            lines += ["## Experience", ""]
            for job in chosen:
                lines += [*job.lines, ""]
        elif offered:
            part = dice.choice(offered)
            used.append(part)
            lines += [f"## {title}", "", *part.lines, ""]
    files = {RESUME: "\n".join(lines).encode()}
    if dice.random() < _TAKEHOME_SHARE:
        owner = people[dice.choice(chosen).owner]
        files |= {name: content for name, content in owner.files.items() if is_takehome(name)}
    owners = [people[part.owner].known for part in used]
    known = Known(
        name=person.name,
        employers=tuple(dict.fromkeys(one for owner in owners if owner for one in owner.employers)),
        schools=tuple(dict.fromkeys(one for owner in owners if owner for one in owner.schools)),
    )
    return Base(name, role, "assembled", files, known, wanted=people[chosen[0].owner].wanted)
