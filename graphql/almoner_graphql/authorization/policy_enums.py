"""What a policy is written with, as enums of the schema."""

from __future__ import annotations

from enum import StrEnum

from almoner.authorization.document import Facets
from almoner_graphql.enums import publish


class PolicyItemKind(StrEnum):
    """The kinds of items; `document.KINDS` has the same."""

    ROLE = "role"
    GRANT = "grant"
    SEPARATION = "separation"
    ASSERTION = "assertion"


class PolicyOp(StrEnum):
    """What a change does."""

    ADD = "add"
    REMOVE = "remove"


class PolicyEffect(StrEnum):
    """What a grant says."""

    ALLOW = "allow"
    DENY = "deny"


class PolicyScope(StrEnum):
    """Which rows a grant is about; `scopes.SCOPES` has the same."""

    ANY = "any"
    OWN = "own"
    ASSIGNED = "assigned"
    PUBLIC = "public"
    BARRED = "barred"


class RoleHeldAt(StrEnum):
    """Where a role may be held; `document.HELD_AT` has the same."""

    PLATFORM = "platform"
    PART = "part"
    TENANT = "tenant"
    ORGANIZATION = "organization"
    ACO = "ACO"
    RBHA = "RBHA"
    COMMITTEE = "COMMITTEE"
    BODY = "BODY"
    OTHER = "OTHER"


publish(
    PolicyItemKind,
    description="The kind of an item of a policy.",
    values={
        PolicyItemKind.ROLE: "A role.",
        PolicyItemKind.GRANT: "A grant.",
        PolicyItemKind.SEPARATION: "Two roles that nobody may hold both.",
        PolicyItemKind.ASSERTION: "Who may or may not, whatever else changes.",
    },
)
publish(
    PolicyOp,
    description="What a change does with its item.",
    values={PolicyOp.ADD: "It comes, in place of one with its key.", PolicyOp.REMOVE: "It goes."},
)
publish(
    PolicyEffect,
    description="What a grant says. One that refuses wins over all that allow.",
    values={PolicyEffect.ALLOW: "It allows.", PolicyEffect.DENY: "It refuses."},
)
publish(
    PolicyScope,
    description="Which rows a grant is about.",
    values={
        PolicyScope.ANY: "All of the agency.",
        PolicyScope.OWN: "Those of the organization at which the role is held.",
        PolicyScope.ASSIGNED: "Those that name who acts.",
        PolicyScope.PUBLIC: "Those that everybody may know of.",
        PolicyScope.BARRED: "Those that who acts is kept from, by a conflict of interest; for grants that refuse.",
    },
)
publish(
    RoleHeldAt,
    description="Where a role is held.",
    values={
        RoleHeldAt.PLATFORM: "Nowhere: it is for the platform's own processes and operators.",
        RoleHeldAt.PART: "Nowhere: it is only included in other roles.",
        RoleHeldAt.TENANT: "At the agency as a whole.",
        RoleHeldAt.ORGANIZATION: "At an organization of any kind.",
        RoleHeldAt.ACO: "At an ACO.",
        RoleHeldAt.RBHA: "At a Regional Behavioral Health Authority.",
        RoleHeldAt.COMMITTEE: "At a committee.",
        RoleHeldAt.BODY: "At a body that committees are made of.",
        RoleHeldAt.OTHER: "At an organization of no other kind.",
    },
)
publish(
    Facets,
    name="PolicyFact",
    description="What a row is to who acts.",
    values={
        Facets.OWN: "It belongs to the organization at which the role is held.",
        Facets.ASSIGNED: "It names who acts.",
        Facets.PUBLIC: "Everybody may know of it.",
        Facets.BARRED: "Who acts is kept from it.",
    },
)
