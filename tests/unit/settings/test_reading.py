"""From files, environment and command line to values; mistakes are one line."""

from pathlib import Path

import pytest

from openlbaas.settings import Settings, load
from openlbaas.settings.values import ProviderOption

ORIGINAL_SERVER = """\
[DEFAULT]
core_plugin = ml2
service_plugins = router,lbaasv2
bind_port = 9797
agent_down_time = 75
host = node7
state_path = /var/lib/neutron
transport_url = rabbit://guest:guest@broker
[AGENT]
report_interval = 30
root_helper = sudo
[keystone_authtoken]
auth_url = http://keystone:5000
"""
ORIGINAL_LBAAS = """\
[DEFAULT]
loadbalancer_scheduler_driver = neutron_lbaas.agent_scheduler.ChanceScheduler
allow_automatic_lbaas_agent_failover=True
[service_providers]
service_provider = LOADBALANCERV2:Haproxy:neutron_lbaas.drivers.haproxy.plugin_driver.HaproxyOnHostPluginDriver:default
service_provider = VPN:openswan:neutron_vpnaas.services.vpn.service_drivers.ipsec.IPsecVPNDriver:default
"""
ORIGINAL_AGENT = """\
[DEFAULT]
interface_driver = linuxbridge
send_gratuitous_arp = 5
[haproxy]
user_group = haproxy
loadbalancer_state_path = $state_path/balancers
"""


def read(folder: Path, *texts: str) -> Settings:
    """Read files of these texts, in this order."""
    words = []
    for number, text in enumerate(texts):
        file = folder / f"{number}.conf"
        file.write_text(text)
        words += ["--config-file", str(file)]
    return load(words, "openlbaas-test")


def refusal(folder: Path, text: str, capsys: pytest.CaptureFixture[str]) -> str:
    """Read a file that cannot be used; the answer is what standard error was told."""
    with pytest.raises(SystemExit) as ended:
        read(folder, text)
    assert ended.value.code == 1
    return capsys.readouterr().err


def test_without_files_everything_has_its_default(tmp_path: Path) -> None:
    settings = read(tmp_path, "")
    assert (settings.api.bind_host, settings.api.bind_port) == ("127.0.0.1", 9696)
    assert settings.database.connection == "sqlite:////var/lib/openlbaas/openlbaas.db"
    assert settings.haproxy.state_path == "/var/lib/openlbaas/lbaas"
    assert settings.providers == (ProviderOption("haproxy", "haproxy_ns", default=True),)
    assert settings.unread == ()


def test_the_originals_numbers_of_connections_are_obeyed(tmp_path: Path) -> None:
    text = "[database]\nmax_pool_size = 0\nmax_overflow = -1\nconnection_recycle_time = 3600\npool_timeout = 30\n"
    database = read(tmp_path, text).database
    assert (database.max_pool_size, database.max_overflow) == (0, -1)
    assert (database.connection_recycle_time, database.pool_timeout) == (3600, 30)


def test_the_originals_files_are_obeyed_as_they_are(tmp_path: Path) -> None:
    settings = read(tmp_path, ORIGINAL_SERVER, ORIGINAL_LBAAS, ORIGINAL_AGENT)
    assert settings.api.bind_port == 9797
    assert settings.scheduling.agent_down_time_s == 75
    assert settings.scheduling.loadbalancer_scheduler_driver == "chance"
    assert settings.scheduling.allow_automatic_lbaas_agent_failover
    assert settings.agent.host == "node7"
    assert settings.agent.report_interval_s == 30
    assert settings.agent.state_path == "/var/lib/neutron"
    assert settings.haproxy.user_group == "haproxy"
    assert settings.haproxy.send_gratuitous_arp == 5
    assert settings.haproxy.state_path == "/var/lib/neutron/balancers"
    assert settings.providers == (ProviderOption("haproxy", "haproxy_ns", default=True),)


def test_options_that_nobody_reads_are_named_once_each(tmp_path: Path) -> None:
    settings = read(tmp_path, ORIGINAL_SERVER, ORIGINAL_SERVER, ORIGINAL_AGENT)
    assert settings.unread == (
        "DEFAULT.core_plugin",
        "DEFAULT.service_plugins",
        "DEFAULT.transport_url",
        "AGENT.root_helper",
        "keystone_authtoken.auth_url",
        "DEFAULT.interface_driver",
    )


def test_the_later_file_wins(tmp_path: Path) -> None:
    assert read(tmp_path, "[DEFAULT]\nbind_port = 1\n", "[DEFAULT]\nbind_port = 2\n").api.bind_port == 2


def test_a_folder_of_files_is_read(tmp_path: Path) -> None:
    (tmp_path / "50-port.conf").write_text("[DEFAULT]\nbind_port = 77\nsomething = else\n")
    settings = load(["--config-dir", str(tmp_path)], "openlbaas-test")
    assert settings.api.bind_port == 77
    assert settings.unread == ("DEFAULT.something",)


