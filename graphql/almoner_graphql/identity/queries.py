"""Reading who can sign in, who is signed in, and who one is."""

from __future__ import annotations

from enum import StrEnum

import strawberry

from almoner.identity import tables
from almoner_graphql.connection import Connection
from almoner_graphql.enums import publish
from almoner_graphql.identity.types import Account, IdentityProvider, ServiceAccount, Session, Viewer
from almoner_graphql.planner.declare import by_id, many, pages, same
from almoner_graphql.planner.filters import DayFilter, IdFilter, InstantFilter, TextFilter
from almoner_graphql.planner.sources import all_rows


@strawberry.input(description="Which accounts; what is not given or null means any.")
class AccountFilter:
    """Columns of `account`."""

    email: TextFilter | None = strawberry.field(default=None, description="Their addresses, in lower case.")
    disabled_at: InstantFilter | None = strawberry.field(
        default=None, description="Since when they are kept out; `isNull: true` for those that are not."
    )
    recertify_by: DayFilter | None = strawberry.field(default=None, description="Their last days.")
    sponsor: IdFilter | None = strawberry.field(default=None, description="Who answers for them.")


class AccountOrder(StrEnum):
    """Columns of `account`; a minus sign turns the order round."""

    EMAIL_ASC = "email"
    EMAIL_DESC = "-email"
    RECERTIFY_BY_ASC = "recertify_by"
    RECERTIFY_BY_DESC = "-recertify_by"


publish(
    AccountOrder,
    description="An order of accounts.",
    values={
        AccountOrder.EMAIL_ASC: "By address.",
        AccountOrder.EMAIL_DESC: "By address, backwards.",
        AccountOrder.RECERTIFY_BY_ASC: "The one that is due first comes first.",
        AccountOrder.RECERTIFY_BY_DESC: "The one that is due last comes first.",
    },
)


@strawberry.input(description="Which sessions; what is not given or null means any.")
class SessionFilter:
    """Columns of `sign_in_session`."""

    subject: IdFilter | None = strawberry.field(default=None, description="Whose they are.")
    expires_at: InstantFilter | None = strawberry.field(default=None, description="When they end at the latest.")


@strawberry.type(description="Queries about accounts, sessions and oneself.")
class IdentityQueries:
    """Part of `Query`."""

    viewer: Viewer = same(description="Who sends this request.")
    account: Account | None = by_id(
        description=(
            "An account, by its id or its `subject`; null for an id that the viewer may not know of. Needs "
            "`account:view`; everybody sees their own."
        )
    )
    accounts: Connection[Account] = pages(
        all_rows(tables.Account),
        key="email",
        filter=AccountFilter,
        where={"sponsor": lambda account: account.sponsor_id},
        orders=AccountOrder,
        description=(
            "The accounts that the viewer may see (`account:view`, and the own one), by address unless ordered "
            "otherwise."
        ),
    )
    service_accounts: Connection[ServiceAccount] = pages(
        all_rows(tables.ServiceAccount),
        key="name",
        description="The service accounts that the viewer may see (`service_account:view`, and the own one), by name.",
    )
    sessions: Connection[Session] = pages(
        all_rows(tables.SignInSession),
        newest_first=True,
        filter=SessionFilter,
        where={"subject": lambda session: session.subject_id},
        description=(
            "The sessions that the viewer may see (`session:view`, and the own ones), newest first. Those that are "
            "over are removed after some time."
        ),
    )
    identity_providers: list[IdentityProvider] = many(
        all_rows(tables.IdentityProvider, order=lambda provider: provider.code),
        description="The identity providers, disabled ones too, by code. Needs `identity_provider:view`.",
    )
