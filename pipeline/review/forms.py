"""What a form sent, read before the endpoint runs and found to come from a page of ours."""

from collections.abc import Sequence
from typing import Annotated, Final, NamedTuple

from fastapi import Depends, Request
from starlette.datastructures import FormData
from starlette.formparsers import FormParser, MultiPartException

from pipeline.errors import AccessDenied, DeskError
from pipeline.review.context import Visit
from pipeline.review.security import same

CSRF_FIELD: Final = "csrf"
CSRF_HEADER: Final = "x-csrf-token"
_LONGEST_NUMBER: Final = 12
"""Digits; to read thousands of them would be refused by the language itself."""
_STALE: Final = "This page is too old to send anything from. Reload it and send again."


class Form(NamedTuple):
    """The texts of a form, in order; a field may stand in it several times."""

    fields: tuple[tuple[str, str], ...]

    def text(self, name: str, default: str = "") -> str:
        """The first value of a field without blank ends, or the default."""
        return next((value.strip() for key, value in self.fields if key == name), default)

    def raw(self, name: str) -> str:
        """The first value of a field as it was typed; empty if there is none."""
        return next((value for key, value in self.fields if key == name), "")

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of a field."""
        return tuple(value for key, value in self.fields if key == name)

    def has(self, name: str) -> bool:
        """Whether a field was sent: a box that is ticked, or the button that was pressed."""
        return any(key == name for key, _ in self.fields)

    def whole(self, name: str, *, least: int, most: int, what: str) -> int | None:
        """A whole number, or None if the field is empty.

        Raises:
            DeskError: It is none, or out of bounds.
        """
        text = self.text(name)
        if not text:
            return None
        if len(text) <= _LONGEST_NUMBER and text.isdecimal() and least <= int(text) <= most:
            return int(text)
        raise DeskError(f"{what} is {text[:40]!r}; write a whole number from {least} to {most:,}.")


async def read_form(request: Request) -> Form:
    """The form of a request; its size is bounded before. For endpoints that check for themselves where it came from.

    Raises:
        DeskError: It cannot be read as a form.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        return Form(())
    try:
        # Starlette's own `request.form` would also take files, into memory and disk before anything is checked.
        data: FormData = await FormParser(request.headers, request.stream()).parse()
    except MultiPartException as error:
        raise DeskError(f"The form cannot be read: {error.message}") from error
    return Form(tuple((key, value) for key, value in data.multi_items() if isinstance(value, str)))


FormDep = Annotated[Form, Depends(read_form)]


def check_csrf(request: Request, visit: Visit, form: Form | None = None) -> None:
    """Go on only if a request was sent by a page that this visitor was shown.

    Raises:
        AccessDenied: It was not.
    """
    sent: Sequence[str | None] = (request.headers.get(CSRF_HEADER), form.raw(CSRF_FIELD) if form else None)
    if not any(same(visit.csrf, one) for one in sent if one):
        raise AccessDenied(_STALE)
