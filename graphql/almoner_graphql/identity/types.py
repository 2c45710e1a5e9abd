"""Who one is, in the schema."""

from __future__ import annotations

from datetime import datetime

import strawberry

from almoner.identity.door import SignedIn
from almoner_graphql.problems import Problem


@strawberry.type(description="The agency that a viewer belongs to.")
class Tenant:
    """Built from a row of `tenant`."""

    code: str = strawberry.field(description="Short; it is given to `login`.")
    name: str = strawberry.field(description="Its name.")
    time_zone: str = strawberry.field(description="The IANA name of the time zone that its deadlines are computed in.")


@strawberry.type(description="Who sends this request.")
class Viewer:
    """Built from the scope."""

    id: strawberry.ID = strawberry.field(description="Of the account; things that it did name it by this id.")
    kind: str = strawberry.field(description="`account` (a person) or `service_account` (a machine).")
    roles: list[str] = strawberry.field(description="The roles held now, by name.")
    permissions: list[str] = strawberry.field(description="What these allow, for some things at least, by name.")
    tenant: Tenant = strawberry.field(description="The agency.")


@strawberry.type(description="What became of signing in.")
class LoginPayload:
    """Tokens, or problems."""

    access_token: str | None = strawberry.field(
        description="Send it as `Authorization: Bearer …`; null if the login was refused."
    )
    expires_at: datetime | None = strawberry.field(description="When the access token ends.")
    refresh_token: str | None = strawberry.field(
        description="Exchange it at `/oauth/token` for new tokens, once; a second time revokes the session."
    )
    session_until: datetime | None = strawberry.field(description="When refreshing ends.")
    problems: list[Problem] = strawberry.field(description="Why the login was refused; empty if it was not.")

    @classmethod
    def of(cls, made: SignedIn | None, problems: list[Problem]) -> LoginPayload:
        """What was handed out, or why nothing was."""
        if made is None:
            return cls(access_token=None, expires_at=None, refresh_token=None, session_until=None, problems=problems)
        return cls(
            access_token=made.text,
            expires_at=made.expires_at,
            refresh_token=made.refresh_token,
            session_until=made.session_until,
            problems=problems,
        )


@strawberry.type(description="What became of `stepUp`.")
class StepUpPayload:
    """An access token, or problems."""

    access_token: str | None = strawberry.field(
        description="Of the same session; it says that two factors were proved just now."
    )
    expires_at: datetime | None = strawberry.field(description="When the access token ends.")
    problems: list[Problem] = strawberry.field(description="Why it was refused; empty if it was not.")


@strawberry.type(description="What became of ending sessions.")
class SessionsPayload:
    """How many sessions ended, or problems."""

    ended: int | None = strawberry.field(description="How many sessions ended; null if it was refused.")
    problems: list[Problem] = strawberry.field(description="Why it was refused; empty if it was not.")
