"""How fast the chat judge asks, and whether it loses or doubles anything.

    python -m tests.measure_chat_judge --requests 4000 --latency 0.5 --in-flight 64
    python -m tests.measure_chat_judge --requests 4000 --failing 0.05
    python -m tests.measure_chat_judge --requests 20000 --latency 0.25
    python -m tests.measure_chat_judge --clients

The endpoint is a mock in a process of its own. The bound is in-flight / latency. Exit code 1: a goal was missed.
"""

import argparse
import asyncio
import logging
import resource
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import closing
from itertools import chain, pairwise
from pathlib import Path
from typing import NamedTuple

from evaluators.chat.judge import ChatJudge
from evaluators.judge import Judge
from evaluators.judging import judge_questions
from evaluators.judging_statistics import JudgingStatistics
from flows.judging_stage import NOTHING_JUDGED, JudgingRecord, chunks
from flows.workbench import CHAT_CHUNK
from pipeline.ledger import Ledger
from pipeline.models.dossier import QuestionPlan
from tests.mock_endpoint.bare_client import ask_bare
from tests.mock_endpoint.behaviour import Fault, When
from tests.mock_endpoint.compare_clients import compare
from tests.mock_endpoint.endpoint import MockEndpoint
from tests.mock_endpoint.statistics import Statistics, waited_for_processor
from tests.mock_endpoint.workload import load_role, make_plans, plain_bodies

GOAL, GOAL_FAILING = 0.95, 0.90
QUARTERS = 4
BUSY = 0.05
"""Share of the wall time, spent waiting for a processor, from which the machine was too busy to measure."""
BARE_REQUESTS = 1_000


class Chosen(NamedTuple):
    """What the command line asks for."""

    requests: int
    latency: float
    in_flight: int
    failing: float
    logprobs: bool
    report_only: bool
    clients: bool

    @property
    def bound(self) -> float:
        """Requests per second that no client can exceed."""
        return self.in_flight / self.latency


class Tallied(NamedTuple):
    """What came back, counted."""

    candidates: int
    statistics: JudgingStatistics
    unscored: Counter[str]


class Quarters:
    """Watches a run, quarter by quarter of its candidates."""

    def __init__(self, candidates: int) -> None:
        self._candidates = candidates
        self._settled = 0
        self.times = [time.perf_counter()]
        self.megabytes = [_resident()]

    def settled(self, _: str) -> None:
        """Note that one more candidate is done."""
        self._settled += 1
        while self._settled >= self._candidates * len(self.times) / QUARTERS and len(self.times) <= QUARTERS:
            self.times.append(time.perf_counter())
            self.megabytes.append(_resident())

    @property
    def seconds(self) -> list[float]:
        """How long each took."""
        return [after - before for before, after in pairwise(self.times)]


class Measured(NamedTuple):
    """What one run took and left behind."""

    seconds: float
    cpu_seconds: float
    waited_seconds: float
    """In which the client's threads were ready and had no processor."""
    quarters: Quarters
    seen: Statistics
    tallied: Tallied
    rows: int
    """Answers in the ledger."""

    @property
    def unscored(self) -> Counter[str]:
        """Questions without findings, by reason."""
        return self.tallied.unscored

    @property
    def lost(self) -> int:
        """Questions without findings: every failure of the mock passes when the call is tried again."""
        return self.unscored.total()


def make_judge(chosen: Chosen, base_url: str) -> Judge:
    """The one place that knows how the judge is made."""
    return ChatJudge("mock", base_url=base_url, in_flight=chosen.in_flight, logprobs=chosen.logprobs)


