"""The planner, and what stands before it."""

from __future__ import annotations

from tests.mutants.place import BUILD, FENCES, MATRIX, READER, Place

LIMITS = "graphql/almoner_graphql/rate_limits.py"
PLACES = [
    Place(
        "a field that may not be seen is null",
        BUILD,
        "        if rights is None or not rights.allow:\n            return null()\n"
        "        return case((self.permitted(declared.permission, place.row), value), else_=null())",
        "        return value",
        (MATRIX, "-k", "withheld"),
    ),
    Place(
        "a field is seen of the rows of its scope only",
        BUILD,
        "return case((self.permitted(declared.permission, place.row), value), else_=null())",
        "return value",
        ("tests/planner/awkward", FENCES),
    ),
    Place(
        "the answer says what was withheld",
        BUILD,
        "        self.redacted.append(place.path)\n",
        "",
        (MATRIX, "-k", "withheld"),
    ),
    Place(
        "a root is asked for by who may",
        BUILD,
        "        self.denied.append((place.path, permission))\n        return False",
        "        return True",
        (MATRIX, "-k", "those_who_may_not and (journal or rateRules)"),
    ),
    Place(
        "a relation has the rows that may be seen",
        BUILD,
        "return replace(rows, where=(*rows.where, *self._visible(reads, rows.row)))",
        "return rows",
        (MATRIX, "-k", "a_machine_sees or those_who_may_not"),
    ),
    Place(
        "an object by its id is one that may be seen",
        BUILD,
        "(*self._visible(reads, row), *of_type, row.id == same)",
        "(*of_type, row.id == same)",
        (MATRIX, "-k", "a_machine_sees or (those_who_may_not and node)"),
    ),
    Place(
        "somebody unknown may sign in and nothing else",
        "graphql/almoner_graphql/extension.py",
        "if not may_ask and not PUBLIC_FIELDS.issuperset(operation.root_fields()):",
        "if False:",
        (FENCES,),
    ),
    Place(
        "a mutation of who is held to registered ones is registered",
        "graphql/almoner_graphql/extension.py",
        "                await context.admit()\n",
        "                pass\n",
        ("tests/graphql/test_registered_operations.py",),
    ),
    Place(
        "a query of who is held to registered ones is registered",
        READER,
        "if not may_be_sent and not caller.checked:",
        "if False:",
        ("tests/graphql/test_registered_operations.py",),
    ),
    Place(
        "a query's cost has a budget",
        READER,
        "if cost > BUDGET:",
        "if False:",
        ("tests/planner/test_reader.py", "tests/http/test_hostile_documents.py"),
    ),
    Place(
        "a document's text is screened",
        "graphql/almoner_graphql/gate.py",
        "        self._refuse(text_errors(text))\n",
        "",
        ("tests/http/test_hostile_documents.py", "tests/graphql/test_http.py"),
    ),
    Place(
        "a document's depth, aliases and fields are limited",
        "graphql/almoner_graphql/gate.py",
        "        self._refuse(limit_errors(ast))\n",
        "",
        ("tests/graphql/test_http.py", "tests/http/test_hostile_documents.py"),
    ),
    Place(
        "a page has a largest size",
        "graphql/almoner_graphql/planner/cursors.py",
        "if not 0 <= size <= MAX_PAGE:",
        "if not 0 <= size:",
        ("tests/graphql/test_paging.py", "tests/planner/test_arguments.py"),
    ),
    Place(
        "a body has a largest size",
        "graphql/almoner_graphql/middleware.py",
        "            if total > MAX_BODY_BYTES:\n                raise _BodyTooLarge\n",
        "",
        ("tests/graphql/test_http.py",),
    ),
    Place(
        "a statement is shown to who may see it",
        READER,
        "if rights is None or not rights.somewhere:",
        "if False:",
        (FENCES,),
    ),
    Place(
        "nobody hears what nobody expected",
        "graphql/almoner_graphql/errors.py",
        "return _coded(error, _INTERNAL_MESSAGE, internal_extensions(cause))",
        "return _coded(error, str(cause), internal_extensions(cause))",
        (FENCES,),
    ),
    Place(
        "a stream ends with its token",
        "graphql/almoner_graphql/context.py",
        "if self.session.expires_at <= self.house.clock():",
        "if False:",
        ("tests/graphql/test_subscriptions.py",),
    ),
    Place(
        "who has asked for too much is refused",
        LIMITS,
        "    if wait:\n        seconds",
        "    if False:\n        seconds",
        ("tests/graphql/test_rate_limits.py",),
    ),
    Place(
        "trying to prove who one is counts against the address",
        LIMITS,
        "                _check(address)\n",
        "",
        ("tests/graphql/test_rate_limits.py",),
    ),
    Place(
        "a tenant does not take every connection",
        "graphql/almoner_graphql/planner/connections.py",
        ", self._shares.of(tenant_id):",
        ":",
        ("tests/graphql/test_noisy_tenants.py",),
    ),
    Place(
        "changing a policy needs a step-up",
        "graphql/almoner_graphql/authorization/policy_mutations.py",
        "    require_step_up(scope)\n",
        "",
        ("tests/graphql/test_policy_refusals.py", "tests/graphql/test_policy_api.py"),
    ),
    Place(
        "what is one's own is one's own",
        "graphql/almoner_graphql/authorization/role_types.py",
        "row.subject_id == SUBJECT, delegated",
        "row.subject_id == row.subject_id, delegated",
        ("tests/graphql/test_roles_api.py", "tests/graphql/test_authorization_matrix.py"),
    ),
]
