"""What becomes of the recommendations of papers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, literal_column, or_

from almoner.committees.papers import papers_of, recommendations_of
from almoner.committees.tables import AgendaItem, Recommendation
from almoner.committees.words import RecommendationAnswer
from almoner.core.errors import Problem
from almoner.core.scope import TenantScope
from almoner.core.texts import LONGEST_TEXT, is_blank, text_problems

#: Answers by which a committee does what is recommended.
ACCEPTING = frozenset({RecommendationAnswer.ACCEPTED, RecommendationAnswer.AMENDED})


@dataclass(frozen=True, slots=True)
class Answer:
    """What becomes of a recommendation; `text`: as amended, or why not."""

    recommendation_id: UUID
    answer: RecommendationAnswer
    text: str | None = None


async def recommended_for(scope: TenantScope, item: AgendaItem) -> dict[UUID, Recommendation]:
    """What a decision about an item can answer, by ids: what its papers recommend, and what is open of what it carries.

    Recommendations that were withdrawn are not among them.
    """
    found = await _of_papers(scope, item)
    carried = None if item.carries_id is None else await scope.find(AgendaItem, item.carries_id)
    open_ones = [] if carried is None else [each for each in await _of_papers(scope, carried) if is_open(each)]
    return {each.id: each for each in (*found, *open_ones)}


async def _of_papers(scope: TenantScope, item: AgendaItem) -> list[Recommendation]:
    several = await recommendations_of(scope, await papers_of(scope, [item]))
    return [each for of_one in several.values() for each in of_one]


def is_open(recommendation: Recommendation) -> bool:
    """Whether a recommendation waits for an answer: it has none, or was put off."""
    return recommendation.answer in (None, RecommendationAnswer.DEFERRED)


def open_sql(row: Any) -> ColumnElement[bool]:
    """The same, of those that are not withdrawn, for the row of `recommendation` that a select reads."""
    deferred: ColumnElement[str] = literal_column(
        f"'{RecommendationAnswer.DEFERRED}'"
    )  # written out, for the index knows it so
    return and_(row.withdrawn_at.is_(None), or_(row.answer.is_(None), row.answer == deferred))


def answer_problems(recommendations: Mapping[UUID, Recommendation], answers: Sequence[Answer]) -> Iterable[Problem]:
    """What is wrong with answers to an item's recommendations."""
    seen: set[UUID] = set()
    for n, each in enumerate(answers):
        path = ("recommendations", str(n))
        found = recommendations.get(each.recommendation_id)
        if found is None:
            message = "This is no recommendation of this item's papers, nor an open one that it carries."
            yield Problem("RECOMMENDATION_OF_ANOTHER_ITEM", message, (*path, "recommendation"))
        elif not is_open(found) or each.recommendation_id in seen:
            yield Problem("ANSWERED_ALREADY", "This recommendation is answered already.", (*path, "recommendation"))
        if each.answer == RecommendationAnswer.AMENDED and is_blank(each.text or ""):
            yield Problem("ANSWER_TEXT_MISSING", "Say what the recommendation is as amended.", (*path, "text"))
        yield from text_problems(each.text or "", LONGEST_TEXT, (*path, "text"))
        seen.add(each.recommendation_id)
