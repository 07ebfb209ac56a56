"""Health monitors on the LBaaS v2 wire."""

import re
from typing import Any

from openlbaas.dialects.fields import REQUIRED, Field, Table, shown
from openlbaas.dialects.neutron_lbaas_v2.rows import ADMIN_STATE_UP, ID, NAME, TENANT_ID, ids, provisioning
from openlbaas.dialects.resource import Resource
from openlbaas.dialects.values import closed_up, is_uuid, matching, one_of, seconds, to_int, within
from openlbaas.domain.caller import Caller
from openlbaas.domain.commands import CreateHealthMonitor, DeleteHealthMonitor, UpdateHealthMonitor
from openlbaas.domain.views import HealthMonitorView
from openlbaas.domain.vocabulary import HttpMethod, Kind, MonitorType

URL_PATH = r"(?:/(?:[A-Za-z0-9\-._~!$&'()*+,;=:@?]|%[0-9A-Fa-f]{2})*)+"
"""A path of RFC 3986 from its first slash, with a query."""

EXPECTED_CODES = r"[1-5][0-9]{2}(?:,[1-5][0-9]{2})*|[1-5][0-9]{2}-[1-5][0-9]{2}"
"""One status code, several, or a range."""

MAX_RETRIES_DOWN = 3
"""What a reply shows where the caller gave none."""

_HTTP_ONLY = ("http_method", "url_path", "expected_codes")
_codes_are_spelt = matching(EXPECTED_CODES, 64)


def _are_codes(value: Any) -> str | None:
    reason = _codes_are_spelt(value)
    span = None if reason else re.fullmatch("([0-9]{3})-([0-9]{3})", value)
    return f"'{value}' is not a valid input" if span and span[1] > span[2] else reason


TABLE = Table(
    "healthmonitor",
    "healthmonitors",
    (
        ID,
        TENANT_ID,
        NAME,
        Field("pool_id", "pool_id", put=False, check=is_uuid, default=REQUIRED),
        shown("pools"),
        Field("type", "type", put=False, check=one_of(MonitorType), build=MonitorType, default=REQUIRED),
        Field("delay", "delay_s", convert=to_int, check=seconds, default=REQUIRED),
        Field("timeout", "timeout_s", convert=to_int, check=seconds, default=REQUIRED),
        Field("max_retries", "max_retries", convert=to_int, check=within(1, 10), default=REQUIRED),
        Field("max_retries_down", "max_retries_down", convert=to_int, check=within(1, 10)),
        Field("http_method", "http_method", check=one_of(HttpMethod), build=HttpMethod),
        Field(
            "url_path",
            "url_path",
            convert=lambda value: "/" if value is None else value,
            check=matching(URL_PATH, 255),
        ),
        Field("expected_codes", "expected_codes", convert=closed_up, check=_are_codes),
        ADMIN_STATE_UP,
    ),
)


def render(view: HealthMonitorView, _caller: Caller) -> dict[str, Any]:
    """Show a health monitor; the three words of HTTP only where they mean something."""
    monitor = view.object
    down = monitor.max_retries_down
    reply = {
        "id": monitor.id,
        "tenant_id": monitor.project_id,
        "type": str(monitor.type),
        "delay": monitor.delay_s,
        "timeout": monitor.timeout_s,
        "max_retries": monitor.max_retries,
        "http_method": str(monitor.http_method),
        "url_path": monitor.url_path,
        "expected_codes": monitor.expected_codes,
        "admin_state_up": monitor.admin_state_up,
        "name": monitor.name,
        "max_retries_down": MAX_RETRIES_DOWN if down is None else down,
        "pools": ids([monitor.pool_id]),
    }
    if monitor.type not in (MonitorType.HTTP, MonitorType.HTTPS):
        for name in _HTTP_ONLY:
            del reply[name]
    return reply


HEALTH_MONITORS = Resource(
    kind=Kind.HEALTH_MONITOR,
    table=TABLE,
    render=render,
    visible=frozenset(row.name for row in TABLE.fields) - {"pool_id"},
    find_by=lambda view: {"pool_id": view.object.pool_id, **provisioning(view)},
    hidden=frozenset({"pool_id", "project_id", "provisioning_status"}),
    creation=lambda objects, _parent_id: CreateHealthMonitor(**objects[0]),
    update=lambda id_, _parent_id, values: UpdateHealthMonitor(id=id_, **values),
    deletion=lambda id_, _parent_id: DeleteHealthMonitor(id_),
    parent="pool_id",
)
