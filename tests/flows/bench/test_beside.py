"""An installed package measures on the very data of the repository, and a comparison sees when data differ."""

import shutil
import tomllib
from pathlib import Path

import pytest

import flows.bench.metamorphic
from evaluators.benchmarking.gold import find_sets, load_set
from evaluators.rubric_library import load_rubric_library
from flows.bench.beside import data_hashes
from flows.bench.metamorphic import read_roles

REPOSITORY = Path(__file__).resolve().parents[3]
BENCHMARKS = REPOSITORY / "datasets" / "benchmarks"


def hashes(root: Path) -> dict[str, str]:
    return data_hashes([load_set(path, library=load_rubric_library()) for path in find_sets(root)], root)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data as a wheel holds them, from what the project says to put into it."""
    top = tmp_path_factory.mktemp("site-packages")
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    for source, target in project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"].items():
        path = REPOSITORY / source
        if path.is_dir():
            shutil.copytree(path, top / target, dirs_exist_ok=True)
        else:
            (top / target).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, top / target)
    return top


def test_an_installed_package_has_the_same_data_and_the_same_bases(
    installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = installed / "evaluators" / "benchmark_data"
    library = load_rubric_library()
    own = read_roles([load_set(path, library=library) for path in find_sets(BENCHMARKS)], BENCHMARKS)
    expected = hashes(BENCHMARKS)
    monkeypatch.setattr(flows.bench.metamorphic, "_PACKAGE", installed)
    there = read_roles([load_set(path, library=library) for path in find_sets(root)], root)
    assert hashes(root) == expected
    assert [(role.id, [(base.id, base.files) for base in role.bases]) for role in there] == [
        (role.id, [(base.id, base.files) for base in role.bases]) for role in own
    ]
    # The demo's candidates are bases too.
    assert any(base.id.endswith("/linh-tran") for base in there[-1].bases)


@pytest.mark.parametrize(
    "changed",
    ["identities.yaml", "pairs/paraphrase.yaml", "hostile/addressed.jsonl", "demo_sources/linh-tran/resume.md"],
)
def test_any_change_of_what_twins_are_made_of_is_another_hash(
    installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changed: str
) -> None:
    monkeypatch.setattr(flows.bench.metamorphic, "_PACKAGE", installed)
    root = tmp_path / "data"
    shutil.copytree(installed / "evaluators" / "benchmark_data", root)
    before = hashes(root)
    with (root / changed).open("a", encoding="utf-8") as file:
        file.write("\n")
    after = hashes(root)
    assert {part for part in after if after[part] != before[part]} == {"metamorphic"}


def test_another_list_of_words_is_another_hash(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import evaluators.benchmarking.relations.bases as bases

    before = hashes(BENCHMARKS)
    (tmp_path / "words.yaml").write_text("people: []\n", encoding="utf-8")
    monkeypatch.setattr(bases, "__file__", str(tmp_path / "bases.py"))
    after = hashes(BENCHMARKS)
    assert {part for part in after if after[part] != before[part]} == {"metamorphic"}
