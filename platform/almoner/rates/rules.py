"""What a tenant has set for its rates."""

from __future__ import annotations

from decimal import Decimal

from sqlmodel import col, select

from almoner.authorization.permissions import Permission
from almoner.core.adding import add_if_missing
from almoner.core.errors import Invalid, Problem
from almoner.core.numbers import NumberRefused, parse_decimal, plain
from almoner.core.scope import TenantScope
from almoner.rates.tables import RateRules

DEFAULT_CHANGE_LIMIT = Decimal("0.2")


async def rules_in_force(scope: TenantScope, *, lock: bool = False) -> RateRules:
    """The tenant's rules, or the defaults: for verbs that obey them, whoever may read them."""
    query = select(RateRules).where(col(RateRules.tenant_id) == scope.tenant_id)
    if lock:
        query = query.with_for_update()
    found = (await scope.session.execute(query)).scalar_one_or_none()
    return found or _defaults(scope)


def _defaults(scope: TenantScope) -> RateRules:
    return RateRules(tenant_id=scope.tenant_id, change_limit=DEFAULT_CHANGE_LIMIT)


async def set_rate_rules(scope: TenantScope, *, change_limit: object) -> RateRules:
    """Set by how much a rate cell may change without a justification.

    Args:
        change_limit: a share, as text; `"0.2"` is 20 %.

    Raises:
        Denied: the viewer lacks `rate_rules:set`.
        Invalid: no decimal number, or not above 0 and up to 1.
    """
    scope.require(Permission.RATE_RULES_SET)
    try:
        limit = parse_decimal(change_limit)
    except NumberRefused as refused:
        raise Invalid([Problem(refused.code, refused.message, ("changeLimit",))]) from None
    if not 0 < limit <= 1:
        raise Invalid([Problem("CHANGE_LIMIT_RANGE", "The limit is a share above 0 and up to 1.", ("changeLimit",))])
    await add_if_missing(scope.session, _defaults(scope))
    rules = await rules_in_force(scope, lock=True)
    was = rules.change_limit
    rules.change_limit = limit
    scope.record("rate_rules.set", rules, was=plain(was), change_limit=plain(limit))
    return rules
