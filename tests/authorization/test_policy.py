"""The built-in policy: what its files say, what is refused, and what follows from roles."""

from __future__ import annotations

from uuid import UUID

import pytest

from almoner.authorization.authorizer import PolicyAuthorizer
from almoner.authorization.built_in import (
    ROLE_COLUMNS,
    SEPARATION_COLUMNS,
    BadPolicy,
    built_in,
    parse_assertions,
    parse_csv,
    parse_grants,
    parse_roles,
)
from almoner.authorization.permissions import Permission, descriptions
from almoner.authorization.policy import built_in_policy
from almoner.core.viewer import Held
from almoner.rates.tables import RateDevelopment

HEAD = "role,resource,action,scope,effect,comment\n"
ME, SOMEBODY, TENANT, OTHER = (UUID(int=number) for number in range(1, 5))
HERE, THERE = UUID(int=101), UUID(int=102)
SIGNERS = {
    "aco_executive",
    "authorized_to_sign_primary",
    "authorized_to_sign_secondary",
    "dua_requestor",
    "dua_custodian",
}


def development(submitted_by: UUID, tenant_id: UUID = TENANT) -> RateDevelopment:
    return RateDevelopment(tenant_id=tenant_id, name="x", submitted_by=submitted_by)


def test_every_permission_is_granted_to_some_role():
    granted = {grant.permission for grant in built_in().document.grants}
    assert granted == {permission.value for permission in Permission}


def test_every_permission_is_documented():
    assert set(descriptions()) == set(Permission)
    assert all(text.endswith(".") for text in descriptions().values())


def test_an_aco_has_seventeen_contact_roles_and_five_of_them_sign():
    contacts = [role for role in built_in().document.roles.values() if role.held_at == "ACO"]
    assert len(contacts) == 17
    signing = {
        role.name
        for role in contacts
        if Permission.ACO_DOCUMENT_SIGN in built_in_policy().profile(frozenset({role.name})).rights
    }
    assert signing == SIGNERS


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("role,resource\n", "first line"),
        (HEAD + "actuary,rate_development,certify,any,allow,\n", "filled fields"),
        (HEAD + "actuary,rate_development,certify,any,allow\n", "line 2: 6 filled fields"),
    ],
)
def test_a_grant_without_its_comment_is_refused_with_its_line(text, says):
    with pytest.raises(BadPolicy, match=says):
        parse_grants(text, "bad.csv")


def test_other_files_are_refused_with_their_line():
    with pytest.raises(BadPolicy, match="emergency is yes or no"):
        parse_roles(",".join(ROLE_COLUMNS) + "\nclerk,tenant,,maybe,why\n", "roles.csv")
    with pytest.raises(BadPolicy, match="filled"):
        list(parse_csv(",".join(SEPARATION_COLUMNS) + "\na,b,\n", "separations.csv", SEPARATION_COLUMNS))


@pytest.mark.parametrize(
    "text",
    [
        "roles: [actuary]",
        "- {roles: [actuary], may: 'job:view'}",
        "- {roles: [actuary], why: x}",
        "- {roles: [actuary], may: 'job:view', may_not: 'job:view', why: x}",
        "- {roles: [actuary], may: 'job:view', why: x, when: today}",
    ],
)
def test_a_bad_assertion_is_refused(text):
    with pytest.raises(BadPolicy):
        parse_assertions(text, "bad.yaml")


def test_an_empty_policy_denies(small, viewing):
    assert not PolicyAuthorizer().allows(viewing(small(), "actuary"), Permission.RATE_DEVELOPMENT_VIEW, None)


def test_an_unknown_role_holds_nothing():
    assert built_in_policy().profile(frozenset({"emperor"})).rights == {}


def test_deny_wins_over_allow_of_another_role(small, viewing):
    policy = small(
        ("reader", "rate_development", "view", "any", "allow"),
        ("barred", "rate_development", "view", "assigned", "deny"),
    )
    both = viewing(policy, "reader", "barred")
    assert not PolicyAuthorizer().allows(both, Permission.RATE_DEVELOPMENT_VIEW, development(ME))
    assert PolicyAuthorizer().allows(both, Permission.RATE_DEVELOPMENT_VIEW, development(SOMEBODY))


def test_a_row_of_another_tenant_is_never_allowed(viewing):
    actuary = viewing(built_in_policy(), "actuary")
    assert not PolicyAuthorizer().allows(actuary, Permission.RATE_DEVELOPMENT_VIEW, development(ME, OTHER))


def test_equal_rights_are_one_profile_whatever_the_organization(viewing):
    one = viewing(built_in_policy(), Held("aco_executive", HERE)).profile
    assert viewing(built_in_policy(), Held("aco_executive", THERE)).profile is one
    assert viewing(built_in_policy(), Held("cms_liaison", HERE)).profile != one


@pytest.mark.parametrize(
    ("allow", "deny", "somewhere"),
    [
        (["any"], [], True),
        (["any"], ["own"], True),
        (["any"], ["barred"], True),
        (["barred"], ["barred"], False),
        (["any"], ["any"], False),
        (["assigned"], ["assigned"], False),
        (["assigned", "public"], ["assigned"], True),
        (["own"], ["own"], False),
        (["own"], ["any"], False),
        ([], ["assigned"], False),
    ],
)
def test_a_right_that_no_row_can_have_is_held_nowhere(small, viewing, allow, deny, somewhere):
    grants = [("r", "rate_development", "view", scope, "allow") for scope in allow]
    grants += [("r", "rate_development", "view", scope, "deny") for scope in deny]
    viewer = viewing(small(*grants), Held("r", HERE))
    assert PolicyAuthorizer().allows(viewer, Permission.RATE_DEVELOPMENT_VIEW, None) is somewhere


def test_own_rows_are_those_of_the_organization_at_which_the_giving_role_is_held(small, viewing):
    policy = small(("signer", "job", "view", "own", "allow"), ("reader", "job", "retry", "own", "allow"))
    viewer = viewing(policy, Held("signer", HERE), Held("reader", THERE))
    assert viewer.organizations(viewer.profile.rights["job:view"].own_allow) == [HERE]
    assert viewer.organizations(viewer.profile.rights["job:retry"].own_allow) == [THERE]


def test_a_role_that_includes_another_owns_where_it_is_held_itself(small, viewing):
    policy = small(("part", "job", "view", "own", "allow"), includes={"whole": ("part",)})
    viewer = viewing(policy, Held("whole", HERE))
    assert viewer.organizations(viewer.profile.rights["job:view"].own_allow) == [HERE]
