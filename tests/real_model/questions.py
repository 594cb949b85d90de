"""Small questions for a model that can read little; persons and works are invented."""

from pipeline.models.documents import Place
from pipeline.models.dossier import Dossier, EvidencePassage, Passage, Question
from pipeline.models.scorecard import Check, RoleContext, Rubric

RUBRIC = Rubric(
    id="choices",
    checks=(
        Check(id="reason", question="Do they say why something was chosen?", points=2),
        Check(id="cost", question="Do they say what the choice cost?", points=2, requires=("reason",)),
    ),
)
ROLE = RoleContext(
    mission="Move seat booking off the harbour system.",
    scope=("hold table",),
    constraints=("six people",),
    stage="growth",
)
FERRY = (
    "The quay has one line of 2 Mbit.",
    "Two tills can offer the same seat for ten seconds.",
    "We read the seat map from memory because the database was too slow at eight in the morning.",
)
"""The model was seen to quote from these."""
WEIR = (
    "Retries stop after the third try, because the sensor forgets a reading after four minutes.",
    "Readings that fall out are counted and printed in the morning mail.",
)
"""Instead of these the model was seen to quote what its server's template shows it."""


def dossier(texts: tuple[str, ...]) -> Dossier:
    passages = tuple(
        Passage(
            id=f"{number:016x}",
            text=text,
            visible=text,
            kind="narrative",
            sense="work",
            source="resume",
            document="resume.md",
            place=Place(line=number),
        )
        for number, text in enumerate(texts, start=1)
    )
    return Dossier(passages=passages, hash="0" * 64)


def question(texts: tuple[str, ...]) -> Question:
    evidence = tuple(
        EvidencePassage(id=one.id, text=one.text, kind=one.kind, sense=one.sense) for one in dossier(texts).passages
    )
    return Question(
        subject="choices",
        kind="rubric",
        statement="Explains choices by the limits that decided them.",
        rubric=RUBRIC,
        role=ROLE,
        evidence=evidence,
    )
