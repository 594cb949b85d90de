"""Worked examples for the chat judge: labelled passages with the answer that a careful reader gives.

They come from a pool that was picked and answered by hand (`datasets/calibration/examples`). Those nearest to a
criterion are shown with it: a fixed mix of sorts, chosen without a look at any candidate, so that everybody is read
by the same examples.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import yaml
from pydantic import Field, ValidationError

from pipeline.embeddings import Embedder
from pipeline.errors import ConfigurationError
from pipeline.models.base import FrozenModel
from pipeline.models.dossier import PassageKind, Question
from pipeline.models.scorecard import About

ABSENT = 0.02
"""Probability of a check for which an example shows nothing."""
GENERAL = "general"
"""Pool for rubrics that have none of their own."""

_ROW_FILES = ("resume", "takehome", "hard", "extra-owner", "extra-code-a", "extra-code-b")
_STATED_ROW_FILES = ("gates", "mission")
"""Rows that stand beside a requirement or a role."""
_KINDS: Mapping[str, PassageKind] = {
    "code": "code",
    "code_comment": "comment",
    "comment": "comment",
    "resume": "claim",
    "inventory": "claim",
}
_WORK_FORMS = frozenset(("resume", "inventory", "cover_note", "profile", "summary"))

Sort = Literal[
    "full", "terse", "partial", "split",
    "solved", "elsewhere", "part", "near",
    "met", "willing", "denied", "others", "before", "exercise", "open", "silent",
    "stuffed", "template", "brief", "theatre", "wish", "foreign",
]  # fmt: skip
"""What an example is for."""


class _Slot(NamedTuple):
    """One example to show: its sort, and which nearest header it is taken from, 0 being the first."""

    sort: Sort
    rank: int = 0


COUNTER_SORTS: tuple[Sort, ...] = ("stuffed", "template", "brief", "theatre", "wish", "foreign")
"""Shown together as the passages of one example, with little or nothing met."""
_RUBRIC_MIX = (_Slot("full"), _Slot("terse"), _Slot("partial"), _Slot("split"))
_GENERAL_MIX = (_Slot("full"), _Slot("terse"), _Slot("partial"), _Slot("full", 1))
_MISSION_MIX = (_Slot("solved"), _Slot("part"), _Slot("near"), _Slot("elsewhere", 1), _Slot("near", 1))
_PAST_MIX = (
    _Slot("met"), _Slot("denied"), _Slot("others"), _Slot("exercise"), _Slot("silent"), _Slot("met", 1),
    _Slot("denied", 1),
)  # fmt: skip
_FUTURE_MIX = (
    _Slot("willing"), _Slot("denied"), _Slot("before"), _Slot("open"), _Slot("willing", 1), _Slot("before", 1),
)  # fmt: skip


class _Stated(FrozenModel):
    p: float = Field(ge=0, le=1)
    quotes: tuple[str, ...] = ()


class _WrittenPassage(FrozenModel):
    text: str
    kind: PassageKind = "narrative"
    sense: str = "work"


class _Written(FrozenModel):
    """An example as its file has it."""

    sort: Sort
    why: str
    header: str = ""
    """A role's id, a requirement or a criterion's statement; empty where examples need none."""
    about: About | None = None
    rows: tuple[str, ...] = ()
    passages: tuple[_WrittenPassage, ...] = ()
    """Shown after the rows; alone where no labelled row exists."""
    answer: Mapping[str, _Stated] = {}
    """By check; one that is left out has no quote and p `ABSENT`."""
    differs: Mapping[str, str] = {}
    """Checks that are answered otherwise than the row is labelled, and why."""


class _Header(FrozenModel):
    hard: str


class _File(FrozenModel):
    notes: Mapping[str, str]
    headers: Mapping[str, _Header] = {}
    examples: tuple[_Written, ...]


class Example(NamedTuple):
    """An example with its passages."""

    id: str
    sort: Sort
    header: str
    about: About | None
    passages: tuple[_WrittenPassage, ...]
    answer: Mapping[str, _Stated]
    why: str
    rows: tuple[str, ...]
    differs: frozenset[str]


class Pool(NamedTuple):
    """The examples of one rubric."""

    rubric: str
    notes: Mapping[str, str]
    headers: Mapping[str, str]
    """What is printed above examples of a header, and what its nearness is measured by."""
    examples: tuple[Example, ...]

    @property
    def checks(self) -> tuple[str, ...]:
        """The checks that its answers are about."""
        return tuple(name for name in self.notes if name != "together")


def calibration_folder() -> Path:
    """The labelled passages that come with the package, or with the repository when run from there.

    Raises:
        ConfigurationError: The installation lacks them.
    """
    root = Path(__file__).parents[2]
    for folder in (root / "evaluators" / "calibration_data", root / "datasets" / "calibration"):
        if (folder / "examples").is_dir():
            return folder
    raise ConfigurationError(f"The calibration passages are missing from {str(root)!r}. Install shortlist again.")


def load_pools(folder: Path | None = None) -> dict[str, Pool]:
    """Read the pools of all rubrics, by rubric.

    Raises:
        ConfigurationError: A file is missing or broken, or an answer quotes what its passages do not say.
    """
    folder = folder or calibration_folder()
    try:
        rows = _rows(folder)
        files = {path.stem: _File.model_validate(_yaml(path)) for path in sorted((folder / "examples").glob("*.yaml"))}
        roles = {str(role["id"]): role for role in _yaml(folder / "mission_roles.yaml")}  # type: ignore[attr-defined]
        return {name: _pool(name, file, rows, roles) for name, file in files.items()}
    except (OSError, ValueError, KeyError, TypeError, ValidationError, yaml.YAMLError) as error:
        raise ConfigurationError(
            f"The worked examples in {str(folder)!r} cannot be read: {error}. Install the package again, or mend them."
        ) from error


class WorkedExamples:
    """Shows the examples nearest to a question.

    Args:
        embedder: Measures nearness.
        pools: By rubric; the shipped ones if not given.
    """

    hash: str
    """Hex sha256 of everything that can change what is shown."""

    def __init__(self, embedder: Embedder, *, pools: Mapping[str, Pool] | None = None) -> None:
        self._embedder = embedder
        self._pools = load_pools() if pools is None else pools
        self._shown: dict[tuple[str, ...], str] = {}
        made_of = [embedder.name, [[name, repr(pool)] for name, pool in sorted(self._pools.items())]]
        self.hash = hashlib.sha256(json.dumps(made_of).encode()).hexdigest()

    def for_question(self, question: Question) -> str:
        """The text for the prompt's `examples`; the same for every candidate."""
        key = (
            question.kind,
            question.rubric.id,
            *(check.id for check in question.rubric.checks),
            question.about or "",
            question.statement,
            question.role.mission,
        )
        if key not in self._shown:
            pool, _ = self._pool_and_mix(question)
            asked = pool.checks == tuple(check.id for check in question.rubric.checks)
            self._shown[key] = _rendered(pool, self.chosen(question), asked=asked)
        return self._shown[key]

    def chosen(self, question: Question) -> list[Example]:
        """The nearest example of each sort of the mix, then the counter-examples; ties by id."""
        pool, mix = self._pool_and_mix(question)
        query = question.statement
        if pool.rubric not in (GENERAL, "gate"):
            query += f" {question.role.mission}"
        about = (question.about or "past") if question.kind == "gate" else None
        return self._choose(pool, query, mix=mix, about=about)

    def _choose(self, pool: Pool, query: str, *, mix: Sequence[_Slot], about: About | None) -> list[Example]:
        allowed = [example for example in pool.examples if example.about == about]
        near = self._nearness(query, [" ".join(passage.text for passage in one.passages) for one in allowed])
        by_id = {example.id: (-score, example.id) for example, score in zip(allowed, near, strict=True)}
        named = sorted({example.header for example in allowed})
        scores = self._nearness(query, [pool.headers.get(header, header) for header in named])
        headers = [
            header for _, header in sorted((-score, header) for score, header in zip(scores, named, strict=True))
        ]
        chosen: list[Example] = []
        for slot in (*mix, *(_Slot(sort) for sort in COUNTER_SORTS)):
            having = [
                header for header in headers if any((one.sort, one.header) == (slot.sort, header) for one in allowed)
            ]
            # Counter-examples of another header than the first would need a headline of their own.
            if slot.sort in COUNTER_SORTS and having[:1] != headers[:1]:
                continue
            if having:
                header = having[min(slot.rank, len(having) - 1)]
                fitting = [
                    one for one in allowed if (one.sort, one.header) == (slot.sort, header) and one not in chosen
                ]
                chosen += sorted(fitting, key=lambda one: by_id[one.id])[:1]
        return chosen

    def _pool_and_mix(self, question: Question) -> tuple[Pool, tuple[_Slot, ...]]:
        if question.kind == "gate":
            return self._pools["gate"], _FUTURE_MIX if question.about == "future" else _PAST_MIX
        asked = tuple(check.id for check in question.rubric.checks)
        pool = self._pools.get(question.rubric.id)
        # A rubric of one's own may reuse the name of a library rubric for other checks.
        if pool is None or pool.rubric == GENERAL or pool.checks != asked:
            return self._pools[GENERAL], _GENERAL_MIX
        return pool, _MISSION_MIX if pool.rubric == "mission_fit" else _RUBRIC_MIX

    def _nearness(self, query: str, texts: Sequence[str]) -> list[float]:
        vectors = self._embedder.embed([query, *texts])
        # Rounded, so that the last bits of a matrix product never decide.
        return [round(float(vector @ vectors[0]), 4) for vector in vectors[1:]]


