"""The article's chain, made and deleted by our command line."""

from typing import Any

WEBS = (("web1", "172.20.0.12"), ("web2", "172.20.0.6"))


def listener(lab: Any, name: str, port: int = 80) -> None:
    """Open a port of a load balancer."""
    lab.ok(
        *("lbaas-listener-create", "--protocol", "HTTP", "--protocol-port", str(port)),
        *("--loadbalancer", name, "--name", f"{name}_listener"),
    )


def pool(lab: Any, name: str) -> None:
    """Make the pool of a listener with both web servers and a monitor."""
    lab.ok(
        *("lbaas-pool-create", "--name", f"{name}_pool", "--listener", f"{name}_listener", "--loadbalancer", name),
        *("--protocol", "http", "--lb-algorithm", "ROUND_ROBIN"),
    )
    for web, address in WEBS:
        lab.ok(
            *("lbaas-member-create", "--name", f"{name}_{web}", "--subnet", "selfservice", "--address", address),
            *("--protocol", "80", f"{name}_pool"),
        )
    lab.ok(
        *("lbaas-healthmonitor-create", "--name", f"{name}_monitor", "--type", "HTTP", "--delay", "1"),
        *("--timeout", "1", "--pool", f"{name}_pool", "--max-retries", "2"),
    )


def chain(lab: Any, name: str) -> str:
    """Make a whole chain, wait until it is in force, and name the VIP."""
    vip: str = lab.value("vip_address", "lbaas-loadbalancer-create", "--name", name, "selfservice").splitlines()[-1]
    listener(lab, name)
    pool(lab, name)
    lab.reaches(name, "ACTIVE")
    return vip


def unchain(lab: Any, name: str) -> None:
    """Delete a chain in order and wait until it is gone."""
    lab.ok("lbaas-healthmonitor-delete", f"{name}_monitor")
    for web, _ in WEBS:
        lab.ok("lbaas-member-delete", f"{name}_{web}", f"{name}_pool")
    lab.ok("lbaas-pool-delete", f"{name}_pool")
    lab.ok("lbaas-listener-delete", f"{name}_listener")
    lab.ok("lbaas-loadbalancer-delete", name)
    lab.reaches(name, "GONE")
