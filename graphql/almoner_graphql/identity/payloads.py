"""What mutations of identity answer with: rows as they are now, what is shown once, and problems."""

from __future__ import annotations

from datetime import datetime

import strawberry

from almoner.identity import tables
from almoner.identity.door import SignedIn
from almoner_graphql.identity.types import Account, IdentityProvider, ServiceAccount
from almoner_graphql.planner.declare import many, one, reads
from almoner_graphql.planner.executor import reading
from almoner_graphql.planner.sources import given_row, no_rows
from almoner_graphql.problems import Problem

_AS_IT_IS = "As it is now; null if it was refused, or if the viewer may not see it."
_PROBLEMS = "Why it was refused; empty if it was not."


@reads()
@strawberry.type(description="What became of a change of an account.")
class AccountPayload:
    """The account as it is now, or problems."""

    account: Account | None = one(given_row(tables.Account, "account"), description=_AS_IT_IS)
    problems: list[Problem] = many(no_rows, description=_PROBLEMS)


@strawberry.type(description="What became of `inviteAccount` or `resetPassword`.")
class AccountTokenPayload:
    """A one-time token, or problems."""

    account: Account | None = strawberry.field(description=_AS_IT_IS)
    token: str | None = strawberry.field(
        description="For `setPassword`; shown this once, so hand it over to the person."
    )
    expires_at: datetime | None = strawberry.field(description="When the token ends.")
    problems: list[Problem] = strawberry.field(description=_PROBLEMS)

    @classmethod
    def of(cls, issued: tuple[tables.Account, str, datetime] | None, problems: list[Problem]) -> AccountTokenPayload:
        """The token that was issued, or why none was."""
        if issued is None:
            return cls(account=None, token=None, expires_at=None, problems=problems)
        row, token, until = issued
        return cls(account=reading(Account, id=row.id), token=token, expires_at=until, problems=problems)


@strawberry.type(description="What became of `setPassword` or `changePassword`.")
class PasswordPayload:
    """Done, or problems."""

    changed: bool = strawberry.field(description="Whether the password is the new one now.")
    problems: list[Problem] = strawberry.field(description=_PROBLEMS)


@strawberry.type(description="What became of `enrolAuthenticator`.")
class EnrolAuthenticatorPayload:
    """A shared secret, or problems."""

    secret: str | None = strawberry.field(description="In base32; shown this once.")
    uri: str | None = strawberry.field(description="The same as `otpauth://…`, for a QR code.")
    problems: list[Problem] = strawberry.field(description=_PROBLEMS)


@strawberry.type(description="What became of `confirmAuthenticator` or `renewRecoveryCodes`.")
class RecoveryCodesPayload:
    """Recovery codes, or problems."""

    recovery_codes: list[str] | None = strawberry.field(
        description="Each is good once in place of a code; shown this once."
    )
    problems: list[Problem] = strawberry.field(description=_PROBLEMS)

    @classmethod
    def of(cls, codes: tuple[str, ...] | None, problems: list[Problem]) -> RecoveryCodesPayload:
        """The codes, or why there are none."""
        return cls(recovery_codes=None if codes is None else [*codes], problems=problems)


@strawberry.type(description="What became of `removeAuthenticator`.")
class RemoveAuthenticatorPayload:
    """Done, or problems."""

    removed: bool = strawberry.field(description="Whether signing in needs no code any more.")
    problems: list[Problem] = strawberry.field(description=_PROBLEMS)


@strawberry.type(description="What became of `createServiceAccount` or `rotateServiceAccount`.")
class CredentialsPayload:
    """Credentials for `/oauth/token`, or problems."""

    service_account: ServiceAccount | None = strawberry.field(description=_AS_IT_IS)
    client_id: str | None = strawberry.field(description="Who the machine is.")
    client_secret: str | None = strawberry.field(description="How it proves that; shown this once.")
    problems: list[Problem] = strawberry.field(description=_PROBLEMS)

    @classmethod
    def of(cls, made: tuple[tables.ServiceAccount, str, str] | None, problems: list[Problem]) -> CredentialsPayload:
        """The account with its client id and secret, or why there is none."""
        if made is None:
            return cls(service_account=None, client_id=None, client_secret=None, problems=problems)
        row, client_id, secret = made
        machine = reading(ServiceAccount, id=row.id)
        return cls(service_account=machine, client_id=client_id, client_secret=secret, problems=problems)


@reads()
@strawberry.type(description="What became of a change of a service account.")
class ServiceAccountPayload:
    """The service account as it is now, or problems."""

    service_account: ServiceAccount | None = one(
        given_row(tables.ServiceAccount, "service_account"), description=_AS_IT_IS
    )
    problems: list[Problem] = many(no_rows, description=_PROBLEMS)


@strawberry.type(description="What became of `beginProviderSignIn`.")
class BeginProviderSignInPayload:
    """Where to go, or problems."""

    authorization_url: str | None = strawberry.field(description="Send the browser there.")
    ticket: str | None = strawberry.field(
        description="Keep it in that browser; `completeProviderSignIn` needs it within ten minutes."
    )
    problems: list[Problem] = strawberry.field(description=_PROBLEMS)


@reads()
@strawberry.type(description="What became of a change of an identity provider.")
class IdentityProviderPayload:
    """The provider as it is now, or problems."""

    identity_provider: IdentityProvider | None = one(
        given_row(tables.IdentityProvider, "identity_provider"), description=_AS_IT_IS
    )
    problems: list[Problem] = many(no_rows, description=_PROBLEMS)


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
