"""What can go wrong, as facts: each error has a stable code, a sentence to act on and a path into the input.

Business refusals become `problems` of a mutation's payload; `Unauthenticated` and `Unavailable` become errors of the
request. Nothing else should ever reach a caller.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong.

    Attributes:
        code: SCREAMING_SNAKE, stable; clients branch on it.
        message: a sentence that says what to do, without personal data.
        path: where in the input, from its root, for example `("input", "inputs", "7", "baseCostPmpm")`.
    """

    code: str
    message: str
    path: tuple[str, ...] = ()


class AlmonerError(Exception):
    """The root of the tree: carries at least one `Problem`."""

    code = "ERROR"

    def __init__(self, message: str, *, code: str | None = None, path: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.problems: tuple[Problem, ...] = (Problem(code or self.code, message, tuple(path)),)


class NotFound(AlmonerError):
    """No such thing in this tenant. A row of another tenant is exactly this."""

    code = "NOT_FOUND"


class Denied(AlmonerError):
    """The viewer lacks a permission."""

    code = "DENIED"


class StepUpRequired(Denied):
    """The viewer must prove again, with two factors, who they are."""

    code = "STEP_UP_REQUIRED"


class Conflict(AlmonerError):
    """The thing is not in the state that this needs, or somebody else changed it first."""

    code = "CONFLICT"


class Unauthenticated(AlmonerError):
    """No valid token, or wrong credentials; the sentence never tells which part was wrong."""

    code = "UNAUTHENTICATED"


class SignInRefused(Unauthenticated):
    """What was given to prove who somebody is does not prove it. Mutations answer with it as a problem."""

    code = "WRONG_CREDENTIALS"


class Unavailable(AlmonerError):
    """Something that we depend on does not answer; trying again later is right."""

    code = "UNAVAILABLE"


class Invalid(AlmonerError):
    """The input breaks rules; carries every problem found, not only the first."""

    code = "INVALID"

    def __init__(self, problems: Sequence[Problem]) -> None:
        if not problems:
            raise ValueError("Invalid needs at least one problem")
        Exception.__init__(self, "; ".join(problem.message for problem in problems))
        self.problems = tuple(problems)


#: What a verb may say no with, which is an answer; the others are failures of the request.
REFUSALS = (NotFound, Denied, Conflict, Invalid)
