"""Remembering what takes long to work out, and letting one thread do it while others wait for it."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def once(*, kept: int) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Make a decorator for functions of hashable arguments; what they raise is not remembered.

    `lru_cache` lets everybody who asks before the first answer work it out again, which makes a crowd's first look at a
    large shortlist slow for all of them.

    Args:
        kept: Answers to remember; the one that was asked for longest ago goes first.
    """

    def decorate(work_out: Callable[P, T]) -> Callable[P, T]:
        lock = threading.Lock()
        answers: OrderedDict[Hashable, Future[T]] = OrderedDict()

        @wraps(work_out)
        def remembered(*args: P.args, **kwargs: P.kwargs) -> T:
            key = (args, tuple(sorted(kwargs.items())))
            with lock:
                if known := answers.get(key):
                    answers.move_to_end(key)
                else:
                    answers[key] = mine = Future[T]()
                    while len(answers) > kept:
                        answers.popitem(last=False)
            if known:
                return known.result()
            try:
                mine.set_result(work_out(*args, **kwargs))
            except BaseException as error:  # noqa: BLE001 - whoever waits for the answer is told of every end
                with lock:
                    if answers.get(key) is mine:
                        del answers[key]
                mine.set_exception(error)
            return mine.result()

        return remembered

    return decorate
