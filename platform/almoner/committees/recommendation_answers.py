"""What becomes of the recommendations of papers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from almoner.committees.papers import papers_of, recommendations_of
from almoner.committees.tables import AgendaItem, Recommendation
from almoner.committees.words import RecommendationAnswer
from almoner.core.errors import Problem
from almoner.core.scope import TenantScope
from almoner.core.texts import LONGEST_TEXT, is_blank, text_problems


@dataclass(frozen=True, slots=True)
class Answer:
    """What becomes of a recommendation; `text`: as amended, or why not."""

    recommendation_id: UUID
    answer: RecommendationAnswer
    text: str | None = None


async def recommended_for(scope: TenantScope, item: AgendaItem) -> dict[UUID, Recommendation]:
    """The recommendations of an item's papers by their ids, those that were withdrawn not."""
    papers = await papers_of(scope, [item])
    return {each.id: each for several in (await recommendations_of(scope, papers)).values() for each in several}


def answer_problems(recommendations: Mapping[UUID, Recommendation], answers: Sequence[Answer]) -> Iterable[Problem]:
    """What is wrong with answers to an item's recommendations."""
    seen: set[UUID] = set()
    for n, each in enumerate(answers):
        path = ("recommendations", str(n))
        found = recommendations.get(each.recommendation_id)
        if found is None:
            message = "This is no recommendation of this item's papers."
            yield Problem("RECOMMENDATION_OF_ANOTHER_ITEM", message, (*path, "recommendation"))
        elif found.answer is not None or each.recommendation_id in seen:
            yield Problem("ANSWERED_ALREADY", "This recommendation is answered already.", (*path, "recommendation"))
        if each.answer == RecommendationAnswer.AMENDED and is_blank(each.text or ""):
            yield Problem("ANSWER_TEXT_MISSING", "Say what the recommendation is as amended.", (*path, "text"))
        yield from text_problems(each.text or "", LONGEST_TEXT, (*path, "text"))
        seen.add(each.recommendation_id)
