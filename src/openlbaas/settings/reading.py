"""From command line, environment and files to values, with one clear line for whatever is wrong."""

import ipaddress
import os
import re
import sys
from collections.abc import Sequence
from itertools import pairwise

from oslo_config import cfg

from openlbaas import __version__
from openlbaas.settings import values as v
from openlbaas.settings.options import DEFAULT_PROVIDERS, LARGEST_VNI, hostname, registered
from openlbaas.settings.sources import unread

DEFAULT_FILES = ("/etc/openlbaas/openlbaas.conf",)
_SERVICE_TYPE = "LOADBALANCERV2"
_SCHEDULERS = {
    "chance": "chance",
    "least_loaded": "least_loaded",
    "zone_spread": "zone_spread",
    "neutron_lbaas.agent_scheduler.ChanceScheduler": "chance",
}
_DRIVERS = {
    "haproxy_ns": "haproxy_ns",
    "neutron_lbaas.drivers.haproxy.plugin_driver.HaproxyOnHostPluginDriver": "haproxy_ns",
}
_PARTS_OF_A_PROVIDER = 3


class BadOption(ValueError):
    """An option's value can't be used; the text names the option and says why."""


def load(argv: Sequence[str], program: str) -> v.Settings:
    """Read the options of a process; a mistake in them ends it with one line on standard error and status 1."""
    try:
        return settings(parsed(argv, program))
    except MISTAKES as error:
        sys.stderr.write(f"{program}: {told(error)}\n")
        sys.exit(1)


MISTAKES = (cfg.Error, BadOption, UnicodeDecodeError, OSError)
"""What reading the configuration may raise for something that a person must put right."""


def told(error: Exception) -> str:
    """Say in one line what is wrong with the configuration; a file is named as such, not as oslo.config prints it."""
    if isinstance(error, UnicodeDecodeError):
        return f"a configuration file is not UTF-8 text: {error}"
    if isinstance(error, OSError):
        return f"configuration file {error.filename} can't be read: {error.strerror}"
    text = " ".join(str(error).split())
    return re.sub(r"LocationInfo\(.*?detail='(.*?)'\)", r"\1", text)


def parsed(argv: Sequence[str], program: str) -> cfg.ConfigOpts:
    """Read command line, environment and files.

    Raises: oslo_config.cfg.Error.
    """
    conf = registered()
    files = [name for name in DEFAULT_FILES if os.access(name, os.R_OK)]
    conf(
        list(argv),
        project="openlbaas",
        prog=program,
        version=__version__,
        default_config_files=files,
        default_config_dirs=[],
    )
    return conf


def settings(conf: cfg.ConfigOpts) -> v.Settings:
    """Turn options into values.

    Raises: oslo_config.cfg.Error; BadOption.
    """
    return v.Settings(
        api=v.Api(
            bind_host=conf.bind_host,
            bind_port=conf.bind_port,
            refuse_while_pending=conf.api.refuse_while_pending,
            pagination_max_limit=conf.pagination_max_limit,
            max_body_bytes=conf.api.max_body_bytes,
            patience_s=conf.api.patience,
        ),
        database=v.Database(
            connection=_connection(conf),
            max_pool_size=conf.database.max_pool_size,
            max_overflow=conf.database.max_overflow,
            connection_recycle_time=conf.database.connection_recycle_time,
            pool_timeout=conf.database.pool_timeout,
        ),
        identity=_identity(conf),
        host_protocol=v.HostProtocol(conf.host_protocol.token, _servers(conf), conf.host_protocol.feed_wait),
        agent=_agent(conf),
        haproxy=v.Haproxy(
            binary=conf.haproxy.binary,
            user=conf.haproxy.user,
            user_group=conf.haproxy.user_group,
            send_gratuitous_arp=conf.haproxy.send_gratuitous_arp,
            hard_stop_after_s=conf.haproxy.hard_stop_after,
            drain_timeout_s=conf.haproxy.drain_timeout,
            merge_memory=conf.haproxy.merge_memory,
            state_path=conf.haproxy.loadbalancer_state_path,
        ),
        keepalived=v.Keepalived(conf.keepalived.binary, conf.keepalived.advertisement_interval),
        scheduling=_scheduling(conf),
        network=_network(conf),
        wiring=_wiring(conf),
        providers=_providers(conf.service_providers.service_provider),
        quotas=_quotas(conf),
        certificates=_certificates(conf),
        unread=tuple(unread(conf)),
        log=v.Log(conf.debug, "json" if conf.use_json else "console", conf.log_file),
    )


def _connection(conf: cfg.ConfigOpts) -> str:
    connection: str = conf.database.connection
    if not re.match(r"\w+(\+\w+)?://", connection):
        message = "[database] connection is not a URL such as sqlite:////var/lib/openlbaas/openlbaas.db"
        raise BadOption(message)
    return connection


def _servers(conf: cfg.ConfigOpts) -> tuple[str, ...]:
    servers = tuple(url.rstrip("/") for url in conf.host_protocol.servers)
    if not servers or not all(re.fullmatch(r"https?://[^/\s]+(/\S*)?", url) for url in servers):
        raise BadOption(f"[host_protocol] servers = {','.join(servers)} is not a list of http:// or https:// URLs")
    return servers


def _identity(conf: cfg.ConfigOpts) -> v.Identity:
    made = v.Identity(conf.identity.driver, conf.identity.tokens_file, conf.identity.noauth_project_id)
    if made.driver == "tokens" and not made.tokens_file:
        message = "[identity] driver = tokens needs [identity] tokens_file"
        raise BadOption(message)
    return made


