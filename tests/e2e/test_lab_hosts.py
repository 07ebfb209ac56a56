"""Three hosts and two servers of a lab: what dies, is cut off and comes back."""

import json
import subprocess

import pytest
from many import WEBS, Many
from waits import eventually

pytestmark = pytest.mark.root


def test_a_host_dies_with_all_on_it_and_comes_back_empty(many: Many) -> None:
    chain = many.chain("dying")
    old = many.where(chain)
    assert many.traces(chain) == {old}
    assert f"{old} is dead" in many.verb("kill", old)
    assert "dead already" in many.verb("kill", old)
    eventually(lambda: many.where(chain) not in {"", old}, "another host")
    many.answers(chain)
    many.reaches(chain, "ACTIVE")
    many.verb("boot", old)
    assert many.traces(chain) == {many.where(chain)}
    assert many.ask(chain) in WEBS
    (moved,) = many.events(chain, "moved")
    assert moved["text"].startswith(f"moved from {old} to {many.where(chain)}: ")


def test_servers_are_reached_at_an_address_that_is_no_hosts(many: Many) -> None:
    command = ["ip", "-json", "-netns", many.names.namespace("control"), "link", "show"]
    links = {link["ifname"]: link["address"] for link in json.loads(subprocess.check_output(command))}
    # A bridge has that of one of its ports by itself, and is not found any more when this host dies.
    assert links.pop("control") not in links.values()
    assert set(many.hosts) <= set(links)


def test_a_host_boots_while_it_is_cut_off(many: Many) -> None:
    told = many.lab.told["hosts"][0]
    many.verb("cut", "host1", "--control")
    many.verb("kill", "host1")
    many.verb("boot", "host1")
    assert many.lab.told["hosts"][0]["agent_pid"] not in {None, told["agent_pid"]}
    assert pings(many, "host1", "10.255.0.1") == 1
    many.verb("heal", "host1")
    assert pings(many, "host1", "10.255.0.1") == 0


def test_a_host_that_is_cut_off_from_servers_serves_on_until_it_is_replaced(many: Many) -> None:
    chain = many.chain("cut")
    old = many.where(chain)
    many.verb("cut", old, "--control")
    assert many.ask(chain) in WEBS
    assert "CUT OFF from control" in status(many)
    eventually(lambda: many.where(chain) not in {"", old}, "another host")
    many.answers(chain)
    many.verb("heal", old)
    eventually(lambda: many.traces(chain) == {many.where(chain)}, "one host with it", 40)
    many.answers(chain)


def test_a_host_that_is_cut_off_from_tenants_is_not_reached(many: Many) -> None:
    chain = many.chain("unreached")
    host = many.where(chain)
    many.verb("cut", host, "--tenant")
    assert many.ask(chain) == ""
    eventually(lambda: pings(many, host, "10.255.0.1") == 0, "an answer on the control network")
    many.verb("heal", host)
    many.answers(chain)


def test_one_server_of_two_is_enough(many: Many) -> None:
    chain = many.chain("served")
    many.verb("kill-server", "1")
    assert "server1" in status(many)
    assert many.ask(chain) in WEBS
    many.verb("start-server", "1")
    many.verb("kill-server", "2")
    other = many.chain("other")
    assert many.ask(other) in WEBS
    many.verb("start-server", "2")
    assert all(server["pid"] for server in many.lab.told["servers"])


def test_an_agent_dies_and_starts_again(many: Many) -> None:
    many.verb("kill-agent", "host2")
    assert many.lab.told["hosts"][1]["agent_pid"] is None
    assert many.lab.told["hosts"][1]["pid"] is not None
    many.verb("start-agent", "host2")
    assert many.lab.told["hosts"][1]["agent_pid"] is not None
    assert "CUT" not in status(many, 0)


def status(many: Many, code: int = 1) -> str:
    ran = many.lab.run("lab", "status", "--dir", str(many.lab.folder))
    assert ran.returncode == code, ran.stdout
    return ran.stdout


def pings(many: Many, host: str, address: str) -> int:
    words = ("exec", "--dir", str(many.lab.folder), host, "--", "ping", "-c", "1", "-W", "1", address)
    return many.lab.run("lab", *words).returncode
