import pytest

from evaluators.bm25 import load_background
from evaluators.search import search_passages
from pipeline.embeddings import load_default_embedder
from pipeline.evidence_index import EvidenceIndex
from pipeline.models.documents import Place
from pipeline.models.dossier import Passage

TEXTS = {
    "a1": (
        "ann",
        "narrative",
        "Two HL7 messages were lost before the queue; we found them in the paper log.",
    ),
    "b1": ("bob", "claim", "Built the seat map of a booking site."),
    "b2": ("bob", "inventory", "Messages, lost and found, Kafka, RabbitMQ"),
    "c1": ("cem", "narrative", "The consumer dropped events after a crash, so nothing reached the ward."),
    "d1": ("dov", "claim", "Planted roses along the path in May."),
}


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    index = EvidenceIndex(tmp_path_factory.mktemp("chroma") / "role", load_default_embedder())
    index.add([(passage_id, text) for passage_id, (_, _, text) in TEXTS.items()] + [("gone", "lost messages")])
    index.flush()
    return index


@pytest.fixture(scope="module")
def passages():
    return {
        passage_id: (
            candidate,
            Passage(
                id=passage_id,
                text=text,
                visible=text,
                kind=kind,
                sense="work",
                source="resume",
                document="resume.md",
                place=Place(line=1),
            ),
        )
        for passage_id, (candidate, kind, text) in TEXTS.items()
    }


def _search(query, index, passages, **options):
    return search_passages(query, passages=passages, index=index, background=load_background(), **options)


def test_best_card_has_meaning_and_words_and_says_which(index, passages):
    cards = _search("lost messages", index, passages)
    assert cards[0].candidate == "ann"
    assert cards[0].words == ("messages", "lost")
    assert cards[0].similarity is not None
    assert cards[0].score == 1.0


def test_lists_and_passages_of_erased_candidates_are_not_shown(index, passages):
    shown = {card.passage.id for card in _search("lost messages", index, passages)}
    assert shown == set(TEXTS) - {"b2"}


def test_meaning_alone_finds_a_passage_without_the_words(index, passages):
    cards = _search("failure lost data", index, {"c1": passages["c1"], "d1": passages["d1"]})
    assert cards[0].passage.id == "c1"
    assert cards[0].words == ()


def test_limit_and_empty_query(index, passages):
    assert len(_search("lost messages", index, passages, limit=2)) == 2
    assert _search("  ", index, passages) == []


def test_order_of_the_mapping_does_not_matter(index, passages):
    turned = dict(reversed(list(passages.items())))
    assert _search("lost messages", index, turned) == _search("lost messages", index, passages)
