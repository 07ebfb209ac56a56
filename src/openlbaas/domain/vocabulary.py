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
    NETWORK = "network"
    SUBNET = "subnet"
    PORT = "port"
    AGENT = "agent"


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
