"""The read planner: a whole GraphQL query becomes one SQL statement, and PostgreSQL returns the finished JSON.

`declare` says how a type reads its table, `build` turns a selection into SQL, `plan` caches what was built, `reader`
runs it. graphql-core runs verbs, subscriptions and introspection; what these give back is read here too. See
`docs/planner.md`.
"""
