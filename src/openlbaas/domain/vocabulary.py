"""The words of the field, each with the closed set of values it may take.

The values are those of the two public APIs, so that no dialect has to translate them.
"""

from enum import StrEnum


class Kind(StrEnum):
    """Every kind of thing that a caller can name."""

    LOAD_BALANCER = "load_balancer"
    LISTENER = "listener"
    POOL = "pool"
    MEMBER = "member"
    HEALTH_MONITOR = "health_monitor"
    L7_POLICY = "l7_policy"
    L7_RULE = "l7_rule"
    CERTIFICATE = "certificate"
    EVENT = "event"
    FLAVOR = "flavor"
    SERVICE_PROFILE = "service_profile"
    NETWORK = "network"
    SUBNET = "subnet"
    PORT = "port"
    AGENT = "agent"


class Topology(StrEnum):
    """How many hosts serve a load balancer."""

    SINGLE = "SINGLE"
    ACTIVE_STANDBY = "ACTIVE_STANDBY"


class Role(StrEnum):
    """What one host of two is for a load balancer at the moment."""

    ACTIVE = "ACTIVE"
    STANDBY = "STANDBY"
    FAULT = "FAULT"


class Protocol(StrEnum):
    """What a listener or a pool speaks."""

    HTTP = "HTTP"
    HTTPS = "HTTPS"
    TCP = "TCP"
    TERMINATED_HTTPS = "TERMINATED_HTTPS"


class Algorithm(StrEnum):
    """How a pool chooses a member for a new connection or request."""

    ROUND_ROBIN = "ROUND_ROBIN"
    LEAST_CONNECTIONS = "LEAST_CONNECTIONS"
    SOURCE_IP = "SOURCE_IP"


class PersistenceType(StrEnum):
    """How a client is kept on the member that served it first."""

    SOURCE_IP = "SOURCE_IP"
    HTTP_COOKIE = "HTTP_COOKIE"
    APP_COOKIE = "APP_COOKIE"


class MonitorType(StrEnum):
    """What a health monitor sends to a member."""

    HTTP = "HTTP"
    HTTPS = "HTTPS"
    PING = "PING"
    TCP = "TCP"


class HttpMethod(StrEnum):
    """The request method of an HTTP or HTTPS health monitor."""

    GET = "GET"
    HEAD = "HEAD"
    POST = "POST"
    PUT = "PUT"
    DELETE = "DELETE"
    TRACE = "TRACE"
    OPTIONS = "OPTIONS"
    CONNECT = "CONNECT"
    PATCH = "PATCH"


class PolicyAction(StrEnum):
    """What a layer 7 policy does with a request that all its rules match."""

    REJECT = "REJECT"
    REDIRECT_TO_POOL = "REDIRECT_TO_POOL"
    REDIRECT_TO_URL = "REDIRECT_TO_URL"


class RuleType(StrEnum):
    """Which part of a request a layer 7 rule looks at."""

    HOST_NAME = "HOST_NAME"
    PATH = "PATH"
    FILE_TYPE = "FILE_TYPE"
    HEADER = "HEADER"
    COOKIE = "COOKIE"


class CompareType(StrEnum):
    """How a layer 7 rule compares it."""

    REGEX = "REGEX"
    STARTS_WITH = "STARTS_WITH"
    ENDS_WITH = "ENDS_WITH"
    CONTAINS = "CONTAINS"
    EQUAL_TO = "EQUAL_TO"


class Operating(StrEnum):
    """What a load balancer, listener, pool or member is doing for traffic."""

    ONLINE = "ONLINE"
    OFFLINE = "OFFLINE"
    DEGRADED = "DEGRADED"
    DISABLED = "DISABLED"
    ERROR = "ERROR"
    NO_MONITOR = "NO_MONITOR"


class MemberHealth(StrEnum):
    """What a host last saw of one member."""

    UP = "UP"
    DOWN = "DOWN"
    UNCHECKED = "UNCHECKED"
