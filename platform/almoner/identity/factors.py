"""By what somebody proved who they are: the values of a token's `amr`, in the names of RFC 8176 where it has one."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

PASSWORD = "pwd"  # noqa: S105  # the name of a factor
TOTP = "otp"
#: A recovery code, which stands in for a lost device.
RECOVERY = "rec"
#: A service account's secret.
SECRET = "swk"  # noqa: S105  # the name of a factor
#: An identity provider's word.
PROVIDER = "fed"
#: The provider's word that it asked for two factors.
MULTIPLE = "mfa"


def are_two(factors: AbstractSet[str]) -> bool:
    """Whether these are two factors of different kinds: something known and something owned, or a provider says so."""
    return MULTIPLE in factors or (PASSWORD in factors and not factors.isdisjoint({TOTP, RECOVERY}))
