"""Passwords: argon2id with the defaults of argon2-cffi, which follow RFC 9106 for small machines."""

from functools import cache

from pipeline.errors import DeskError

SHORTEST = 12
LONGEST = 1_024
"""Characters; hashing more is work for whoever wants to keep this machine busy."""


def check_password(password: str, *, name: str) -> None:
    """Refuse a password that is easily guessed.

    Raises:
        DeskError: It is too short, too long, mostly one character, or made of the user's name.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise DeskError(f"A password has {SHORTEST} to {LONGEST:,} characters; four unrelated words make a good one.")
    if len(set(password)) < 5 or not password.casefold().replace(name.casefold(), ""):
        raise DeskError("This password is easily guessed. Four unrelated words make a good one.")


def hash_password(password: str) -> str:
    """Hash with a salt of its own; takes tens of milliseconds and 64 MiB on purpose."""
    from argon2 import PasswordHasher

    return PasswordHasher().hash(password.encode("utf-8", "surrogatepass"))


def matches(password: str, hashed: str | None) -> bool:
    """Whether a password belongs to a hash; without one it takes as long and is False."""
    from argon2 import PasswordHasher
    from argon2.exceptions import InvalidHashError, VerificationError

    if len(password) > LONGEST:
        return False
    try:
        right = PasswordHasher().verify(hashed or _nobodys(), password.encode("utf-8", "surrogatepass"))
    except (VerificationError, InvalidHashError):
        return False
    return right and hashed is not None


def is_outdated(hashed: str) -> bool:
    """Whether the library's defaults have become stronger since."""
    from argon2 import PasswordHasher

    return PasswordHasher().check_needs_rehash(hashed)


@cache
def _nobodys() -> str:
    """What a sign-in under an unknown name is compared with, so that it is not answered sooner."""
    return hash_password("no account has this password")
