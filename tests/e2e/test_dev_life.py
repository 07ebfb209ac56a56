"""`openlbaas dev` from its first start to its cleaning, with a member of this host that answers all the while."""

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from small_host import SmallHost, small_host
from waits import eventually

pytestmark = pytest.mark.root

PROGRAM = (sys.executable, "-m", "openlbaas.cli.main")
GATEWAY = "10.77.0.1"
PAGE = "a member on this host\n"


@dataclass
class Dev:
    """One folder of `openlbaas dev` on one host."""

    host: SmallHost
    folder: Path

    @contextmanager
    def running(self, *options: str) -> Iterator[None]:
        """Run it in the foreground of somebody until the end of the block, ended as Ctrl-C would."""
        log = self.folder.parent / "dev.log"
        words = self.host.words(*PROGRAM, "dev", "--dir", str(self.folder), *options)
        with log.open("w") as told, subprocess.Popen(words, stdout=told, stderr=subprocess.STDOUT) as process:

            def up() -> bool:
                assert process.poll() is None, log.read_text()
                return "The API answers" in log.read_text()

            try:
                eventually(up, "openlbaas dev to come up")
                yield
            finally:
                self.host.run("pkill", "-INT", "-o", "-f", "openlbaas.cli.main dev")
                status = process.wait(30)
        assert status == 0, log.read_text()

    def cli(self, line: str) -> str:
        """Run one of our commands with the openrc that it wrote."""
        source = f". {self.folder}/openrc && exec {' '.join(PROGRAM)} {line}"
        ran = self.host.run("sh", "-c", source)
        assert ran.returncode == 0, f"{line}: {ran.stdout}{ran.stderr}"
        return ran.stdout

    def token(self) -> str:
        found = re.search(r"OS_TOKEN=(\S+)", (self.folder / "openrc").read_text())
        assert found
        return found[1]


@pytest.fixture
def dev() -> Iterator[Dev]:
    # HAProxy, who is nobody, must reach the folder; pytest's own are closed to it.
    above = Path(tempfile.mkdtemp(prefix="olbdev-"))
    above.chmod(0o755)
    with small_host() as host:
        yield Dev(host, above / "state")
    shutil.rmtree(above)


@pytest.fixture
def member(dev: Dev) -> Iterator[None]:
    """A web server on the gateway's address, as soon as there is one."""
    pages = dev.folder.parent / "pages"
    pages.mkdir()
    (pages / "index.html").write_text(PAGE)
    serve = f"until ip -4 -o addr | grep -q {GATEWAY}/; do sleep 0.05; done; exec {sys.executable} -m http.server"
    words = dev.host.words("sh", "-c", f"{serve} --bind {GATEWAY} --directory {pages} 8000")
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        yield
        dev.host.run("pkill", "-f", "http.server --bind")
        process.wait(10)


def balanced(dev: Dev) -> str:
    """Make a load balancer with a listener and the member; name its address."""
    dev.cli("--wait lbaas-loadbalancer-create --name lb private")
    dev.cli("--wait lbaas-listener-create --name http --loadbalancer lb --protocol HTTP --protocol-port 80")
    dev.cli("--wait lbaas-pool-create --name pool --listener http --protocol HTTP --lb-algorithm ROUND_ROBIN")
    dev.cli(f"--wait lbaas-member-create --subnet private --address {GATEWAY} --protocol-port 8000 pool")
    return dev.cli("lbaas-loadbalancer-show lb -f value -c vip_address").strip()


@pytest.mark.usefixtures("member")
def test_its_whole_life(dev: Dev) -> None:
    host = dev.host

    def answers() -> bool:
        return host.says("curl", "-s", "--max-time", "2", f"http://{vip}/") == PAGE

    with dev.running("--port", "9711"):
        vip = balanced(dev)
        eventually(answers, "the host to reach its VIP")
        token, haproxies = dev.token(), host.pids("^haproxy ")
        before = host.pids("openlbaas.server.main")
        host.run("kill", "-9", *before)
        eventually(lambda: not before & host.pids("openlbaas.server.main"), "the server to be gone")
        eventually(lambda: "lb" in host.says(*reached(dev)), "the server to come back")
        assert answers()
    assert not host.pids("openlbaas.(server|agent).main")
    assert answers(), "what serves goes on serving"

    with dev.running("--port", "9711"):
        assert dev.token() == token, "the token is kept"
        eventually(lambda: "ACTIVE" in dev.cli("lbaas-loadbalancer-list"), "the load balancer to be known again")
        assert host.pids("^haproxy ") == haproxies, "what serves is adopted, not started again"
        assert answers()

    ran = host.run(*PROGRAM, "dev", "--clean", "--dir", str(dev.folder))
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert not host.pids("^haproxy ")
    assert host.says("ip", "netns") == ""
    assert re.findall(r"^\d+: (\S+):", host.says("ip", "-o", "link"), re.MULTILINE) == ["lo"]
    assert not dev.folder.exists()


def reached(dev: Dev) -> list[str]:
    """List the names of the load balancers, whether or not somebody answers."""
    line = " ".join([*PROGRAM, "lbaas-loadbalancer-list", "-f", "value", "-c", "name"])
    return ["sh", "-c", f". {dev.folder}/openrc && exec {line} 2>/dev/null"]


def test_clean_leaves_what_is_not_its_own(dev: Dev) -> None:
    """A folder that dev never ran in may be a server's, with a database that nobody wants to lose."""
    dev.folder.mkdir()
    database = dev.folder / "openlbaas.db"
    database.write_text("precious")
    ran = dev.host.run(*PROGRAM, "dev", "--clean", "--dir", str(dev.folder))
    assert ran.returncode == 0
    assert "nothing" in ran.stdout
    assert database.read_text() == "precious"