def ask_in_chunks(
    plans: Mapping[str, QuestionPlan], judge: Judge, ledger: Ledger, *, progress: Callable[[str], None]
) -> Tallied:
    """Judge as the walk does, so many candidates at a time, and keep of the verdicts what is counted."""
    record, unscored = NOTHING_JUDGED, Counter[str]()
    for names in chunks(list(plans), CHAT_CHUNK):
        some = {name: plans[name] for name in names}
        judged = judge_questions(some, judge=judge, ledger=ledger, run_id="measured", progress=progress)
        verdicts = chain.from_iterable(judged.verdicts.values())
        unscored.update(verdict.unscored for verdict in verdicts if verdict.unscored is not None)
        record = record.plus(JudgingRecord.of(judged))
    return Tallied(len(plans), record.statistics, unscored)


def measure(chosen: Chosen, endpoint: MockEndpoint) -> Measured:
    """Ask everything once, with a new ledger."""
    plans = make_plans(chosen.requests, load_role())
    judge = make_judge(chosen, endpoint.base_url)
    quarters = Quarters(len(plans))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.db"
        with Ledger.open(path) as ledger:
            endpoint.reset()
            waited = waited_for_processor()
            started, cpu = time.perf_counter(), time.process_time()
            tallied = ask_in_chunks(plans, judge, ledger, progress=quarters.settled)
            seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
            waited = waited_for_processor() - waited
        with closing(sqlite3.connect(path)) as database:
            (rows,) = database.execute("SELECT count(*) FROM answers WHERE findings IS NOT NULL").fetchone()
    return Measured(seconds, cpu, waited, quarters, endpoint.stats(), tallied, rows)


def report(chosen: Chosen, measured: Measured, bare_share: float) -> bool:
    """Print everything.

    Returns:
        Whether every goal was reached.
    """
    share = chosen.requests / measured.seconds / chosen.bound
    goal = GOAL_FAILING if chosen.failing else GOAL
    lines = {
        "asked": f"{chosen.requests} requests of {measured.tallied.candidates} candidates, "
        f"{chosen.in_flight} in flight, {chosen.latency} s latency, {chosen.failing:.0%} of the calls failing, "
        f"{'with' if chosen.logprobs else 'without'} log-probabilities",
        "throughput": f"{chosen.requests / measured.seconds:.1f} requests/s of {chosen.bound:.1f} in "
        f"{measured.seconds:.1f} s: {share:.1%} (goal {goal:.0%})",
        "quarters": f"{', '.join(f'{one:.1f}' for one in measured.quarters.seconds)} s for a quarter of the candidates",
        "bare client": f"{bare_share:.1%} of the bound without a judge: the rest is lost by the mock and the machine",
        **_processor_lines(chosen, measured),
        **_call_lines(measured.seen),
        "lost": f"{measured.lost} (goal 0); unscored by reason: {dict(measured.unscored) or 'none'}",
        "doubled": f"{measured.seen.doubled} (goal 0)",
        "ledger": f"{measured.rows} answers",
        **_memory_lines(chosen, measured),
    }
    print("\n".join(f"{name:<12} {text}" for name, text in lines.items()))
    reached = share >= goal and measured.lost == 0 and measured.seen.doubled == 0 and measured.rows == chosen.requests
    waited = measured.waited_seconds + measured.seen.waited_seconds
    if waited > BUSY * measured.seconds:
        print(f"other programs kept the processors busy for {waited:.1f} s; measure again on a quiet machine")
    print("every goal was reached" if reached else "A GOAL WAS MISSED")
    return reached


def _processor_lines(chosen: Chosen, measured: Measured) -> dict[str, str]:
    seen, seconds = measured.seen, measured.seconds
    return {
        "client": f"{1000 * measured.cpu_seconds / chosen.requests:.2f} ms of processor time a request, "
        f"{measured.cpu_seconds / seconds:.0%} of one core; waited {measured.waited_seconds:.1f} s for a processor",
        "mock": f"{1000 * seen.cpu_seconds / max(1, seen.calls):.2f} ms a call, "
        f"{seen.cpu_seconds / seconds:.0%} of one core; waited {seen.waited_seconds:.1f} s",
    }


