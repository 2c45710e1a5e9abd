"""The life of a rate development, as a table."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """Where a rate development stands."""

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    CALCULATED = "CALCULATED"
    CERTIFIED = "CERTIFIED"
    PUBLISHED = "PUBLISHED"
    WITHDRAWN = "WITHDRAWN"


#: Which status may follow which. To DRAFT leads only an unlock, which makes a new revision.
ALLOWED: dict[Status, frozenset[Status]] = {
    Status.DRAFT: frozenset({Status.SUBMITTED, Status.WITHDRAWN}),
    Status.SUBMITTED: frozenset({Status.CALCULATED, Status.WITHDRAWN}),
    Status.CALCULATED: frozenset({Status.CERTIFIED, Status.DRAFT, Status.WITHDRAWN}),
    Status.CERTIFIED: frozenset({Status.PUBLISHED, Status.DRAFT, Status.WITHDRAWN}),
    Status.PUBLISHED: frozenset(),
    Status.WITHDRAWN: frozenset(),
}
