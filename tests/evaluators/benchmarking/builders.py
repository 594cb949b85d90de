"""Judged candidates and results for tests of figures; no judge is run."""

from datetime import date

from evaluators.benchmarking.results import BenchmarkResult, BenchmarkSetRecord, JudgedCandidate, JudgedCheck, MovedPair


def candidate(name: str, gold: float, score: float | None, **more: object) -> JudgedCandidate:
    level = None if score is None else score / 25
    given = {
        "set": "role",
        "candidate": name,
        "gold_score": gold,
        "score": score,
        "band": "hold",
        "gold_rank": (1, 1),
        "rank": None,
        "rank_interval": (1, 2),
        "gold_levels": {"depth": round(gold)},
        "levels": {"depth": level},
        "gold_gates": {"on_call": "met"},
        "gates": {"on_call": "met"},
    }
    return JudgedCandidate.model_validate(given | more)


def check(candidate_: str, holds: bool, p: float, *, set_: str = "role") -> JudgedCheck:
    return JudgedCheck(set=set_, candidate=candidate_, criterion="depth", check=f"c{p}", holds=holds, p=p)


def pair(base: str, holds: bool, *, relation: str = "padding", n: int = 0, channel: str = "") -> MovedPair:
    return MovedPair(
        set="role",
        relation=relation,
        pair=f"{base}-{n}",
        base=base,
        base_score=50,
        twin_score=50,
        holds=holds,
        channel=channel,
    )


def result(candidates: tuple[JudgedCandidate, ...] = (), **more: object) -> BenchmarkResult:
    sets = dict.fromkeys(one.set for one in candidates) or {"role": None}
    given = {
        "made_on": date(2025, 3, 1),
        "judge": "evidence",
        "fingerprint": "evidence:0123456789abcdef",
        "package": "0.1.0",
        "embedder": "test",
        "sets": tuple(BenchmarkSetRecord(id=name, sha256="0" * 64, candidates=1) for name in sets),
        "figures": (),
        "candidates": candidates,
        "seconds": 1.0,
    }
    return BenchmarkResult.model_validate(given | more)