def _call_lines(seen: Statistics) -> dict[str, str]:
    calls = max(1, seen.calls)
    return {
        "calls": f"{seen.calls} over {seen.connections} connections, at most {seen.at_once} at once "
        f"({seen.call_seconds / max(0.001, seen.seconds):.1f} in the mean, {seen.call_seconds / calls:.3f} s each), "
        f"{seen.bytes_in / calls / 1000:.1f} KB asked and {seen.bytes_out / calls / 1000:.1f} KB answered each",
        "statuses": f"{seen.statuses}, faults {seen.faults or 'none'}",
        "bodies": f"{seen.bodies} distinct, {seen.answered} of them answered; {seen.undelivered} answers not delivered",
    }


def _memory_lines(chosen: Chosen, measured: Measured) -> dict[str, str]:
    statistics, megabytes = measured.tallied.statistics, measured.quarters.megabytes
    growth = (megabytes[-1] - megabytes[1]) / (chosen.requests * (QUARTERS - 1) / QUARTERS / 1000)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "tokens": f"{statistics.input_tokens} in, {statistics.cached_tokens} of them cached, "
        f"{statistics.output_tokens} out",
        "memory": f"{' -> '.join(f'{one:.0f}' for one in megabytes)} MB at the start and after each quarter, "
        f"peak {peak:.0f} MB; {growth:+.2f} MB for 1,000 more requests from the first quarter on",
    }


def failures(share: float) -> list[Fault]:
    """What goes wrong with so many calls: five kinds, each as often as the others."""
    if not share:
        return []
    # Each is drawn for itself: the few calls that two would befall are not worth a correction.
    when = When(share=share / 5)
    return [
        Fault(kind="status_500", when=when),
        Fault(kind="status_503", when=when),
        Fault(kind="rate_limited", when=when, seconds=0.2, retry_after="milliseconds"),
        Fault(kind="reset_before", when=when),
        Fault(kind="reset_midway", when=when),
    ]


def measure_bare(chosen: Chosen, endpoint: MockEndpoint) -> float:
    """The share of the bound that is reached without any judge, and without failures."""
    rounds = max(1, BARE_REQUESTS // chosen.in_flight)
    bodies = plain_bodies(rounds * chosen.in_flight, top_logprobs=5 if chosen.logprobs else None)
    run = asyncio.run(ask_bare(endpoint.base_url, bodies, in_flight=chosen.in_flight))
    return run.answered / run.seconds / chosen.bound


def _resident() -> float:
    """Megabytes of this process in memory right now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def _chosen() -> Chosen:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=4_000)
    parser.add_argument("--latency", type=float, default=0.5, help="seconds")
    parser.add_argument("--in-flight", type=int, default=64)
    parser.add_argument("--failing", type=float, default=0.0, help="share of the calls")
    parser.add_argument("--logprobs", action="store_true", help="ask for log-probabilities")
    parser.add_argument("--report-only", action="store_true", help="end with 0 also when a goal is missed")
    parser.add_argument("--clients", action="store_true", help="compare the processor time of client libraries instead")
    return Chosen(**vars(parser.parse_args()))


def main() -> int:
    """Measure and report."""
    chosen = _chosen()
    # Before anything is imported that sets up logging itself: a line per call would be measured too.
    logging.basicConfig(level=logging.WARNING)
    if chosen.clients:
        with MockEndpoint() as endpoint:
            print("\n".join(asyncio.run(compare(endpoint.base_url, calls=min(chosen.requests, 1_000)))))
        return 0
    # Imported beforehand: a second or two, once a process, says nothing about the pace.
    import openai  # noqa: F401

    with MockEndpoint(latency=chosen.latency) as endpoint:
        bare_share = measure_bare(chosen, endpoint)
        endpoint.configure(faults=failures(chosen.failing))
        measured = measure(chosen, endpoint)
    return 0 if report(chosen, measured, bare_share) or chosen.report_only else 1


if __name__ == "__main__":
    sys.exit(main())
