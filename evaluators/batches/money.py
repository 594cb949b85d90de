"""Money of provider batches, whose calls all go out at once: the worst case of each is set aside before."""

from collections.abc import Iterable

from evaluators.chat.client import Call, Reply
from evaluators.money.prices import Usage
from evaluators.money.spending import Reservation, Spending


class Till:
    """Reservations by request, as far as anything is limited.

    Args:
        spending: What may be spent and was.
        max_output_tokens: What every call tells the endpoint to stop at.
    """

    def __init__(self, spending: Spending, *, max_output_tokens: int) -> None:
        self._spending = spending
        self._max_output_tokens = max_output_tokens
        self._open: dict[str, Reservation] = {}
        self._statics: dict[str, str] = {}
        """Each static part once: a reservation holds on to it, and there are thousands of reservations."""
        self.limited = spending.budget is not None or spending.max_requests is not None

    def reserve(self, key: str, call: Call) -> bool:
        """Set a call's worst case aside.

        Returns:
            Whether it fits; if not, it may when what is under way is settled.

        Raises:
            BudgetSpent: It does not fit, and nothing is under way.
        """
        if not self.limited:
            return True  # A reservation takes a kilobyte; without a limit it is made when the reply is there.
        reservation = self._reservation(call)
        if reservation is not None:
            self._open[key] = reservation
        return reservation is not None

    def settle(self, key: str, call: Call, reply: Reply) -> Reply:
        """Count a reply; its facts then say what it cost."""
        usage = Usage.of(reply.facts)
        reservation = self._open.pop(key, None) or (None if self.limited else self._reservation(call))
        if reservation is not None:
            usage = reservation.settle(usage, answer=reply.text)
        else:
            self._spending.add(usage)
        if usage is None or self._spending.spent is None:
            return reply
        return reply._replace(facts={**reply.facts, "cost": float(self._spending.cost_of(usage))})

    def not_taken(self, keys: Iterable[str]) -> None:
        """These calls were not made, or will be counted by the run that fetches them."""
        for key in keys:
            reservation = self._open.pop(key, None)
            if reservation is not None:
                reservation.not_taken()

    def failed(self, key: str) -> None:
        """The provider took a call and says that it failed."""
        reservation = self._open.pop(key, None)
        if reservation is not None:
            reservation.failed()

    def give_back(self) -> None:
        """End everything that is open; the run that fetches the batch will count it."""
        self.not_taken(list(self._open))

    def _reservation(self, call: Call) -> Reservation | None:
        return self._spending.try_reserve(
            static=self._statics.setdefault(call.static, call.static),
            rest=call.rest,
            max_output_tokens=self._max_output_tokens,
        )
