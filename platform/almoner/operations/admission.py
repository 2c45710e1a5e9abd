"""What every transaction of somebody who is signed in begins with: one statement that lets them in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from almoner.authorization.standing import standing_sql
from almoner.core.errors import Unauthenticated
from almoner.identity.standing import active_sql
from almoner.identity.tokens import Identity
from almoner.operations.rules import may_be_sent_sql


@dataclass(frozen=True, slots=True)
class Sent:
    """The document by which somebody acts.

    Attributes:
        digest: the SHA-256 of its text, in hexadecimal.
        by_id: it was named by the id that it is registered under, and so must still be registered.
        judge: is told whether it may be sent, and what the sender's rights rest on, before anything is done; raises
            what is to end the transaction.
    """

    digest: str
    by_id: bool
    judge: Callable[[bool, str], None]


def _query(kind: str) -> str:
    standing = standing_sql(tenant=":tenant", subject=":subject", now=":now")
    active = active_sql(kind, tenant=":tenant", subject=":subject", session=":session", now=":now")
    sent = may_be_sent_sql(tenant=":tenant", subject=":subject", digest=":digest", by_id=":by_id")
    return f"select {active}, {standing}, {sent}"


_QUERIES = {kind: text(_query(kind)) for kind in ("account", "service_account")}


async def admit(session: AsyncSession, identity: Identity, now: datetime, sent: Sent | None) -> str:
    """What the rights of a token's holder rest on at this instant (see `authorization/standing.py`).

    Args:
        session: a transaction of the tenant.
        sent: None for who sends no document.

    Raises:
        Unauthenticated: the account is gone or disabled, or the token's session is over.
    """
    given = {
        "tenant": identity.tenant_id,
        "subject": identity.subject_id,
        "session": identity.session_id,
        "now": now,
        "digest": sent.digest if sent is not None else "",
        "by_id": sent is not None and sent.by_id,
    }
    is_active, standing, may_be_sent = (await session.execute(_QUERIES[identity.kind], given)).one()
    if not is_active:
        raise Unauthenticated("This account cannot sign in any more.")
    if sent is not None:
        sent.judge(may_be_sent, standing)
    return str(standing)
