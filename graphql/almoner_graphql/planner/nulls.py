"""Whether an SQL expression can be null, as far as it shows."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BinaryExpression, Case, Cast, Column
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import (
    BindParameter,
    ColumnClause,
    ExpressionClauseList,
    Grouping,
    Label,
    UnaryExpression,
)
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.selectable import Exists, ScalarSelect
from sqlalchemy.sql.visitors import iterate

from almoner_graphql.planner.values import Template

#: Null only if an argument is.
_STRICT_FUNCTIONS = frozenset({"encode", "convert_to", "translate", "upper", "lower", "to_json", "jsonb_typeof"})
_STRICT_OPERATORS = frozenset(
    {operators.eq, operators.ne, operators.lt, operators.le, operators.gt, operators.ge}
    | {operators.add, operators.sub, operators.mul, operators.concat_op}
)
_NEVER_OPERATORS = frozenset(
    {operators.is_, operators.is_not, operators.is_distinct_from, operators.is_not_distinct_from}
)
_AGGREGATES = frozenset({"count", "json_agg", "array_agg", "sum", "min", "max", "bool_or", "bool_and"})


def never_null(expression: Any) -> bool:  # noqa: PLR0911 - a line for each kind of expression
    """Whether the expression is certainly not null; False if that cannot be told."""
    match expression:
        case Template():
            return never_null(expression.value)
        case Exists():  # which SQLAlchemy makes an UnaryExpression
            return True
        case Label() | Grouping() | UnaryExpression():
            return never_null(expression.element)
        case ScalarSelect():
            return _is_aggregate(expression)
        case Cast():
            return never_null(expression.clause)
        case Case():
            results = [result for _condition, result in expression.whens]
            return expression.else_ is not None and all(never_null(one) for one in [*results, expression.else_])
        case FunctionElement():
            return _function(expression)
        case BinaryExpression():
            return _binary(expression)
        case ExpressionClauseList():
            return all(never_null(one) for one in expression.clauses)
        case BindParameter():
            return True
        case Column():
            return not expression.nullable
        case ColumnClause():
            return expression.is_literal and expression.name.lower() != "null"
    return False


def _function(function: Any) -> bool:
    arguments = [*function.clauses]
    if function.name == "coalesce":
        return any(never_null(one) for one in arguments)
    if function.name in ("count", "json_build_object"):
        return True
    return function.name in _STRICT_FUNCTIONS and all(never_null(one) for one in arguments)


def _binary(expression: Any) -> bool:
    operator = expression.operator
    if operator in _NEVER_OPERATORS:
        return True
    strict = operator in _STRICT_OPERATORS or getattr(operator, "opstring", None) == "||"
    return strict and never_null(expression.left) and never_null(expression.right)


def _is_aggregate(scalar: Any) -> bool:
    """A select of one aggregate without groups has a row whatever it is selected from."""
    select = scalar.element
    (column,) = select.selected_columns
    found = any(isinstance(one, FunctionElement) and one.name in _AGGREGATES for one in iterate(column))
    return found and not select._group_by_clauses and never_null(column)
