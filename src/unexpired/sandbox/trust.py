"""Does a role's trust policy let this caller in?

The part of IAM's policy language that trust policies use: ``Effect``, ``Principal``, ``Action``, and the condition
operators and keys that STS fills in. What is not understood never allows: an unknown operator makes an ``Allow`` fail
and a ``Deny`` hold.

Source: "IAM JSON policy elements" and "IAM and AWS STS condition context keys" (IAM user guide).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


def allows(
    policy: Mapping[str, Any],
    *,
    action: str,
    principals: Iterable[str],
    account_id: str,
    provider: str | None = None,
    context: Mapping[str, str],
) -> bool:
    """Evaluate a trust policy: an explicit deny wins, and nothing is allowed that is not named.

    Args:
        policy: The parsed ``AssumeRolePolicyDocument``.
        action: For instance ``sts:AssumeRole``.
        principals: The caller's ARNs; empty for a federated caller.
        account_id: The caller's account; naming it trusts all its principals.
        provider: The ARN of the web-identity provider, None for AWS callers.
        context: Condition keys in lower case, with their values. A key that is absent is absent, not empty.
    """
    verdict = False
    arns = tuple(principals)
    for statement in _listed(policy.get("Statement")):
        deny = statement.get("Effect") == "Deny"
        concerns = _action_matches(statement, action) and _principal_matches(statement, arns, account_id, provider)
        if not concerns or not _conditions_hold(statement.get("Condition", {}), context, unknown=deny):
            continue
        if deny:
            return False
        verdict = statement.get("Effect") == "Allow"
    return verdict


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _action_matches(statement: Mapping[str, Any], action: str) -> bool:
    return any(_like(action.lower(), str(pattern).lower()) for pattern in _listed(statement.get("Action")))


def _principal_matches(
    statement: Mapping[str, Any], arns: tuple[str, ...], account_id: str, provider: str | None
) -> bool:
    principal = statement.get("Principal")
    if principal == "*":
        return True
    if not isinstance(principal, dict):
        return False
    if provider is not None:
        return provider in _listed(principal.get("Federated"))
    whole_account = {account_id, f"arn:aws:iam::{account_id}:root"}
    named = {str(each) for each in _listed(principal.get("AWS"))}
    return "*" in named or bool(named & whole_account) or bool(named & set(arns))


def _conditions_hold(conditions: Mapping[str, Any], context: Mapping[str, str], *, unknown: bool) -> bool:
    for operator, tests in conditions.items():
        bare, optional = operator.removesuffix("IfExists"), operator.endswith("IfExists")
        compare = _OPERATORS.get(bare)
        if compare is None and bare != "Null":
            return unknown
        for key, wanted in tests.items():
            actual = context.get(key.lower())
            values = [str(each) for each in _listed(wanted)]
            if bare == "Null":
                holds = (actual is None) == (values[0].lower() == "true")
            elif actual is None:
                # A missing key fails a test, satisfies a negated one, and is no matter to IfExists.
                holds = optional or "Not" in bare
            else:
                assert compare is not None  # noqa: S101 - the operator was found above
                holds = compare(actual, values)
            if not holds:
                return False
    return True


def _like(actual: str, pattern: str) -> bool:
    # IAM knows `*` and `?` only; fnmatch would also read square brackets.
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, actual, re.DOTALL) is not None


def _number(test: Callable[[float, float], bool]) -> Callable[[str, list[str]], bool]:
    return lambda actual, values: any(test(float(actual), float(each)) for each in values)


_OPERATORS: dict[str, Callable[[str, list[str]], bool]] = {
    "StringEquals": lambda actual, values: actual in values,
    "StringNotEquals": lambda actual, values: actual not in values,
    "StringEqualsIgnoreCase": lambda actual, values: actual.lower() in {each.lower() for each in values},
    "StringLike": lambda actual, values: any(_like(actual, each) for each in values),
    "StringNotLike": lambda actual, values: not any(_like(actual, each) for each in values),
    "ArnEquals": lambda actual, values: any(_like(actual, each) for each in values),
    "ArnLike": lambda actual, values: any(_like(actual, each) for each in values),
    "Bool": lambda actual, values: actual.lower() in {each.lower() for each in values},
    "NumericEquals": _number(lambda actual, wanted: actual == wanted),
    "NumericLessThan": _number(lambda actual, wanted: actual < wanted),
    "NumericLessThanEquals": _number(lambda actual, wanted: actual <= wanted),
    "NumericGreaterThan": _number(lambda actual, wanted: actual > wanted),
    "NumericGreaterThanEquals": _number(lambda actual, wanted: actual >= wanted),
}
