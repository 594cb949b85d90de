"""What provider batches say to whoever runs them."""

import re
from datetime import timedelta

from evaluators.chat.dialect import Refusal
from pipeline.errors import JudgeUnavailable

WINDOW_HOURS = 24


class BatchPending(JudgeUnavailable):
    """The requests are at the provider; the same command fetches the answers later."""


def pending(requests: int, batches: int, endpoint: str) -> BatchPending:
    """Nobody wants to wait."""
    return BatchPending(
        f"{_requests(requests)} wait in {_batches(batches)} at {endpoint!r}, which answers within {WINDOW_HOURS} "
        "hours. Run the same command again to fetch the answers; nothing is sent twice."
    )


def interrupted(requests: int, endpoint: str) -> str:
    """Somebody pressed Ctrl-C."""
    return (
        f"Interrupted. {_requests(requests)} at {endpoint!r} are worked on all the same; the same command fetches the "
        "answers later."
    )


def resumed(requests: int, total: int) -> str:
    """A run goes on where another one ended."""
    return f"{requests:,} of {_requests(total)} are at the provider already"


def progress(number: int, count: int, done: int, total: int, status: str) -> str:
    """How far a batch is."""
    match status:
        case "validating":
            how = f"{_requests(total)}, being checked"
        case "completed" | "in_progress" | "finalizing":
            how = f"{done:,} of {total:,} done"
        case _:
            how = f"{done:,} of {total:,} done, {status.replace('_', ' ')}"
    return f"batch {number} of {count}: {how}"


def not_known(provider_id: str, requests: int, endpoint: str, lost_after: timedelta) -> JudgeUnavailable:
    """The provider has forgotten a batch, or was asked with another key."""
    return JudgeUnavailable(
        f"{endpoint!r} knows no batch {provider_id!r}, which holds {_requests(requests)} of an earlier run. If it was "
        f"made with another key or project, set OPENAI_API_KEY to that one. After {lost_after.days} days it counts as "
        "lost and its requests are sent anew."
    )


def cancelled(provider_id: str, endpoint: str) -> JudgeUnavailable:
    """Somebody stopped a batch at the provider."""
    return JudgeUnavailable(
        f"Batch {provider_id!r} was cancelled at {endpoint!r}; what it had answered by then is kept. Run the same "
        "command again to send the rest."
    )


def failed_as_a_whole(refusal: Refusal, endpoint: str) -> JudgeUnavailable:
    """A provider took no request of a batch. Its message is not repeated: it can hold a candidate's text."""
    code = refusal.code if re.fullmatch(r"[a-z_]{1,60}", refusal.code) else "no reason given"
    match code:
        case "token_limit_exceeded":
            step = "More tokens wait in batches than the account may have: send fewer with --max-requests"
        case "model_not_found":
            step = "Correct the model's name, or choose a model that can be asked in batches"
        case "billing_hard_limit_reached" | "insufficient_quota":
            step = "The account has no credit left: add some"
        case _:
            step = "Look at the batch in the provider's dashboard"
    return JudgeUnavailable(f"{endpoint!r} refused a batch ({code}). {step}, or run without --batch.")


def budget_filled(requests: int) -> str:
    """A budget that has room left for a few more requests, but not for their worst case at once."""
    return (
        f"The budget has no room left for a batch worth waiting for; {_requests(requests)} were not sent. Run the same "
        "command again to go on, or with a larger --budget; what was answered is kept."
    )


def _requests(count: int) -> str:
    return "1 request" if count == 1 else f"{count:,} requests"


def _batches(count: int) -> str:
    return "1 batch" if count == 1 else f"{count:,} batches"