def _certificates(conf: cfg.ConfigOpts) -> v.Certificates:
    if conf.certificates.cert_manager_type != "local":
        raise BadOption(
            f"[certificates] cert_manager_type = {conf.certificates.cert_manager_type} is not built: set it to local "
            "and upload the certificates with `openlbaas loadbalancer certificate create`"
        )
    return v.Certificates(conf.certificates.key_file)


def _agent(conf: cfg.ConfigOpts) -> v.AgentOptions:
    return v.AgentOptions(
        host=conf.agent.host or hostname(),
        state_path=conf.state_path,
        report_interval_s=conf.agent.report_interval,
        workers=conf.agent.workers,
        availability_zone=conf.agent.availability_zone,
        measure_interval_s=conf.agent.measure_interval,
        heal_interval_s=conf.agent.heal_interval,
        capacity=conf.agent.capacity,
    )


def _scheduling(conf: cfg.ConfigOpts) -> v.Scheduling:
    driver = _SCHEDULERS.get(conf.loadbalancer_scheduler_driver)
    if driver is None:
        message = (
            f"loadbalancer_scheduler_driver = {conf.loadbalancer_scheduler_driver} is not known; "
            f"these are: {', '.join(_SCHEDULERS)}"
        )
        raise BadOption(message)
    return v.Scheduling(
        agent_down_time_s=conf.agent_down_time,
        loadbalancer_scheduler_driver=driver,
        allow_automatic_lbaas_agent_failover=conf.allow_automatic_lbaas_agent_failover,
        enable_new_agents=conf.enable_new_agents,
        failback=conf.scheduling.failback,
        brake_timeout_s=conf.scheduling.brake_timeout,
    )


def _network(conf: cfg.ConfigOpts) -> v.NetworkOptions:
    given = conf.network
    return v.NetworkOptions(
        base_mac=conf.base_mac.lower(),
        default_mtu=given.default_mtu,
        tenant_network_type=given.tenant_network_type,
        vni_ranges=_ranges(given.vni_ranges),
        overlay_ip_version=given.overlay_ip_version,
    )


def _ranges(lines: Sequence[str]) -> tuple[tuple[int, int], ...]:
    found = []
    for line in filter(None, lines):
        numbers = re.fullmatch(r"\s*(\d{1,8})\s*:\s*(\d{1,8})\s*", line)
        first, last = (int(numbers[1]), int(numbers[2])) if numbers else (0, 0)
        if not 1 <= first <= last <= LARGEST_VNI:
            raise BadOption(f"[network] vni_ranges = {line} is not first:last, between 1 and {LARGEST_VNI}")
        found.append((first, last))
    found.sort()
    if any(start <= end for (_, end), (start, _) in pairwise(found)):
        message = "[network] vni_ranges overlap"
        raise BadOption(message)
    return tuple(found)


def _address(option: str, text: str) -> str:
    try:
        return str(ipaddress.ip_address(text)) if text else ""
    except ValueError:
        raise BadOption(f"{option} = {text} is not an IP address") from None


def _wiring(conf: cfg.ConfigOpts) -> v.Wiring:
    made = v.Wiring(
        _mappings("physical_interface_mappings", conf.linux_bridge.physical_interface_mappings),
        _mappings("bridge_mappings", conf.linux_bridge.bridge_mappings),
        _address("[vxlan] local_ip", conf.vxlan.local_ip) if conf.vxlan.enable_vxlan else "",
        conf.vxlan.udp_dstport,
    )
    interfaces = list(made.interface_mappings.values())
    if len(set(interfaces)) < len(interfaces):
        message = "[linux_bridge] physical_interface_mappings names one interface twice"
        raise BadOption(message)
    return made


def _mappings(option: str, lines: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in filter(None, lines):
        network, colon, interface = (part.strip() for part in line.partition(":"))
        if not (network and colon and re.fullmatch(r"[^\s/:]{1,15}", interface)):
            raise BadOption(f"[linux_bridge] {option} = {line} is not network:interface")
        if network in found:
            raise BadOption(f"[linux_bridge] {option} names the physical network {network} twice")
        found[network] = interface
    return found


def _quotas(conf: cfg.ConfigOpts) -> v.Quotas:
    return v.Quotas(
        network=conf.quotas.quota_network,
        subnet=conf.quotas.quota_subnet,
        port=conf.quotas.quota_port,
        load_balancer=conf.quotas.quota_loadbalancer,
        listener=conf.quotas.quota_listener,
        pool=conf.quotas.quota_pool,
        member=conf.quotas.quota_member,
        health_monitor=conf.quotas.quota_healthmonitor,
        l7_policy=conf.quotas.default_quota,
    )


def _providers(lines: Sequence[str]) -> tuple[v.ProviderOption, ...]:
    # A file that only names providers of other services has not spoken of load balancers.
    ours = [line for line in lines if line.split(":")[0] == _SERVICE_TYPE] or DEFAULT_PROVIDERS
    made = tuple(_provider(line) for line in ours)
    if len({one.name for one in made}) < len(made):
        message = "[service_providers] service_provider names one provider twice"
        raise BadOption(message)
    if sum(one.default for one in made) > 1:
        message = "[service_providers] service_provider has more than one default"
        raise BadOption(message)
    return made


def _provider(line: str) -> v.ProviderOption:
    parts = line.strip().split(":")
    if len(parts) < _PARTS_OF_A_PROVIDER or parts[_PARTS_OF_A_PROVIDER:] not in ([], ["default"]):
        raise BadOption(f"[service_providers] service_provider = {line} is not type:name:driver[:default]")
    driver = _DRIVERS.get(parts[2])
    if driver is None:
        raise BadOption(
            f"[service_providers] service_provider = {line}: driver {parts[2]} is not known; "
            f"these are: {', '.join(_DRIVERS)}"
        )
    return v.ProviderOption(parts[1].lower(), driver, default=len(parts) > _PARTS_OF_A_PROVIDER)
