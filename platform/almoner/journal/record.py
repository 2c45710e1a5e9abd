"""Writing the journal."""

from __future__ import annotations

from typing import Any

from almoner.core.scope import TenantScope
from almoner.core.tables import TenantTable
from almoner.journal.tables import JournalEntry


class JournalRecorder:
    """Implements `core.scope.Recorder`: the entry joins the transaction of what it tells about."""

    def record(self, scope: TenantScope, action: str, subject: TenantTable, detail: dict[str, Any]) -> None:
        """Add an entry. `detail` holds JSON values and never a secret or a patient's data."""
        scope.session.add(
            JournalEntry(
                tenant_id=scope.tenant_id,
                at=scope.now(),
                actor_id=scope.viewer.subject_id,
                actor_kind=scope.viewer.kind,
                action=action,
                subject_type=type(subject).__name__,
                subject_id=subject.id,
                request_id=scope.request_id,
                policy_version=scope.viewer.policy_version,
                detail=detail,
            )
        )