def load_worked_examples(embedder: Embedder) -> WorkedExamples:
    """The shipped examples.

    Raises:
        ConfigurationError: They are missing or broken.
    """
    return WorkedExamples(embedder)


def example_row_ids() -> frozenset[str]:
    """Ids of the labelled rows in the pools; a calibration on them would measure what the prompt gave away."""
    return frozenset(row for pool in load_pools().values() for example in pool.examples for row in example.rows)


def _rows(folder: Path) -> dict[str, _WrittenPassage]:
    rows: dict[str, _WrittenPassage] = {}
    for name in (*_ROW_FILES, *_STATED_ROW_FILES):
        for line in (folder / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
            if line.strip():
                row = json.loads(line)
                form = str(row["form"])
                work = form in _WORK_FORMS or name in _STATED_ROW_FILES
                rows[row["id"]] = _WrittenPassage(
                    text=row["text"], kind=_KINDS.get(form, "narrative"), sense="work" if work else "other"
                )
    return rows


def _yaml(path: Path) -> object:
    # The loader in C is ten times faster; wheels of PyYAML bring it, other builds may not.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(path.read_text(encoding="utf-8"), Loader=loader)


def _pool(
    name: str, file: _File, rows: Mapping[str, _WrittenPassage], roles: Mapping[str, Mapping[str, object]]
) -> Pool:
    headers = {header: _role_header(roles[header], about.hard) for header, about in file.headers.items()}
    examples = tuple(_example(name, number, written, rows) for number, written in enumerate(file.examples, start=1))
    notes = {check: " ".join(note.split()) for check, note in file.notes.items()}
    for example in examples:
        if example.sort in COUNTER_SORTS and len(example.passages) != 1:
            raise ValueError(f"counter-example {example.id!r} must be one passage: its reason speaks of one")
        if unknown := set(example.answer) - set(notes):
            raise ValueError(f"example {example.id!r} answers the unknown checks {sorted(unknown)}")
        for check, stated in example.answer.items():
            for quote in stated.quotes:
                _label(quote, example.passages, where=f"{example.id} {check}")
    return Pool(rubric=name, notes=notes, headers=headers, examples=examples)


def _role_header(role: Mapping[str, object], hard: str) -> str:
    lines = [f"Mission: {' '.join(str(role['mission']).split())}"]
    for name in ("scope", "constraints"):
        listed = role[name]
        if not isinstance(listed, list):
            raise TypeError(f"{name!r} of role {role['id']!r} is no list")
        lines.append(f"{name.capitalize()}: {'; '.join(map(str, listed))}")
    return "\n".join((*lines, f"What is hard: {hard}"))


def _example(pool: str, number: int, written: _Written, rows: Mapping[str, _WrittenPassage]) -> Example:
    return Example(
        id="+".join(written.rows) or f"{pool}-{number:02}",
        sort=written.sort,
        header=written.header,
        about=written.about,
        passages=(*(rows[row] for row in written.rows), *written.passages),
        answer=written.answer,
        why=" ".join(written.why.split()),
        rows=written.rows,
        differs=frozenset(written.differs),
    )


def _label(quote: str, passages: Sequence[_WrittenPassage], *, where: str) -> int:
    """Position of the passage that says it; line breaks read as spaces."""
    for position, passage in enumerate(passages):
        if " ".join(quote.split()) in " ".join(passage.text.split()):
            return position
    raise ValueError(f"{where}: the quote {quote!r} is in no passage of its example")


def _rendered(pool: Pool, chosen: Sequence[Example], *, asked: bool) -> str:
    """The text of all chosen examples; `asked` if their checks are those that are asked."""
    single = [example for example in chosen if example.sort not in COUNTER_SORTS]
    counters = [example for example in chosen if example.sort in COUNTER_SORTS]
    parts = [_notes(pool, asked=asked)]
    header = ""
    ordered = sorted(single, key=lambda one: [other.header for other in single].index(one.header))
    groups: list[list[Example]] = [[example] for example in ordered]
    if counters:
        # Beside the other examples of their header.
        after = max((n for n, group in enumerate(groups) if group[0].header == counters[0].header), default=-1)
        groups.insert(after + 1, counters)
    for number, group in enumerate(groups, start=1):
        if group[0].header and group[0].header != header:
            parts.append(_headline(pool, group[0]))
        header = group[0].header
        parts.append(_shown(pool, group, number))
    return "\n\n".join(parts)


def _notes(pool: Pool, *, asked: bool) -> str:
    if asked:
        lead = "How the checks are read (their wording stands further below):"
    else:
        lead = (
            "These examples answer other checks than yours; form and strictness are the same. "
            "How the checks of the examples are read:"
        )
    lines = [f"- {check}: {note}" for check, note in pool.notes.items()]
    return "\n".join((lead, *lines))


def _headline(pool: Pool, example: Example) -> str:
    if example.header in pool.headers:
        return f"A role, and examples for it.\n{pool.headers[example.header]}"
    if example.about is not None:
        return f"Requirement of the next examples ({example.about}): {example.header}"
    return f"Criterion of the next examples: {example.header}"


def _shown(pool: Pool, group: Sequence[Example], number: int) -> str:
    passages = [passage for example in group for passage in example.passages]
    lines = [f"Example {number}."]
    for position, passage in enumerate(passages, start=1):
        lines += [f"[P{position} {passage.kind}, {passage.sense}]", passage.text]
    lines.append(f"Answer: {_answer(pool, group, passages)}")
    if group[0].sort not in COUNTER_SORTS:
        lines.append(f"Why: {group[0].why}")
    else:
        lines.append("Why: " + " ".join(f"P{n} {one.why}" for n, one in enumerate(group, start=1)))
    return "\n".join(lines)


def _answer(pool: Pool, group: Sequence[Example], passages: Sequence[_WrittenPassage]) -> str:
    """The answer in exactly the form that the model shall give; of several examples the surest finding a check."""
    findings: dict[str, object] = {}
    for check in pool.checks:
        stated = max((one.answer[check] for one in group if check in one.answer), key=lambda one: one.p, default=None)
        stated = stated or _Stated(p=ABSENT)
        quotes = [
            {"passage": f"P{_label(quote, passages, where=pool.rubric) + 1}", "text": " ".join(quote.split())}
            for quote in stated.quotes
        ]
        findings[check] = {"quotes": quotes, "met": stated.p >= 0.5, "p": stated.p}
    return json.dumps({"findings": findings}, ensure_ascii=False)
