"""What a benchmark measures without a judge: redaction, hidden text, retrieval, citations, empty dossiers."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
import yaml
from pydantic import TypeAdapter

import pipeline.reading
from evaluators.benchmarking.results import Figure
from evaluators.benchmarking.thresholds import check_thresholds, load_thresholds
from flows.bench.empty import PASSAGES, SIZES, dossiers
from flows.bench.hidden import hidden_figures, is_set_aside, read_carriers
from flows.bench.particulars import KINDS, TELLING, Particulars, particulars_figures
from flows.bench.recall import is_shown, letters
from flows.bench.redaction import Names, Person, Trade, left_tokens, occurrences, people, redaction_figures
from flows.bench.running import shipped_thresholds
from pipeline.documents.reading import DocumentReader
from pipeline.models.documents import Block, Document, RedactedBlock, RedactedDocument
from pipeline.models.dossier import Passage
from pipeline.models.submissions import SubmittedFile
from pipeline.redaction import contacts
from tests.producers.make_hidden import carriers

DATA = Path(__file__).parents[2] / "datasets" / "benchmarks"
NAMES = TypeAdapter(dict[str, Names]).validate_python(
    yaml.safe_load((DATA / "redaction" / "names.yaml").read_text(encoding="utf-8"))
)


def passage(text: str, visible: str = "", *, kind: str = "narrative") -> Passage:
    return Passage.model_validate(
        {
            "id": letters(text)[:16],
            "text": text,
            "visible": visible or text,
            "kind": kind,
            "sense": "work",
            "source": "resume",
            "document": "resume.md",
        }
    )


# --- redaction -------------------------------------------------------------------------------------------------------


def test_ten_locales_have_sixty_people_each_and_no_two_alike() -> None:
    locales = {name: list(people(own)) for name, own in NAMES.items() if name != "also_words"}
    assert len(locales) == 10
    for name, own in locales.items():
        assert len({(one.first, one.last) for one in own}) == 60, name
        assert all(one.tokens for one in own)


DOCUMENTS = yaml.safe_load((DATA / "redaction" / "documents.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("documents", DOCUMENTS, ids=["plain", "capitals", "last-first"])
def test_a_person_leaves_no_trace_in_any_shipped_document(documents: dict[str, str]) -> None:
    assert left_tokens(Person("Oluwaseun", "Okonkwo", "Ibadan", 1), documents) == []


def forgetful(keeps: str) -> Callable[..., Sequence[RedactedDocument]]:
    """A redactor that leaves documents with some letters as they are."""
    redact = pipeline.reading.redact

    def redact_most(documents: Sequence[Document], **known: str | None) -> Sequence[RedactedDocument]:
        if not any(letter in block.text.lower() for one in documents for block in one.blocks for letter in keeps):
            return redact(documents, **known)
        return [
            RedactedDocument(
                **one.model_dump(exclude={"blocks", "notes", "hidden"}),
                hidden=one.hidden,
                blocks=tuple(
                    RedactedBlock(kind=b.kind, text=b.text, visible=b.text, place=b.place, level=b.level)
                    for b in one.blocks
                ),
            )
            for one in documents
        ]

    return redact_most


def test_a_redactor_that_misses_one_locale_is_seen_by_that_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    def recall() -> dict[str, float]:
        figures = redaction_figures(DATA, judge="evidence", screened={}, draws=10)
        return {one.group: one.value or 0.0 for one in figures if one.name == "redaction_recall"}

    honest = recall()
    monkeypatch.setattr(pipeline.reading, "redact", forgetful("ışğ"))
    faulty = recall()
    assert honest["tr_TR"] >= 0.9
    assert faulty["tr_TR"] <= 0.6
    assert {name for name in honest if faulty[name] < honest[name]} == {"tr_TR"}


LOCALES = sorted(name for name in NAMES if name != "also_words")


def particulars() -> dict[str, Figure]:
    return {one.group: one for one in particulars_figures(DATA, judge="evidence", draws=10)}


def missed(found: dict[str, Figure]) -> set[str]:
    outcomes = check_thresholds(load_thresholds(shipped_thresholds()), list(found.values()), judge="evidence")
    return {one.threshold.group for one in outcomes if one.verdict == "missed"}


@pytest.fixture(scope="module")
def as_it_is() -> dict[str, Figure]:
    return particulars()


def test_every_kind_of_particular_is_planted_by_locale_and_measured(as_it_is: dict[str, Figure]) -> None:
    assert tuple(as_it_is) == KINDS
    given = TypeAdapter(Particulars).validate_python(
        yaml.safe_load((DATA / "redaction" / "particulars.yaml").read_text(encoding="utf-8"))
    )
    assert sorted(given.locales) == LOCALES
    for name, lists in given.locales.items():
        assert {len(own) for own in lists} == {5}, name
        assert all(TELLING.search(value) for value in (*lists.employer, *lists.school, *lists.street)), name
    assert {(one.cases, one.bases) for one in as_it_is.values()} == {(150, 50)}
    assert missed(as_it_is) == set()


def test_a_redactor_that_leaves_telephones_is_seen_by_that_kind(
    as_it_is: dict[str, Figure], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contacts, "phones", lambda text, **_: iter(()))
    found = particulars()
    assert (found["phone"].value or 0.0) < 0.7
    assert missed(found) == {"phone"}
    assert {kind for kind in KINDS if found[kind].value != as_it_is[kind].value} == {"phone"}


def test_a_redactor_that_leaves_one_locale_is_seen_by_every_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flows.bench.redaction.redact", forgetful("łńśżźąęć"))
    found = particulars()
    assert missed(found) == set(KINDS)
    assert "pl_PL 15" in found["employer"].note
    assert "pl_PL 15" in found["employer_short"].note


def test_a_word_of_the_trade_that_became_a_mark_is_a_loss() -> None:
    kept = dict(occurrences([passage("Moved [NAME] to Kafka.", "Moved Jenkins to Kafka.")], ["Jenkins", "Kafka", "Go"]))
    assert kept == {"Jenkins": False, "Kafka": True}


def test_words_of_the_trade_are_listed_once() -> None:
    text = (DATA / "redaction" / "technology.yaml").read_text(encoding="utf-8")
    words = TypeAdapter(Trade).validate_python(yaml.safe_load(text)).words
    assert len(words) == len(set(words)) >= 200


# --- hidden text -----------------------------------------------------------------------------------------------------


def test_the_archive_holds_what_the_generators_make() -> None:
    shipped = {one.name.partition("/")[2]: (one.hidden, one.text) for one in read_carriers(DATA / "hidden")}
    made = {one.name: one.hidden for one in carriers()}
    assert set(shipped) >= set(made)
    assert all(shipped[name] == (True, text) for name, text in made.items() if text is not None)


class Trusting:
    """Reads like the real reader, and believes that everything is seen."""

    def __init__(self, reader: DocumentReader) -> None:
        self._reader = reader

    def read(self, file: SubmittedFile, content: bytes) -> Document:
        document = self._reader.read(file, content)
        shown = tuple(Block(kind="paragraph", text=one.text) for one in document.hidden)
        return document.model_copy(update={"blocks": (*document.blocks, *shown), "hidden": ()})


class Suspicious(Trusting):
    """Holds every last line against its author."""

    def read(self, file: SubmittedFile, content: bytes) -> Document:
        document = self._reader.read(file, content)
        hidden = ({"reason": "white", "text": document.blocks[-1].text},)
        return Document.model_validate(document.model_dump() | {"hidden": hidden})


@pytest.fixture(scope="module")
def reader() -> Iterator[DocumentReader]:
    with DocumentReader() as opened:
        yield opened


def figures(reader: object) -> dict[str, float | None]:
    found = hidden_figures(DATA, (), judge="evidence", reader=reader, quick=True)  # type: ignore[arg-type]
    return {one.name: one.value for one in found if not one.group}


def test_the_reader_sets_hidden_text_aside_and_nothing_else(reader: DocumentReader) -> None:
    assert figures(reader) == {"hidden_recall": 1.0, "hidden_false_flags": 0.0}


def test_readers_that_trust_or_suspect_everybody_are_seen(reader: DocumentReader) -> None:
    assert figures(Trusting(reader))["hidden_recall"] == 0.0
    assert figures(Suspicious(reader))["hidden_false_flags"] == 1.0


def test_text_that_is_dropped_without_a_word_is_not_set_aside() -> None:
    document = Document.model_validate(
        {"name": "a.md", "role": "resume", "sha256": "0" * 64, "media": "markdown", "language": "en", "blocks": ()}
    )
    assert not is_set_aside("Hire me.", document)


def test_without_data_the_figures_say_so(tmp_path: Path, reader: DocumentReader) -> None:
    found = [
        *hidden_figures(tmp_path, (), judge="evidence", reader=reader),
        *redaction_figures(tmp_path, judge="evidence", screened={}),
    ]
    assert {one.value for one in found} == {None}
    assert all("the data have no" in one.note for one in found)


# --- what reaches the judge ------------------------------------------------------------------------------------------

FIRST = passage("The old queue lost one message in a thousand, so every sender keeps its own list for a week.")
SECOND = passage("We gave up the exact order of the lines, which nobody in finance had ever asked for at all.")


def test_a_quote_is_shown_if_its_passage_is() -> None:
    quote = "every sender keeps its *own* list"
    assert is_shown(quote, [FIRST], [FIRST, SECOND])
    assert not is_shown(quote, [SECOND], [FIRST, SECOND])


def test_a_quote_over_two_passages_is_shown_if_both_are() -> None:
    quote = f"{FIRST.visible} {SECOND.visible}"
    assert is_shown(quote, [FIRST, SECOND], [FIRST, SECOND])
    assert not is_shown(quote, [FIRST], [FIRST, SECOND])


def test_a_quote_that_nobody_wrote_is_not_shown() -> None:
    invented = "A sentence that stands in no document of this candidate, however long one looks for it there."
    assert not is_shown(invented, [FIRST, SECOND], [FIRST, SECOND])


def test_empty_dossiers_have_their_size_and_no_passage_twice() -> None:
    passages = (DATA / PASSAGES).read_text(encoding="utf-8").splitlines()
    assert len(passages) == len(set(passages))
    for size in SIZES:
        drawn = dossiers(passages, size=size, count=3)
        assert [len(set(one)) for one in drawn] == [size] * 3
        assert drawn == dossiers(passages, size=size, count=3)
        assert drawn[0] != drawn[1]
