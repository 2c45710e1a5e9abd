"""What a viewer's rights rest on at an instant: the number of the tenant's policy version, and the roles held, and
where.

There is one SQL expression for it, which yields a short text. Whoever made something for a viewer (a plan, a cached
profile) has the expression evaluated in the very statement or transaction that uses it, and compares texts: the same
text means the same rights. So a role or a grant that was taken away is gone for the next request of every process,
without a round trip of its own.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from almoner.core.viewer import Held

# A role that was taken away (`ended_at`) is gone whatever the clocks of processes say. A delegated role holds as long
# as the delegator's own assignment does.
_HELD = """
{alias}.ended_at is null and {alias}.valid_from <= {now}
                and ({alias}.valid_until is null or {alias}.valid_until > {now})
"""
_PUBLIC = "json_build_array({version}, json_build_array(json_build_array('public', null)))::text"
_VERSION = "coalesce((select max(number) from almoner.policy_version where tenant_id = {tenant}), 0)"
_STANDING = """
json_build_array(
    {version},
    (
        select coalesce(json_agg(json_build_array(role, organization_id) order by role, organization_id), '[]'::json)
        from (
            select distinct role, organization_id from almoner.role_assignment held
            where tenant_id = {tenant} and subject_id = {subject} and {held} and (
                source_id is null or exists (
                    select from almoner.role_assignment source
                    where source.tenant_id = {tenant} and source.id = held.source_id and {source}
                )
            )
        ) held
    )
)::text
"""


#: Nobody in particular: no roles, in a tenant that has changed nothing.
NO_STANDING = "[0, []]"


@dataclass(frozen=True, slots=True)
class Standing:
    """The text, read.

    Attributes:
        number: the tenant's policy version, 0 before its first change.
        held: the roles held at that instant.
    """

    number: int
    held: frozenset[Held]

    @property
    def roles(self) -> frozenset[str]:
        """The names of the roles."""
        return frozenset(each.role for each in self.held)


def standing_sql(*, tenant: str, subject: str, now: str) -> str:
    """The SQL expression, with these names for its parameters (uuid, uuid, timestamptz): `$1` or `:tenant`."""
    held, source = (_HELD.format(alias=alias, now=now) for alias in ("held", "source"))
    return _STANDING.format(
        version=version_sql(tenant=tenant), tenant=tenant, subject=subject, held=held, source=source
    )


def public_standing_sql(*, tenant: str) -> str:
    """The same for the public of a tenant, which holds one role that nobody is given."""
    return _PUBLIC.format(version=version_sql(tenant=tenant))


def version_sql(*, tenant: str) -> str:
    """The number of the tenant's policy version alone, as an SQL expression."""
    return _VERSION.format(tenant=tenant)


def number_in(standing: str) -> int:
    """The number of the policy version that the text names, which is its beginning: `[3, …`."""
    return int(standing[1 : standing.index(",")])


_QUERY = text("select " + standing_sql(tenant=":tenant", subject=":subject", now=":now"))


async def read_standing(session: AsyncSession, tenant_id: UUID, subject_id: UUID, at: datetime) -> str:
    """The text for a subject at that instant."""
    found = await session.execute(_QUERY, {"tenant": tenant_id, "subject": subject_id, "now": at})
    return str(found.scalar_one())


def parse_standing(found: str) -> Standing:
    """What the text says."""
    number, held = json.loads(found)
    return Standing(number, frozenset(Held(role, UUID(place) if place else None) for role, place in held))