def test_the_environment_wins_over_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OS_AGENT__WORKERS", "9")
    assert read(tmp_path, "[agent]\nworkers = 2\n").agent.workers == 9


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[agent]\nworkers = 900\n", "0.conf is not valid: Should be less than or equal to 64"),
        ("[agent]\nworkers = many\n", "invalid literal for int"),
        ("[DEFAULT]\nloadbalancer_scheduler_driver = best\n", "loadbalancer_scheduler_driver = best is not known"),
        ("[DEFAULT]\nbase_mac = here\n", "base_mac"),
        ("[identity]\ndriver = magic\n", "Valid values are [noauth, tokens]"),
        ("[identity]\ndriver = tokens\n", "needs [identity] tokens_file"),
        ("[service_providers]\nservice_provider = LOADBALANCERV2:a\n", "is not type:name:driver[:default]"),
        ("[service_providers]\nservice_provider = LOADBALANCERV2:a:b\n", "driver b is not known"),
        (
            "[service_providers]" + 2 * "\nservice_provider = LOADBALANCERV2:a:haproxy_ns",
            "names one provider twice",
        ),
        (
            """\
[service_providers]
service_provider = LOADBALANCERV2:a:haproxy_ns:default
service_provider = LOADBALANCERV2:b:haproxy_ns:default
""",
            "more than one default",
        ),
        ("no section, no equals sign\n", "0.conf"),
        ("[database]\nconnection = nonsense\n", "[database] connection is not a URL"),
        ("[host_protocol]\nservers =\n", "[host_protocol] servers"),
        ("[host_protocol]\nservers = node1:9696\n", "servers = node1:9696 is not"),
        (
            "[certificates]\ncert_manager_type = barbican\n",
            "cert_manager_type = barbican is not built: set it to local",
        ),
        ("[DEFAULT]\nstate_path = $nothing/x\n", "no such option nothing"),
    ],
)
def test_a_mistake_is_one_line_and_an_end(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, told: str
) -> None:
    line = refusal(tmp_path, text, capsys)
    assert told in line
    assert line.startswith("openlbaas-test: ")
    assert line.count("\n") == 1


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        load(["--config-file", str(tmp_path / "none.conf")], "openlbaas-test")
    assert ended.value.code == 1
    assert "none.conf" in capsys.readouterr().err


def test_a_file_that_is_not_text_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "picture.conf").write_bytes(b"\xff\xfe\x00[a")
    for name in ("picture.conf", "."):
        with pytest.raises(SystemExit) as ended:
            load(["--config-file", str(tmp_path / name)], "openlbaas-test")
        assert ended.value.code == 1
        assert capsys.readouterr().err.count("\n") == 1


def test_providers_of_other_services_are_not_ours(tmp_path: Path) -> None:
    settings = read(tmp_path, "[service_providers]\nservice_provider = VPN:openswan:a.b.C:default\n")
    assert [one.name for one in settings.providers] == ["haproxy"]


def test_mappings_are_read_from_the_originals_linuxbridge_file(tmp_path: Path) -> None:
    text = "[linux_bridge]\nphysical_interface_mappings = provider:eth1, storage:eth2\nbridge_mappings = lab:br-lab\n"
    wiring = read(tmp_path, text).wiring
    assert wiring.interface_mappings == {"provider": "eth1", "storage": "eth2"}
    assert wiring.bridge_mappings == {"lab": "br-lab"}


@pytest.mark.parametrize(
    ("mappings", "said"),
    [
        ("provider", "provider is not network:interface"),
        ("provider:", "provider: is not network:interface"),
        ("provider:eth1:2", "is not network:interface"),
        ("provider:an-interface-too-long", "is not network:interface"),
        ("a:eth1,a:eth2", "names the physical network a twice"),
        ("a:eth1,b:eth1", "names one interface twice"),
    ],
)
def test_mappings_that_say_nothing_clear_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], mappings: str, said: str
) -> None:
    text = f"[linux_bridge]\nphysical_interface_mappings = {mappings}\n"
    assert said in refusal(tmp_path, text, capsys)


def test_tunnels_are_read_from_the_originals_files(tmp_path: Path) -> None:
    ml2 = "[ml2_type_vxlan]\nvni_ranges = 1001:2000, 1:100\n"
    agent = "[vxlan]\nenable_vxlan = True\nlocal_ip = 10.0.0.31\nl2_population = True\n"
    found = read(tmp_path, ml2, agent)
    assert found.network.vni_ranges == ((1, 100), (1001, 2000))
    assert (found.network.overhead, found.wiring.tunnel_address, found.wiring.tunnel_port) == (50, "10.0.0.31", 4789)
    assert "vxlan.l2_population" in found.unread
    over_ipv6 = read(tmp_path, "[ml2]\noverlay_ip_version = 6\n[vxlan]\nlocal_ip = fd00::0:1\nenable_vxlan = False\n")
    assert (over_ipv6.network.overhead, over_ipv6.wiring.tunnel_address) == (70, "")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[network]\nvni_ranges = 0:5\n", "vni_ranges = 0:5 is not first:last"),
        ("[network]\nvni_ranges = 5:1\n", "is not first:last"),
        ("[network]\nvni_ranges = 1:16777216\n", "between 1 and 16777215"),
        ("[network]\nvni_ranges = all\n", "is not first:last"),
        ("[network]\nvni_ranges = 1:5,5:9\n", "overlap"),
        ("[network]\ntenant_network_type = vlan\n", "Valid values are [local, vxlan]"),
        ("[vxlan]\nlocal_ip = eth1\n", "[vxlan] local_ip = eth1 is not an IP address"),
    ],
)
def test_tunnels_that_cannot_be(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, said: str) -> None:
    assert said in refusal(tmp_path, text, capsys)
