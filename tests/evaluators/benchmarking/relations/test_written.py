from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from evaluators.benchmarking.gold import find_sets, load_set
from evaluators.benchmarking.relations.bases import Base
from evaluators.benchmarking.relations.table import RELATIONS, holds
from evaluators.benchmarking.relations.written import (
    Edit,
    candidate_bases,
    demo_bases,
    edited_text,
    load_identities,
    load_pairs,
    pair_bases,
    pair_twins,
    variant_twins,
)
from evaluators.rubric_library import load_rubric_library
from pipeline.errors import ConfigurationError

BENCHMARKS = Path(__file__).resolve().parents[4] / "datasets" / "benchmarks"
WRITTEN = ("reasoning_added", "reasoning_removed", "paraphrase")


def edited(text: str, *edits: tuple[str, str]) -> str:
    return edited_text(text, [Edit(find=find, replace=new) for find, new in edits], where="pair 'x'", file="a.md")


def test_edits_are_made_in_the_text_as_it_was() -> None:
    assert edited("one two three", ("three", "one"), ("one", "four")) == "four two one"


@pytest.mark.parametrize(
    ("edits", "message"),
    [
        ((("five", "x"),), "'five' occurs never in 'a.md'"),
        ((("o", "x"),), "'o' occurs more than once in 'a.md'"),
        ((("one t", "x"), ("two", "y")), "'two' overlaps another edit of 'a.md'"),
    ],
)
def test_an_edit_that_does_not_fit_names_pair_file_and_text(edits: tuple[tuple[str, str], ...], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message) as error:
        edited("one two three", *edits)
    assert "pair 'x'" in str(error.value)


@given(st.text(alphabet="abc ", min_size=1, max_size=30), st.integers(0, 29), st.integers(1, 30))
@example("baaa", 1, 2)
def test_an_edit_changes_what_it_seeks_and_nothing_around_it(text: str, start: int, length: int) -> None:
    start %= len(text)
    end = min(start + length, len(text))
    sought = text[start:end]
    if sum(text.startswith(sought, at) for at in range(len(text))) == 1:
        assert edited(text, (sought, "Z")) == text[:start] + "Z" + text[end:]
    else:
        with pytest.raises(ConfigurationError, match="more than once"):
            edited(text, (sought, "Z"))


def test_every_written_pair_fits_its_base_and_changes_it() -> None:
    identities, pairs = load_identities(BENCHMARKS), load_pairs(BENCHMARKS)
    sets = {folder.name: load_set(folder, library=load_rubric_library()) for folder in find_sets(BENCHMARKS)}
    found: dict[str, list[str]] = {}
    for role in {pair.role for _, pair in pairs}:
        own: list[Base] = list(pair_bases(BENCHMARKS, role, identities))
        own += candidate_bases(sets[role], identities) if role in sets else ()
        for twins in pair_twins(pairs, role, own):
            assert twins.after != twins.before, twins.pair
            found.setdefault(twins.relation, []).append(twins.base.id)
    assert set(found) == set(WRITTEN)
    assert all(len(set(bases)) >= 60 for bases in found.values())


def test_every_variant_of_every_set_has_a_relation() -> None:
    for folder in find_sets(BENCHMARKS):
        benchmark = load_set(folder, library=load_rubric_library())
        twins = list(variant_twins(benchmark))
        assert len(twins) == len(benchmark.variants) >= 10
        assert all("meta.yaml" not in t.after and t.after != t.before for t in twins)


def test_identities_are_spelt_as_the_texts_spell_them() -> None:
    identities = load_identities(BENCHMARKS)
    count = 0
    for folder in find_sets(BENCHMARKS):
        benchmark = load_set(folder, library=load_rubric_library())
        bases = [*candidate_bases(benchmark, identities), *pair_bases(BENCHMARKS, benchmark.id, identities)]
        bases += pair_bases(BENCHMARKS, "parcel-lockers", identities)
        bases += demo_bases(BENCHMARKS.parent / "demo_sources", "parcel-lockers", identities)
        for base in bases:
            assert base.known is not None, base.id
            count += 1
            for name in (*base.known.employers, *base.known.schools):
                assert name in base.resume, (base.id, name)
            assert all(part.casefold() in base.resume.casefold() for part in base.known.name.split()), base.id
    assert count >= 94


def pairs_file(folder: Path, name: str, text: str) -> Path:
    (folder / "pairs").mkdir(exist_ok=True)
    path = folder / "pairs" / name
    path.write_text(text, encoding="utf-8")
    return path


PAIR = "- {id: x1, role: ferries, base: bases/ferries/c01, files: [{file: resume.md, %s}]}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (PAIR % "edits: [{find: nowhere, replace: y}]", "pair 'x1' of .*'nowhere' occurs never"),
        (PAIR % "text: paraphrases/none.md", "pair 'x1' of .*'paraphrases/none.md' cannot be read"),
        (PAIR % "note: x", "entry 1, 'files', entry 1 has 'note', which is not known there"),
        (PAIR % "text: a]", r"paraphrase\.yaml', line 1: the file is no valid YAML"),
        (PAIR % "text: a, edits: [{find: b, replace: c}]", "needs either edits or text"),
        ((PAIR % "text: a").replace("resume.md", "cv.md"), "no file 'cv.md'"),
        ((PAIR % "text: a").replace("c01", "c77"), "base 'bases/ferries/c77' of pair 'x1' .* is not there"),
    ],
)
def test_a_pair_that_cannot_be_used_is_named(text: str, message: str, base: Base, tmp_path: Path) -> None:
    pairs_file(tmp_path, "paraphrase.yaml", text)
    with pytest.raises(ConfigurationError, match=message):
        list(pair_twins(load_pairs(tmp_path), "ferries", [base]))


def test_a_file_of_pairs_that_names_no_relation_is_refused(tmp_path: Path) -> None:
    pairs_file(tmp_path, "other.yaml", "[]")
    with pytest.raises(ConfigurationError, match="names no relation"):
        load_pairs(tmp_path)


def test_a_folder_with_nothing_written_is_tolerated(tmp_path: Path) -> None:
    assert load_pairs(tmp_path) == ()
    assert load_identities(tmp_path) == {}
    assert not list(pair_bases(tmp_path, "ferries", {}))
    assert not list(demo_bases(tmp_path / "none", "ferries", {}))


@pytest.mark.parametrize(
    ("relation", "move", "expected"),
    [
        ("name_swap", 0.0, True),
        ("name_swap", 0.1, False),
        ("format_pdf", -0.5, True),
        ("tool_stuffing", 2.0, True),
        ("tool_stuffing", 2.1, False),
        ("tools_removed", 0.1, False),
        ("padding", -1.1, False),
        ("reasoning_added", 0.1, True),
        ("reasoning_added", 0.0, False),
        ("reasoning_removed", -0.1, True),
        ("reasoning_removed", 0.0, False),
        ("paraphrase", 5.0, True),
    ],
)
def test_a_relation_holds_up_to_its_bound(relation: str, move: float, expected: bool) -> None:
    assert holds(relation, 41.7, round(41.7 + move, 1)) is expected


def test_a_missing_score_is_no_evidence_that_a_relation_holds() -> None:
    assert not any(holds(relation, *scores) for relation in RELATIONS for scores in ((None, 1.0), (1.0, None)))
