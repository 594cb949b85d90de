import shutil
from pathlib import Path

import pytest

from evaluators.benchmarking.gold import find_sets, load_set
from evaluators.benchmarking.judged import annotator_candidates, gold_rank, judged_candidates
from evaluators.rubric_library import load_rubric_library
from pipeline.errors import ConfigurationError
from pipeline.models.shortlist import Shortlist

BENCHMARKS = Path(__file__).parents[3] / "datasets" / "benchmarks"
LIBRARY = load_rubric_library()
SETS = [path.name for path in find_sets(BENCHMARKS)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of a set without its files, which labels do not need."""
    source, copy = BENCHMARKS / "billing-reliability", tmp_path / "mine"
    shutil.copytree(source / "gold", copy / "gold")
    shutil.copy(source / "scorecard.yaml", copy)
    for candidate in (source / "candidates").iterdir():
        (copy / "candidates" / candidate.name).mkdir(parents=True)
    return copy


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize("name", SETS)
def test_shipped_sets_are_whole(name: str) -> None:
    loaded = load_set(BENCHMARKS / name, library=LIBRARY)
    gates = {gate.id for gate in loaded.scorecard.non_negotiables}
    assert len(loaded.candidates) == 10
    assert all(set(loaded.gates[one]) == gates for one in loaded.candidates)
    assert set(loaded.tiers) == set(loaded.candidates)
    assert {variant.base for variant in loaded.variants} <= set(loaded.candidates)


def test_a_set_needs_only_levels(folder: Path) -> None:
    for path in (folder / "gold").rglob("*.csv"):
        if path.name != "levels.csv" or path.parent.name == "second":
            path.unlink()
    loaded = load_set(folder, library=LIBRARY)
    assert loaded.gates == {}
    assert loaded.checks == ()
    assert annotator_candidates(loaded) == ()


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        (
            "levels.csv",
            "c01,tradeoff_reasoning,1",
            "c01,tradeoff_reasoning,5",
            "line 2: the level is '5'; it must be a whole number from 0 to 4",
        ),
        ("levels.csv", "c01,tradeoff_reasoning,1", "c01,tradeoff_reasoning,2.5", "line 2: the level is '2.5'"),
        ("levels.csv", "c01,tradeoff_reasoning,1", "c01,tradeoff_reasoning,", "line 2: the level is ''"),
        ("levels.csv", "c01,tradeoff_reasoning,1", "c01,charm,1", "'charm' is no criterion"),
        ("levels.csv", "c01,tradeoff_reasoning,1", "c99,tradeoff_reasoning,1", "'c99' is no candidate"),
        ("levels.csv", "candidate_id,criterion_id", "candidate_id,criterion", "no column 'criterion_id'"),
        ("levels.csv", "source,quote", "quote,quote", "two columns 'quote'"),
        (
            "levels.csv",
            "c01,tradeoff_reasoning,1",
            "c01,failure_modes,1",
            "'failure_modes' of 'c01' twice, in lines 2 and",
        ),
        ("gates.csv", "c01,on_call,unknown", "c01,on_call,maybe", "'maybe' is no status"),
        ("checks.csv", "true", "perhaps", "'perhaps' is no value of holds"),
        (
            "checks.csv",
            "c01,tradeoff_reasoning,constraint,false",
            "c01,tradeoff_reasoning,reason,false",
            "'reason' of 'tradeoff_reasoning' of 'c01' twice, in lines 2 and 3",
        ),
        ("ranking.csv", "c04,4,1", "c04,9,1", "line 2: the tier is '9'; it must be a whole number from 1 to 4"),
        ("ranking.csv", "c04,4,1", "c04,0,1", "line 2: the tier is '0'"),
        ("ranking.csv", "c04,4,1", "c02,4,1", "labels 'c02' twice, in lines 2 and 3"),
    ],
)
def test_a_label_that_cannot_be_meant_is_refused_by_its_line(
    folder: Path, file: str, old: str, new: str, words: str
) -> None:
    edit(folder / "gold" / file, old, new)
    with pytest.raises(ConfigurationError, match=words):
        load_set(folder, library=LIBRARY)


TIERS = "candidate_id,tier,reason"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "is empty. Its first line must name the columns candidate_id, tier"),
        (f"{TIERS}\nc01,4,Réussi\n".encode("latin-1"), "line 2: the file is not UTF-8. Save it again as 'CSV UTF-8'"),
        (f"{TIERS}\nc01,4\n".encode("utf-16"), "line 1: the file is not UTF-8"),
        (f"{TIERS}\nc01,4,clear, and calm\n", "line 2: there are 4 cells under 3 columns. Put double .* a comma"),
        (f'{TIERS}\n\nc02,4,x\nc01,4,"never\nclosed\n', "line 4: a cell that begins with a double quotation mark"),
        (f'{TIERS}\nc02,4,"two\nlines"\n\nc01,7,x\n', "line 5: the tier is '7'"),
        ("candidate_id|tier\nc01|4\n", "'candidate_id'; its first line names .* parted by commas, semicolons or tabs"),
    ],
    ids=["empty", "latin-1", "utf-16", "too many cells", "open quotation", "line of a row", "separator"],
)
def test_a_table_that_cannot_be_read_is_refused_in_plain_words(folder: Path, content: str | bytes, words: str) -> None:
    path = folder / "gold" / "ranking.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ConfigurationError, match=words) as refused:
        load_set(folder, library=LIBRARY)
    assert str(path) in str(refused.value)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_cells_may_be_parted_as_spreadsheets_of_any_country_part_them(folder: Path, separator: str) -> None:
    rows = (("candidate_id", "tier", "reason", ""), ("c01", "4", '"a, b; c"', ""), ("", "", "", ""), ("c02", "1"))
    text = "\r\n".join(separator.join(row) for row in rows)
    (folder / "gold" / "ranking.csv").write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert load_set(folder, library=LIBRARY).tiers == {"c01": 4, "c02": 1}


def test_quotes_are_known_by_file_and_line(folder: Path) -> None:
    first, *_, last = load_set(folder, library=LIBRARY).quotes
    assert (first.file, first.line, first.candidate) == ("gold/levels.csv", 2, "c01")
    assert first.text.startswith("I went with the token bucket")
    lines = (folder / last.file).read_text(encoding="utf-8").splitlines()
    assert last.file == "gold/second/gates.csv"
    assert last.text in lines[last.line - 1]


def test_candidates_without_gold_are_told_from_those_with_it_and_from_what_is_nobody(folder: Path) -> None:
    path = folder / "gold" / "levels.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if line[:3] not in ("c03", "c07")), encoding="utf-8")
    for name in ("candidates.csv", "brief.md", ".DS_Store", "cover-letter.pdf"):
        (folder / "candidates" / name).write_text("x")
    (folder / "candidates" / "ann.pdf").write_text("x")
    loaded = load_set(folder, library=LIBRARY)
    assert loaded.unlabelled == ("ann", "c03", "c07")
    assert len(loaded.candidates) == 8


def test_a_candidate_that_lacks_a_criterion_is_refused(folder: Path) -> None:
    path = folder / "gold" / "levels.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not line.startswith("c01,mission_fit")), encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"lacks \['mission_fit'\]"):
        load_set(folder, library=LIBRARY)


def test_the_hash_tells_every_change(folder: Path) -> None:
    before = load_set(folder, library=LIBRARY).sha256
    (folder / "candidates" / "c01" / "resume.md").write_text("x")
    with_file = load_set(folder, library=LIBRARY).sha256
    (folder / "candidates" / "c01" / "resume.md").rename(folder / "candidates" / "c01" / "cv.md")
    last = load_set(folder, library=LIBRARY).sha256
    assert len({before, with_file, last}) == 3
    # A data card tells of the data; better words in it change no figure.
    (folder / "README.md").write_text("What this is.\n", encoding="utf-8")
    assert load_set(folder, library=LIBRARY).sha256 == last


def test_equal_gold_may_stand_in_any_order() -> None:
    field = {"a": 3.0, "b": 2.0, "c": 2.0, "d": 1.0}
    assert [gold_rank(name, field) for name in field] == [(1, 1), (2, 3), (2, 3), (4, 4)]


def test_a_candidate_that_the_shortlist_lost_is_unscored_and_not_forgotten(folder: Path) -> None:
    loaded = load_set(folder, library=LIBRARY)
    empty = Shortlist(scorecard_id="x", scorecard_hash="x", top=1, advance_bar=50, rows=())
    judged = judged_candidates(loaded, empty)
    assert [one.candidate for one in judged] == list(loaded.candidates)
    assert all(one.score is None and set(one.levels.values()) == {None} for one in judged)
