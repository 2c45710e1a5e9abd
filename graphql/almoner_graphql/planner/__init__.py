"""The read planner: a whole GraphQL query becomes one SQL statement, and PostgreSQL returns the finished JSON.

`declare` says how a type reads its table, `build` turns a selection into SQL, `plan` caches what was built, `reader`
runs it. A query with a part that nobody has declared goes down the slow road: graphql-core and resolvers.
"""
