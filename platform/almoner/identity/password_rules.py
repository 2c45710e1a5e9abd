"""What a password must be: long, and neither common nor made from the person's own name.

As NIST SP 800-63B-4, 3.1.1.2 advises: no rules of composition and no expiry, which only make worse passwords.
"""

from __future__ import annotations

import re

from almoner.core.errors import Problem

MIN_PASSWORD = 12
#: More is no safer, and hashing takes time.
MAX_PASSWORD = 256
_MIN_DIFFERENT = 5
_MIN_NAME = 4
# What is left of a common password without its digits, signs and repetitions. The list is short because most common
# passwords are shorter than ours may be.
# fmt: off
_COMMON = frozenset(
    {
        "abcdefghijkl", "abcdefghijklm", "administrator", "almoner", "almonerpassword", "asdfghjkl",
        "asdfghjklqwerty", "autumn", "changeit", "changeme", "default", "defaultpassword", "football",
        "healthcare", "helloworld", "hpms", "ihateyou", "iloveyou", "internet", "letmein", "letmeinplease",
        "login", "master", "medicaid", "medicare", "mypassword", "newpassword", "nopassword", "passphrase",
        "passw", "password", "princess", "qazwsxedc", "qazwsxedcrfv", "qwerty", "qwertyuiop", "qwertyuiopasdf",
        "secret", "secretpassword", "spring", "starwars", "summer", "sunshine", "superman", "temporary",
        "temppassword", "thepassword", "trustno", "unknown", "welcome", "welcomehome", "winter", "zxcvbnm",
    }
)
# fmt: on
_LOOKALIKES = str.maketrans("013457@$!", "oleastasi")
_RUNS = ("0123456789" * 3, "9876543210" * 3, "abcdefghijklmnopqrstuvwxyz" * 2)


def password_problems(password: str, *, email: str, name: str, path: tuple[str, ...] = ("password",)) -> list[Problem]:
    """What is wrong with a new password; nothing if it will do.

    Args:
        email: the account's address; its local part must not be what the password is made of.
        name: the person's name, of which the same holds for each word.
    """
    if len(password) < MIN_PASSWORD:
        return [Problem("PASSWORD_TOO_SHORT", f"A password has at least {MIN_PASSWORD} characters.", path)]
    if len(password) > MAX_PASSWORD:
        return [Problem("PASSWORD_TOO_LONG", f"A password has at most {MAX_PASSWORD} characters.", path)]
    if is_common(password):
        return [Problem("PASSWORD_TOO_COMMON", "This password is among the first that are tried; take another.", path)]
    if _is_made_of(password, [email.partition("@")[0], *name.split()]):
        return [Problem("PASSWORD_HAS_NAME", "Take a password without your name or address in it.", path)]
    return []


def is_common(password: str) -> bool:
    """Whether it is a common word with ornaments, a run of letters or digits, or of the same few characters."""
    lower = password.casefold()
    core = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", lower).translate(_LOOKALIKES)
    letters, plain = (re.sub(r"[\W\d_]+", "", each) for each in (core, lower))
    return (
        len(set(lower)) < _MIN_DIFFERENT
        or any(lower in run for run in _RUNS)
        or any(_unrepeated(word) in _COMMON for word in (letters, plain))
    )


def _unrepeated(word: str) -> str:
    """The part that a word repeats: `password` for `passwordpassword`."""
    period = (word + word).find(word, 1) if word else 0
    return word[:period] if period else word


def _is_made_of(password: str, names: list[str]) -> bool:
    """Whether so little is left without the person's names that it would be a short password."""
    rest = password.casefold()
    for name in sorted({each.casefold() for each in names if len(each) >= _MIN_NAME}, key=len, reverse=True):
        rest = rest.replace(name, "")
    return len(rest) < len(password) and len(rest) < MIN_PASSWORD
