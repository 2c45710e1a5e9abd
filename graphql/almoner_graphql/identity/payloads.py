"""What mutations of accounts answer with: plain values, and problems."""

from __future__ import annotations

from datetime import date, datetime

import strawberry

from almoner.core.ids import global_id
from almoner.identity import tables
from almoner_graphql.problems import Problem

_PROBLEMS = "Why it was refused; empty if it was not."


@strawberry.type(description="What became of a change of an account.")
class AccountPayload:
    """The account as it is now, or problems."""

    account: strawberry.ID | None = strawberry.field(description="The account's id; null if it was refused.")
    recertify_by: date | None = strawberry.field(description="The last day on which it can sign in.")
    disabled_at: datetime | None = strawberry.field(description="Since when it is kept out; null if it is not.")
    problems: list[Problem] = strawberry.field(description=_PROBLEMS)

    @classmethod
    def of(cls, row: tables.Account | None, problems: list[Problem]) -> AccountPayload:
        """The account in a row."""
        if row is None:
            return cls(account=None, recertify_by=None, disabled_at=None, problems=problems)
        return cls(
            account=strawberry.ID(global_id("Account", row.id)),
            recertify_by=row.recertify_by,
            disabled_at=row.disabled_at,
            problems=problems,
        )


@strawberry.type(description="What became of `inviteAccount` or `resetPassword`.")
class AccountTokenPayload:
    """A one-time token, or problems."""

    account: strawberry.ID | None = strawberry.field(description="The account's id; null if it was refused.")
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
        return cls(
            account=strawberry.ID(global_id("Account", row.id)), token=token, expires_at=until, problems=problems
        )


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

    service_account: strawberry.ID | None = strawberry.field(description="Its id; null if it was refused.")
    client_id: str | None = strawberry.field(description="Who the machine is.")
    client_secret: str | None = strawberry.field(description="How it proves that; shown this once.")
    former_until: datetime | None = strawberry.field(
        description="Until when the secret before this one is good as well; null if there is none."
    )
    problems: list[Problem] = strawberry.field(description=_PROBLEMS)

    @classmethod
    def of(cls, made: tuple[tables.ServiceAccount, str, str] | None, problems: list[Problem]) -> CredentialsPayload:
        """The account with its client id and secret, or why there is none."""
        if made is None:
            return cls(service_account=None, client_id=None, client_secret=None, former_until=None, problems=problems)
        row, client_id, secret = made
        return cls(
            service_account=strawberry.ID(global_id("ServiceAccount", row.id)),
            client_id=client_id,
            client_secret=secret,
            former_until=row.former_until,
            problems=problems,
        )


@strawberry.type(description="What became of a change of a service account.")
class ServiceAccountPayload:
    """The service account as it is now, or problems."""

    service_account: strawberry.ID | None = strawberry.field(description="Its id; null if it was refused.")
    disabled_at: datetime | None = strawberry.field(description="Since when it is kept out; null if it is not.")
    problems: list[Problem] = strawberry.field(description=_PROBLEMS)

    @classmethod
    def of(cls, row: tables.ServiceAccount | None, problems: list[Problem]) -> ServiceAccountPayload:
        """The service account in a row."""
        if row is None:
            return cls(service_account=None, disabled_at=None, problems=problems)
        return cls(
            service_account=strawberry.ID(global_id("ServiceAccount", row.id)),
            disabled_at=row.disabled_at,
            problems=problems,
        )


@strawberry.type(description="What became of `beginProviderSignIn`.")
class BeginProviderSignInPayload:
    """Where to go, or problems."""

    authorization_url: str | None = strawberry.field(description="Send the browser there.")
    ticket: str | None = strawberry.field(
        description="Keep it in that browser; `completeProviderSignIn` needs it within ten minutes."
    )
    problems: list[Problem] = strawberry.field(description=_PROBLEMS)


@strawberry.type(description="What became of a change of an identity provider.")
class IdentityProviderPayload:
    """The provider as it is now, or problems."""

    code: str | None = strawberry.field(description="Its code; null if it was refused.")
    issuer: str | None = strawberry.field(description="Who it is.")
    disabled_at: datetime | None = strawberry.field(description="Since when nobody signs in by it.")
    problems: list[Problem] = strawberry.field(description=_PROBLEMS)

    @classmethod
    def of(cls, row: tables.IdentityProvider | None, problems: list[Problem]) -> IdentityProviderPayload:
        """The provider in a row."""
        if row is None:
            return cls(code=None, issuer=None, disabled_at=None, problems=problems)
        return cls(code=row.code, issuer=row.issuer, disabled_at=row.disabled_at, problems=problems)
