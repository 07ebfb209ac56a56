"""Layer 7 policies: which request is refused, sent elsewhere or given to another pool.

HAProxy evaluates every ``http-request`` before any ``use_backend``, so the first policy that a request matches is noted
in a variable, by position, whatever it does; then the one that was noted is carried out. What a rule compares with
stands in a file of its own, one value in each, so no value is part of the configuration's text that must not be.
"""

import re
from collections.abc import Collection, Iterator

from openlbaas.desired.spec import ListenerSpec, PolicySpec, RuleSpec
from openlbaas.domain.errors import ConfigRejected
from openlbaas.domain.vocabulary import CompareType, PolicyAction, RuleType
from openlbaas.haproxy import words
from openlbaas.haproxy.rendered import Plain

_RULES_ON_A_LINE = 40
"""HAProxy reads 64 words of a line."""

_COMPARE = {
    CompareType.REGEX: "reg",
    CompareType.STARTS_WITH: "beg",
    CompareType.ENDS_WITH: "end",
    CompareType.CONTAINS: "sub",
    CompareType.EQUAL_TO: "str",
}
# Empty where the last segment of the path has no dot, else what follows its last dot.
_FILE_TYPE = "path,regsub('^.*/[^./]*$',),regsub('^.*[.]',)"
_QUOTED = re.compile(r'"(.*)"', re.DOTALL)
_QUOTED_LETTER = re.compile(r"\\(.)", re.DOTALL)
_USE = "use_backend"
PATTERNS = ".pattern"
"""How the names of files of patterns end."""
_FREE = "!{ var(txn.policy) -m found }"


def lines(listener: ListenerSpec, pools: Collection[str], folder: str) -> Iterator[str]:
    """Write what a frontend does with requests that match a policy.

    Shape:  a policy without rules matches nothing; pools are the ids of those that there are, folder is that of files
    Raises: ConfigRejected.
    """
    policies = _effective(listener)
    for policy in policies:
        yield from _noted(policy, folder)
    # HAProxy warns of a use_backend that stands before what it evaluates first; only one is carried out anyway.
    yield from sorted((_carried_out(policy, pools) for policy in policies), key=lambda line: line.startswith(_USE))


def files(listener: ListenerSpec) -> dict[str, Plain]:
    """Write the values of a listener's rules.

    Shape:  by the name of the file; a value that no file can hold has none
    Raises: ConfigRejected.
    """
    rules = (rule for policy in _effective(listener) for rule in policy.rules)
    held = ((_file_name(rule), _line(_value(rule), rule)) for rule in rules)
    return {name: Plain(f"{line}\n") for name, line in held if line is not None}


def _effective(listener: ListenerSpec) -> tuple[PolicySpec, ...]:
    policies = tuple(policy for policy in listener.policies if policy.rules)
    if policies and words.mode(listener.protocol) != "http":
        raise ConfigRejected(f"a {listener.protocol[:64]} listener reads no requests, so it can't have policies")
    return policies


def _noted(policy: PolicySpec, folder: str) -> Iterator[str]:
    for rule in policy.rules:
        # Where one name has several lines, one of them has to hold.
        yield from (f"acl {words.name(rule.id)} {_test(rule, fetch, folder)}" for fetch in _fetches(rule))
    conditions = [f"!{rule.id}" if rule.invert else rule.id for rule in policy.rules]
    name = words.name(policy.id)
    if len(conditions) <= _RULES_ON_A_LINE:
        yield f"http-request set-var(txn.policy) str({name}) if {_FREE} {' '.join(conditions)}"
        return
    for start in range(0, len(conditions), _RULES_ON_A_LINE):
        some = " ".join(conditions[start : start + _RULES_ON_A_LINE])
        yield f"http-request set-var(txn.missed) str({name}) unless {some}"
    yield f"http-request set-var(txn.policy) str({name}) if {_FREE} !{{ var(txn.missed) -m str {name} }}"


def _carried_out(policy: PolicySpec, pools: Collection[str]) -> str:
    noted = f"if {{ var(txn.policy) -m str {words.name(policy.id)} }}"
    match policy.action:
        case PolicyAction.REJECT:
            return f"http-request deny deny_status 403 {noted}"
        case PolicyAction.REDIRECT_TO_URL:
            return f"http-request redirect location {words.location(policy.redirect_url)} code 302 {noted}"
        case PolicyAction.REDIRECT_TO_POOL:
            if policy.redirect_pool_id is None or policy.redirect_pool_id not in pools:
                raise ConfigRejected(f"the policy {policy.id} redirects to a pool that is not there")
            return f"{_USE} {words.name(policy.redirect_pool_id)} {noted}"
        case _:
            raise ConfigRejected(f"the action {policy.action[:64]!r} is not known here")


def _test(rule: RuleSpec, fetch: str, folder: str) -> str:
    """Write a condition as the words after an ACL's name."""
    value, how = _value(rule), _compare(rule)
    if not value:
        # The empty value begins, ends and is part of everything; HAProxy takes no empty pattern.
        return f"{fetch} -m len 0" if how == "str" else f"{fetch} -m found"
    flags = " -i" if rule.type == RuleType.HOST_NAME else ""
    if _line(value, rule) is None:
        return f"{fetch}{flags} -m {how} -- {words.printable(value)}"
    return f"{fetch}{flags} -m {how} -f {words.file_path(f'{folder}/{_file_name(rule)}')}"


def _fetches(rule: RuleSpec) -> tuple[str, ...]:
    """Say what is looked at: of a header each part between commas, and all of it where the value has a comma, too."""
    match rule.type:
        case RuleType.HOST_NAME:
            return ("req.hdr(host),host_only",)
        case RuleType.PATH:
            return ("path",)
        case RuleType.FILE_TYPE:
            return (words.quoted(_FILE_TYPE),)
        case RuleType.HEADER:
            fetches = ("req.hdr", "req.fhdr") if "," in rule.value else ("req.hdr",)
            return tuple(words.of(fetch, rule.key, "header name") for fetch in fetches)
        case RuleType.COOKIE:
            return (words.of("req.cook", rule.key, "cookie name"),)
        case _:
            raise ConfigRejected(f"the type {rule.type[:64]!r} of a rule is not known here")


def _compare(rule: RuleSpec) -> str:
    try:
        return _COMPARE[CompareType(rule.compare_type)]
    except ValueError:
        raise ConfigRejected(f"the compare type {rule.compare_type[:64]!r} is not known here") from None


def _value(rule: RuleSpec) -> str:
    """Read a value: one in double quotes is what stands between them, as RFC 7230 has it; regular expressions aside."""
    value = words.pattern(rule.value)
    quoted = _QUOTED.fullmatch(value)
    if quoted is None or rule.compare_type == CompareType.REGEX:
        return value
    return _QUOTED_LETTER.sub(r"\1", quoted[1])


def _line(value: str, rule: RuleSpec) -> str | None:
    """Write a value as the line of a file, from which HAProxy takes leading blanks and whole lines that begin with #.

    Shape: None where that can't be.
    """
    if not value:
        return None
    if value[0] in " \t":
        if rule.compare_type != CompareType.REGEX:
            return None
        return f"\\x{ord(value[0]):02x}{value[1:]}"
    return f" {value}" if value[0] == "#" else value


def _file_name(rule: RuleSpec) -> str:
    return f"{words.name(rule.id)}{PATTERNS}"
