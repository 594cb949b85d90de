"""shortlist.json has the published shape, the same bytes for the same inputs, and no names when blind."""

import json
import random

import jsonschema
import pytest

from pipeline.models.report import Report
from pipeline.ranking import rank
from pipeline.reports.json import json_report
from pipeline.reports.json_schema import SCHEMA_FILE, schema_text
from tests.factories import make_assessment, make_batch, make_scorecard, make_shortlist

SCORECARD = make_scorecard()
SHORTLIST = make_shortlist(SCORECARD)
BATCH = make_batch(SHORTLIST)


@pytest.fixture(scope="module")
def report() -> dict:
    return json.loads(json_report(SHORTLIST, BATCH, SCORECARD))


@pytest.mark.parametrize("blind", [False, True])
def test_report_validates_against_the_published_schema(blind):
    schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(json_report(SHORTLIST, BATCH, SCORECARD, blind=blind)), schema)


def test_schema_refuses_a_report_that_lost_a_field(report):
    schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    broken = json.loads(json.dumps(report))
    del broken["rows"][0]["score"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, schema)


def test_published_schema_is_the_models_own():
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text(), "run: python -m pipeline.reports.json_schema"


def test_report_has_at_least_the_promised_shape(report):
    assert set(report["scorecard"]) >= {"id", "hash"}
    assert report["top"] == SHORTLIST.top
    row = report["rows"][3]
    promised = "candidate rank rank_interval band score p_top coverage criteria gates flags questions"
    assert set(row) >= set(promised.split())
    criterion = row["criteria"]["tradeoff_reasoning"]
    assert set(criterion) >= {"level", "level_rounded", "unscored", "findings"}
    assert set(criterion["findings"][0]) >= {"check", "p", "met", "quotes"}
    assert set(criterion["findings"][0]["quotes"][0]) == {"quote", "quote_redacted", "document", "place"}
    assert set(row["gates"]["on_call"]) >= {"status", "quotes"}
    assert set(report["quarantined"][0]) >= {"candidate", "file", "reason"}


def test_rows_keep_the_order_and_figures_of_the_shortlist(report):
    told = [(row["candidate"], row["rank"], row["band"], row["score"], row["coverage"]) for row in report["rows"]]
    assert told == [(row.candidate, row.rank, row.band, row.score, row.coverage) for row in SHORTLIST.rows]


def test_criteria_come_in_scorecard_order(report):
    for row in report["rows"]:
        assert list(row["criteria"]) == [criterion.id for criterion in SCORECARD.criteria]


@pytest.mark.parametrize(("level", "rounded"), [(0.4, 0), (0.5, 1), (1.5, 2), (2.5, 3), (3.5, 4), (3.4, 3)])
def test_levels_are_rounded_to_the_nearest_whole_halves_up(level, rounded):
    assessment = make_assessment("a", 2.0)
    first = assessment.criteria[0].model_copy(update={"level": level})
    held = assessment.model_copy(update={"criteria": (first, *assessment.criteria[1:])})
    told = json.loads(json_report(rank([held], SCORECARD), BATCH, SCORECARD))
    assert told["rows"][0]["criteria"]["tradeoff_reasoning"]["level_rounded"] == rounded


def test_unscored_criterion_has_a_reason_and_no_level(report):
    row = next(row for row in report["rows"] if row["candidate"] == "lena-brandt")
    criterion = row["criteria"]["failure_modes"]
    assert criterion["level"] is criterion["level_rounded"] is criterion["points"] is None
    assert criterion["unscored"] == "judge_failed"


def test_order_of_what_was_set_aside_does_not_change_the_bytes():
    shuffled = BATCH.model_copy(
        update={
            name: tuple(random.Random(7).sample(getattr(BATCH, name), len(getattr(BATCH, name))))
            for name in ("quarantined", "unused", "duplicates")
        }
    )
    assert json_report(SHORTLIST, shuffled, SCORECARD) == json_report(SHORTLIST, BATCH, SCORECARD)


def test_file_name_with_half_a_character_pair_can_still_be_written():
    shortlist = rank([make_assessment("broken-\ud83d-name", 2.0)], SCORECARD)
    text = json_report(shortlist, BATCH.model_copy(update={"duplicates": ()}), SCORECARD)
    assert json.loads(text.encode())["rows"][0]["candidate"] == "broken-\ud83d-name"


def test_report_can_be_read_back_into_its_models(report):
    assert Report.model_validate(report).rows[0].candidate == SHORTLIST.rows[0].candidate
