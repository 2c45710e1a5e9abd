"""Decisions are referred to a committee that scrutinises, is advised or is reported to, and that one answers.

Source: the paper on the governance of a partnership, of 6 July 2017: its board refers what needs a formal decision to
the joint committee, and local authorities scrutinise.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import exists
from sqlmodel import col, select

from almoner.authorization.permissions import Permission
from almoner.committees.tables import Committee, CommitteeRelation, Decision, Referral
from almoner.committees.words import CommitteeKind
from almoner.core.errors import Conflict, Invalid, NotFound
from almoner.core.scope import TenantScope
from almoner.core.texts import LONGEST_TEXT, require_reason, wording_problems


async def refer_decision(scope: TenantScope, decision_id: UUID, *, to_id: UUID, reason: str) -> Referral:
    """Ask a committee that has to do with it about a decision: see `_insist_on_relation`.

    The referral of a public decision is public.

    Raises:
        NotFound: no such decision or committee that the viewer may see.
        Denied: the viewer lacks `referral:make` for the committee that has decided.
        Invalid: no reason.
        Conflict: the other committee has nothing to do with it, or has this before it already.
    """
    decision = await scope.get(Decision, decision_id, Permission.DECISION_VIEW, lock=True)
    scope.require(Permission.REFERRAL_MAKE, decision)
    require_reason(reason)
    await _insist_on_relation(scope, decision, to_id)
    waiting = select(Referral).where(
        col(Referral.tenant_id) == scope.tenant_id,
        col(Referral.decision_id) == decision.id,
        col(Referral.to_id) == to_id,
        col(Referral.answered_at).is_(None),
    )
    if (await scope.session.execute(waiting)).first() is not None:
        raise Conflict("That committee has this decision before it already.", code="REFERRED_ALREADY", path=("to",))
    referral = Referral(
        tenant_id=scope.tenant_id,
        committee_id=decision.committee_id,
        decision_id=decision.id,
        to_id=to_id,
        reason=reason.strip(),
        referred_at=scope.now(),
        public_at=scope.now() if decision.public_at is not None else None,
        barred=list(decision.barred),
    )
    scope.session.add(referral)
    await scope.session.flush()
    scope.record("decision.referred", referral, number=decision.number, to=str(to_id))
    return referral


async def _insist_on_relation(scope: TenantScope, decision: Decision, to_id: UUID) -> None:
    """A committee refers to those that it is scrutinised by, advises or reports to, and to scrutiny committees.

    Raises:
        NotFound, Conflict: as above.
    """
    related = exists().where(
        col(CommitteeRelation.tenant_id) == scope.tenant_id,
        col(CommitteeRelation.committee_id) == decision.committee_id,
        col(CommitteeRelation.other_id) == to_id,
        col(CommitteeRelation.ended_at).is_(None),
    )
    is_related = (await scope.session.execute(select(related))).scalar_one()
    to = await scope.find(Committee, to_id)
    if to is None or not (is_related or scope.allows(Permission.COMMITTEE_VIEW, to)):
        raise NotFound("There is nothing with this id.", path=("to",))
    if to.id == decision.committee_id or not (is_related or to.kind == CommitteeKind.SCRUTINY_COMMITTEE):
        message = (
            "Decisions are referred to a scrutiny committee, or to one that this committee is scrutinised by, advises "
            "or reports to."
        )
        raise Conflict(message, code="NOT_SCRUTINY", path=("to",))


async def answer_referral(scope: TenantScope, referral_id: UUID, *, answer: str) -> Referral:
    """Answer a referral, for the committee that was asked.

    Raises:
        NotFound: no such referral that the viewer may see.
        Denied: the viewer lacks `referral:answer` at the committee that was asked.
        Invalid: no answer.
        Conflict: it is answered already.
    """
    referral, asked = await _referral_to(scope, referral_id)
    scope.require(Permission.REFERRAL_ANSWER, asked)
    missing = "Write the answer."
    if problems := wording_problems(answer, LONGEST_TEXT, ("answer",), code="ANSWER_MISSING", message=missing):
        raise Invalid(problems)
    if referral.answered_at is not None:
        raise Conflict("This referral is answered already.", code="ANSWERED_ALREADY")
    referral.answer = answer.strip()
    referral.answered_by = scope.viewer.subject_id
    referral.answered_at = scope.now()
    scope.record("referral.answered", referral)
    return referral


async def _referral_to(scope: TenantScope, referral_id: UUID) -> tuple[Referral, Committee]:
    """A referral, which belongs to the committee that has decided, and the committee that was asked.

    Raises:
        NotFound: no such referral that the viewer may see, by what they hold at the one or the other.
    """
    referral = await scope.find(Referral, referral_id, lock=True)
    asked = None if referral is None else await scope.find(Committee, referral.to_id)
    if referral is None or asked is None:
        raise NotFound("There is nothing with this id.")
    if not (scope.allows(Permission.REFERRAL_VIEW, referral) or scope.allows(Permission.REFERRAL_RECEIVE, asked)):
        raise NotFound("There is nothing with this id.")
    return referral, asked
