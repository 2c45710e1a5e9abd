"""The built-in policy: what its files say, and that permission sets answer as casbin does."""

from __future__ import annotations

import inspect
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from almoner.authorization import permissions
from almoner.authorization.authorizer import PolicyAuthorizer
from almoner.authorization.permissions import Permission
from almoner.authorization.policy import BadPolicy, Policy, built_in_policy, parse_grants
from almoner.authorization.scopes import SCOPES
from almoner.core.scope import Viewer
from almoner.rates.tables import RateDevelopment

HEAD = "role,resource,action,scope,effect,comment\n"
ME, SOMEBODY, TENANT, OTHER = (UUID(int=number) for number in range(1, 5))


def viewer(*roles: str) -> Viewer:
    return Viewer(TENANT, ME, "account", frozenset(roles), "test")


def policy(*grants: tuple[str, ...]) -> Policy:
    return Policy(built_in_policy().model, grants, "test")


def development(submitted_by: UUID, tenant_id: UUID = TENANT) -> RateDevelopment:
    return RateDevelopment(tenant_id=tenant_id, name="x", submitted_by=submitted_by)


def test_every_permission_is_granted_to_some_role():
    granted = {f"{grant[1]}:{grant[2]}" for grant in built_in_policy().grants}
    assert granted == {permission.value for permission in Permission}


def test_every_permission_is_documented():
    source = inspect.getsource(permissions)
    assert source.count('\n    """') == len(Permission) + 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("role,resource\n", "first line"),
        (HEAD + "actuary,rate_development,certify,any,allow,\n", "filled fields"),
        (HEAD + "actuary,rate_development,certify,any,allow\n", "filled fields"),
        (HEAD + "actuary,rate_development,bless,any,allow,why\n", "no permission rate_development:bless"),
        (HEAD + "actuary,rate_development,certify,galaxy,allow,why\n", "unknown scope"),
        (HEAD + "actuary,rate_development,certify,any,perhaps,why\n", "unknown scope 'any' or effect 'perhaps'"),
    ],
)
def test_a_bad_grant_is_refused_with_its_line(text, says):
    with pytest.raises(BadPolicy, match=says):
        parse_grants(text, "bad.csv")


def test_an_empty_policy_denies():
    authorizer = PolicyAuthorizer(policy())
    assert not authorizer.allows(viewer("actuary"), Permission.RATE_DEVELOPMENT_VIEW, None)


def test_an_unknown_role_holds_nothing():
    assert built_in_policy().permissions(frozenset({"emperor"})) == {}


def test_deny_wins_over_allow_of_another_role():
    authorizer = PolicyAuthorizer(
        policy(
            ("reader", "rate_development", "view", "any", "allow"),
            ("barred", "rate_development", "view", "assigned", "deny"),
        )
    )
    both = viewer("reader", "barred")
    assert not authorizer.allows(both, Permission.RATE_DEVELOPMENT_VIEW, development(ME))
    assert authorizer.allows(both, Permission.RATE_DEVELOPMENT_VIEW, development(SOMEBODY))


def test_a_row_of_another_tenant_is_never_allowed():
    authorizer = PolicyAuthorizer(built_in_policy())
    assert not authorizer.allows(viewer("actuary"), Permission.RATE_DEVELOPMENT_VIEW, development(ME, OTHER))


ROLE_NAMES = st.sampled_from(["a", "b", "c, d"])
GRANTS = st.lists(
    st.tuples(
        ROLE_NAMES,
        st.just("rate_development"),
        st.sampled_from(["view", "submit"]),
        st.sampled_from(sorted(SCOPES)),
        st.sampled_from(["allow", "deny"]),
    ),
    max_size=8,
    unique=True,
)


@settings(max_examples=150, deadline=None)
@given(GRANTS, st.sets(ROLE_NAMES), st.sampled_from(["view", "submit"]), st.booleans())
def test_permission_sets_decide_as_casbin_does(grants, roles, action, mine):
    some = policy(*grants)
    row = development(ME if mine else SOMEBODY)
    answer = PolicyAuthorizer(some).allows(viewer(*roles), f"rate_development:{action}", row)
    # Asked for a row that is mine, casbin considers grants on my rows and on any; else those on any alone.
    scope = "assigned" if mine else "any"
    expected = bool(grants) and some.enforcer(roles).enforce("subject", "rate_development", action, scope)
    assert answer == expected
