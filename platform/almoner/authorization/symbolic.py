"""The seam to planners: SQL that is built once for all viewers of a profile, and the values that each of them brings.

A planner builds with `symbolic_viewer(profile)`, keeps what it built under that profile, and runs it with
`parameters_of(viewer)`. Nothing of a single viewer is ever part of the SQL text.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Uuid, bindparam
from sqlalchemy.dialects.postgresql import ARRAY

from almoner.core.viewer import Profile, Viewer

_UUIDS: Any = ARRAY(Uuid)


@dataclass(frozen=True, slots=True)
class _Symbolic(Viewer):
    """A viewer whose organizations are parameters."""

    def organizations(self, roles: frozenset[str]) -> Any:
        """The parameter for the organizations at which one of these roles is held."""
        return bindparam(_name(roles), type_=_UUIDS, unique=False)


def symbolic_viewer(profile: Profile) -> Viewer:
    """Any viewer of that profile: `tenant`, `subject` and its organizations are parameters."""
    tenant: Any = bindparam("tenant", type_=Uuid)
    subject: Any = bindparam("subject", type_=Uuid)
    return _Symbolic(tenant, subject, "account", frozenset(), profile, "")


def parameters_of(viewer: Viewer) -> dict[str, Any]:
    """The values of all parameters that SQL for the viewer's profile may name: UUIDs, and lists of UUIDs."""
    found: dict[str, Any] = {"tenant": viewer.tenant_id, "subject": viewer.subject_id}
    for roles in viewer.profile.own:
        found[_name(roles)] = viewer.organizations(roles)
    return found


@lru_cache(maxsize=4096)
def _name(roles: frozenset[str]) -> str:
    """A parameter's name, in which nothing of a role's name can be mistaken for syntax."""
    return "own_" + hashlib.sha256("\n".join(sorted(roles)).encode()).hexdigest()[:16]
