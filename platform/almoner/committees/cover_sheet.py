"""What a paper's cover sheet must say before it is published: data, read for rows and, by the same names, as SQL.

Source: the cover sheets of the two papers of 6 July 2017. Contributors may stay empty there, as here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, literal, literal_column, not_, or_, select

from almoner.committees.tables import Paper, Recommendation


class Kind(StrEnum):
    """When a value of a paper counts as given."""

    VALUE = "value"  # it is not null
    LIST = "list"  # there is at least one
    ROWS = "rows"  # the paper has recommendations


@dataclass(frozen=True, slots=True)
class Required:
    """Something that a cover sheet must say.

    Attributes:
        name: as the API calls it.
        column: of `Paper`, but for recommendations, which are rows of their own.
        only_if: a column that must be true for this to be required; None: always.
    """

    name: str
    column: str
    kind: Kind
    only_if: str | None = None


REQUIRED = (
    Required("datedOn", "dated_on", Kind.VALUE),
    Required("leadAuthors", "lead_authors", Kind.LIST),
    Required("purposes", "purposes", Kind.LIST),
    Required("executiveSummary", "executive_summary", Kind.VALUE),
    Required("recommendations", "", Kind.ROWS),
    Required("nextSteps", "next_steps", Kind.VALUE),
    Required("equalityImpact", "equality_impact", Kind.VALUE),
    Required("engagement", "engagement", Kind.VALUE),
    Required("financialImplications", "financial_implications", Kind.VALUE),
    Required("riskIdentified", "risk_identified", Kind.VALUE),
    Required("risk", "risk", Kind.VALUE, only_if="risk_identified"),
    Required("authorisedBy", "authorised_by", Kind.VALUE),
    Required("document", "document_id", Kind.VALUE),
)


def missing(paper: Paper, recommendations: Sequence[Recommendation]) -> list[str]:
    """What a paper still lacks, by the names of the API, in the order of the cover sheet."""
    return [each.name for each in REQUIRED if _applies(each, paper) and _lacks(each, paper, recommendations)]


def _applies(each: Required, paper: Paper) -> bool:
    return each.only_if is None or getattr(paper, each.only_if) is True


def _lacks(each: Required, paper: Paper, recommendations: Sequence[Recommendation]) -> bool:
    if each.kind is Kind.ROWS:
        return not recommendations
    value: Any = getattr(paper, each.column)
    return not value if each.kind is Kind.LIST else value is None


def incomplete_sql(paper: Any) -> ColumnElement[bool]:
    """Whether a paper still lacks something, for the row of `paper` that a select reads."""
    return or_(*(lacks_sql(each, paper) for each in REQUIRED))


def lacks_sql(each: Required, paper: Any) -> ColumnElement[bool]:
    """Whether a paper lacks this; null, which is not true, if it is unknown whether it must be there."""
    if each.kind is Kind.ROWS:
        return not_(_is_recommending(paper))
    column = getattr(paper, each.column)
    lacks: ColumnElement[bool] = column == _NOTHING if each.kind is Kind.LIST else column.is_(None)
    return lacks if each.only_if is None else and_(getattr(paper, each.only_if), lacks)


_NOTHING: Any = literal_column("'[]'::jsonb")


def _is_recommending(paper: Any) -> ColumnElement[bool]:
    row = Recommendation.__table__.alias("recommended")  # type: ignore[attr-defined]
    found = select(literal(1)).select_from(row)
    found = found.where(row.c.tenant_id == paper.tenant_id, row.c.paper_id == paper.id, row.c.withdrawn_at.is_(None))
    # Everything else is a row around it, however far out.
    return exists(found.correlate_except(row))
