"""What can be wrong with layer 7 policies and rules; the whole tree is drawn in :mod:`openlbaas.domain.errors`."""

from openlbaas.domain.errors import Invalid, Mismatch, NotFound
from openlbaas.domain.vocabulary import Kind


class RuleKeyMissing(Invalid):
    """A layer 7 rule on a header or a cookie does not say which."""

    code = "rule_key_missing"

    def __init__(self) -> None:
        super().__init__("key", "is required for rules of type HEADER and COOKIE")


class RuleKeyInvalid(Invalid):
    """The key of a layer 7 rule is no name of a header or a cookie."""

    code = "rule_key_invalid"

    def __init__(self) -> None:
        super().__init__("key", "has characters that no header or cookie name may have")


class RuleValueInvalid(Invalid):
    """The value of a layer 7 rule can't occur in what it looks at."""

    code = "rule_value_invalid"

    def __init__(self, part: str) -> None:
        """Name what is looked at: "cookie" or "header"."""
        super().__init__("value", f"has characters that no {part} may have")
        self.part = part


class RuleRegexInvalid(Invalid):
    """The value of a layer 7 rule is no regular expression."""

    code = "rule_regex_invalid"

    def __init__(self, why: str) -> None:
        super().__init__("value", f"is no regular expression: {why}")
        self.why = why


class CompareTypeUnsupported(Invalid):
    """A layer 7 rule of this type can't be compared like this."""

    code = "compare_type_unsupported"

    def __init__(self, type: str) -> None:  # noqa: A002 - the field's own word
        super().__init__("compare_type", f"does not go with rules of type {type}")
        self.type = type


class RuleNotOfPolicy(NotFound):
    """The layer 7 rule belongs to another policy."""

    code = "rule_not_of_policy"

    def __init__(self, rule_id: str, policy_id: str) -> None:
        super().__init__(Kind.L7_RULE, rule_id)
        self.policy_id = policy_id


class RedirectPoolMissing(Mismatch):
    """A policy is to redirect to a pool, and none is named."""

    code = "redirect_pool_missing"


class RedirectUrlMissing(Mismatch):
    """A policy is to redirect to a URL, and none is named."""

    code = "redirect_url_missing"
