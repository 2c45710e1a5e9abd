"""What the ways in need of the house, and what they give to who came in."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from almoner.core.clock import Clock
from almoner.core.database import Database
from almoner.core.scope import TenantScope
from almoner.identity.openid import OpenIdClient
from almoner.identity.sealing import SealingKeys
from almoner.identity.tokens import Identity, TokenKeys


class Door(Protocol):
    """The part of `wiring.House` that signing in needs.

    Proving takes more than one transaction: passwords are hashed between two, so that nobody waits for a hash with a
    database connection in hand, and a failure is counted and committed although the caller is refused.
    """

    database: Database
    keys: TokenKeys
    sealing: SealingKeys
    openid: OpenIdClient
    session_lifetime: timedelta

    @property
    def clock(self) -> Clock:
        """The time."""

    def visitor_scope(self, tenant_id: UUID, request_id: str) -> AbstractAsyncContextManager[TenantScope]:
        """A transaction of somebody who has not signed in and may do nothing yet."""

    async def welcome(self, scope: TenantScope, account_id: UUID, email: str) -> None:
        """Give an account that has just proved that an address is its own what waits for that address."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What somebody gets who has signed in.

    Attributes:
        text: the access token.
        expires_at: when it ends.
        refresh_token: gives a new access token, once; machines have none, for they have their secret.
        session_until: when refreshing ends and one must sign in again.
    """

    text: str = field(repr=False)
    expires_at: datetime
    refresh_token: str | None = field(repr=False)
    session_until: datetime


def now_acts(scope: TenantScope, identity: Identity) -> None:
    """From here on it is known who acts in this scope, and the journal says so. They still hold no role in it."""
    scope.viewer = replace(scope.viewer, subject_id=identity.subject_id, kind=identity.kind, proof=identity.proof)
