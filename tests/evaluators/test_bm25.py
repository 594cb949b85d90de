import pytest

from evaluators.bm25 import BACKGROUND_PATH, Background, Stems, bm25, load_background, measure_background
from evaluators.build_background import render_background
from pipeline.errors import ConfigurationError

BACKGROUND = Background(passages=1000, average_length=10, document_frequency={"retri": 20, "team": 500})


def test_stems_join_forms_of_a_word_and_split_identifiers():
    stems = Stems()
    assert stems.of("Retries retried, retrying") == ["retri", "retri", "retri"]
    assert stems.of("parseInvoiceLine HTTPServer run_key") == ["pars", "invoic", "line", "http", "server", "run", "key"]
    assert stems.of("the and of") == []


def test_rare_words_weigh_more_than_common_ones():
    assert BACKGROUND.weight("unseen") > BACKGROUND.weight("retri") > BACKGROUND.weight("team") > 0


def test_scores_prefer_the_passage_with_the_rare_word_and_ignore_its_neighbours():
    query = ["retri", "team"]
    passages = [["team"] * 3, ["retri", "queue"], ["queue"]]
    scores = bm25(query, passages, background=BACKGROUND)
    assert scores[1] > scores[0] > scores[2] == 0
    assert [bm25(query, [passage], background=BACKGROUND)[0] for passage in passages] == scores


def test_repeating_a_word_pays_less_each_time():
    one, two, twenty = bm25(["retri"], [["retri"], ["retri"] * 2, ["retri"] * 20], background=BACKGROUND)
    assert two - one < one
    assert twenty < 3 * one


def test_matching_words_are_given_as_they_stand_in_the_text():
    stems = Stems()
    assert stems.matching("We Retried, then retried again; retries.", ["retri"]) == ("Retried", "retried", "retries")


def test_shipped_background_is_what_the_command_makes():
    assert BACKGROUND_PATH.read_text(encoding="utf-8") == render_background()
    assert load_background().passages > 1000


def test_missing_background_names_the_command(tmp_path):
    with pytest.raises(ConfigurationError, match="build_background"):
        load_background(tmp_path / "none.json")


def test_background_leaves_out_what_stands_in_one_passage_only():
    background = measure_background(["queue retry", "queue"])
    assert background.document_frequency == {"queue": 2}
    assert background.average_length == 1.5
