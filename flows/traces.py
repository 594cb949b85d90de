"""What the log may tell of an unexpected error."""

import traceback
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from pipeline.errors import ShortlistError

P = ParamSpec("P")
T = TypeVar("T")


class StageFailed(Exception):
    """A stage raised what nobody expected; the message is its trace."""


def trace_of(error: BaseException) -> str:
    """What kind of error it is and where it arose, and the same of what led to it; not what it says.

    A message may quote what the code was about: pydantic's quotes its input, hence the words of a resume, and a log is
    read by people who may not see the candidate.
    """
    told: list[str] = []
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        told.append(
            f"{type(one).__module__}.{type(one).__qualname__} at\n{''.join(traceback.format_tb(one.__traceback__))}"
        )
        # What `from None` hides, too: without messages there is no reason to.
        one = one.__cause__ or one.__context__
    return "which came of ".join(told)


def without_messages(stage: Callable[P, T]) -> Callable[P, T]:
    """Let a stage raise its trace instead of an unexpected error, where somebody else logs what is raised."""

    @wraps(stage)
    def told_by_trace(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return stage(*args, **kwargs)
        except ShortlistError:
            raise
        except Exception as error:  # noqa: BLE001 - any of them may quote a candidate
            raise StageFailed(trace_of(error)) from None

    return told_by_trace
