"""A mutation is let in by its own transactions, wherever they are begun: else nothing of it is done."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from tests.graphql.test_registered_operations import ONLY

from almoner_graphql.documents import PROVING_MUTATIONS
from almoner_graphql.schema import build_schema

pytestmark = pytest.mark.anyio


def test_what_begins_transactions_of_its_own_is_known_to_and_let_in_before():
    schema = build_schema(open_schema=False)
    definition: Any = schema.schema_converter.type_map["Mutation"].definition
    proving = {
        schema.config.name_converter.get_graphql_name(field)
        for field in definition.fields
        if "attempt_proof(" in inspect.getsource(field.base_resolver.wrapped_func)
    }
    assert proving == PROVING_MUTATIONS


@pytest.mark.parametrize(
    "mutation",
    [
        "mutation { a: signOut { problems { code } } b: signOut { problems { code } } }",
        'mutation { signOut { problems { code } } stepUp(password: "x", code: "1") { problems { code } } }',
        'mutation { changePassword(password: "x", newPassword: "y") { changed } }',
        "mutation { __typename signOut { problems { code } } }",
        'mutation { cancelJob(id: "x") { problems { code } } }',
    ],
)
async def test_who_is_held_to_registered_documents_is_refused_as_a_whole_and_does_nothing(ask, tenant, mutation):
    await ask(ONLY, {"only": True}, token=tenant.token("program_administrator"))
    response = await ask(mutation, token=tenant.token("actuary"))
    (error,) = response.json()["errors"]
    assert (error["extensions"]["code"], "path" in error, "data" in response.json()) == (
        "REGISTERED_DOCUMENTS_ONLY",
        False,
        False,
    )
    assert response.status_code == 400


async def test_nobody_held_lets_themselves_go(ask, tenant):
    token = tenant.token("program_administrator")
    await ask(ONLY, {"only": True}, token=token)
    for _again in range(2):
        (error,) = (await ask(ONLY, {"only": False}, token=token)).json()["errors"]
        assert error["extensions"]["code"] == "REGISTERED_DOCUMENTS_ONLY"
