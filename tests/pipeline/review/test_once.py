"""Worked out by one thread while others wait, remembered, and tried again after a failure."""

import threading
import time

import pytest

from pipeline.review.once import once


def test_a_crowd_that_asks_at_once_is_answered_by_one_piece_of_work() -> None:
    worked: list[int] = []

    @once(kept=4)
    def slow(number: int) -> int:
        worked.append(number)
        time.sleep(0.2)
        return number * 2

    answers: list[int] = []
    together = threading.Barrier(8)

    def ask() -> None:
        together.wait()
        answers.append(slow(21))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [42] * 8
    assert worked == [21]


def test_one_question_does_not_wait_for_another() -> None:
    going = threading.Event()

    @once(kept=4)
    def answer(name: str) -> str:
        if name == "slow":
            assert going.wait(10)
        return name

    waiting = threading.Thread(target=answer, args=("slow",))
    waiting.start()
    assert answer("quick") == "quick"
    going.set()
    waiting.join()


def test_the_answer_that_was_asked_for_longest_ago_goes_first() -> None:
    worked: list[int] = []

    @once(kept=2)
    def same(number: int) -> int:
        worked.append(number)
        return number

    for number in (1, 2, 1, 3, 1, 2):
        assert same(number) == number
    assert worked == [1, 2, 3, 2]


def test_a_failure_is_told_and_not_remembered() -> None:
    outcomes = iter([ValueError("once"), None])

    @once(kept=2)
    def sometimes() -> str:
        if (error := next(outcomes)) is not None:
            raise error
        return "well"

    with pytest.raises(ValueError, match="once"):
        sometimes()
    assert sometimes() == sometimes() == "well"
