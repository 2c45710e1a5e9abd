"""Every permission there is, with what it allows. Grants in `policies/` may name these and nothing else."""

from __future__ import annotations

from enum import StrEnum


class Permission(StrEnum):
    """`resource:action`; a resource with a dot is a single field of a type."""

    RATE_DEVELOPMENT_VIEW = "rate_development:view"
    """Read a rate development, its revisions, figures and tie-out."""
    RATE_DEVELOPMENT_SUBMIT = "rate_development:submit"
    """File a new rate development package."""
    RATE_DEVELOPMENT_RESUBMIT = "rate_development:resubmit"
    """File the package of a revision that was unlocked."""
    RATE_DEVELOPMENT_UNLOCK = "rate_development:unlock"
    """Open a calculated or certified development for a new revision."""
    RATE_DEVELOPMENT_CALCULATE = "rate_development:calculate"
    """Store computed figures; held by workers."""
    RATE_DEVELOPMENT_CERTIFY = "rate_development:certify"
    """Certify a calculated development."""
    RATE_DEVELOPMENT_PUBLISH = "rate_development:publish"
    """Publish a certified development."""
    RATE_DEVELOPMENT_WITHDRAW = "rate_development:withdraw"
    """Withdraw a development that is not published."""
    JOB_VIEW = "job:view"
    """Read a job and follow its progress."""
    JOB_CANCEL = "job:cancel"
    """Stop a job."""
    JOB_RETRY = "job:retry"
    """Start a failed or cancelled job again."""
    JOB_FAILURE_DETAIL_VIEW = "job.failure_detail:view"
    """Read the technical detail of a job's failure."""
    JOURNAL_ENTRY_VIEW = "journal_entry:view"
    """Read the journal."""
    PROGRAM_VIEW = "program:view"
    """Read programs and their periods."""
    PROGRAM_CREATE = "program:create"
    """Open a program or one of its periods."""
    ACCOUNT_CREATE = "account:create"
    """Make accounts and service accounts, and give them roles."""
