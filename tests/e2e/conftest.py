"""Labs for tests: real servers, agents, namespaces and HAProxies, brought up and taken down by our own command."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from asking import Asking
from labs import Lab, standing
from many import Many
from tenant import COUNT, FIRST_PLAIN, FIRST_TLS, Client, Tenant
from waits import eventually

from pki import issued


@pytest.fixture(scope="session", autouse=True)
def root() -> None:
    """Labs are made of namespaces, which only root may make."""
    if os.geteuid() != 0:
        if os.environ.get("CI"):
            pytest.fail("these tests need root")
        pytest.skip("these tests need root")


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory, root: None) -> Iterator[Lab]:
    with standing(tmp_path_factory.mktemp("lab")) as made:
        yield made


@pytest.fixture(scope="session")
def three_hosts(tmp_path_factory: pytest.TempPathFactory, root: None) -> Iterator[Lab]:
    """A lab of three hosts and two servers for all tests of a worker; tests have it by the fixture `many`."""
    with standing(tmp_path_factory.mktemp("many"), "--hosts", "3", "--servers", "2") as made:
        yield made


@pytest.fixture
def many(three_hosts: Lab) -> Iterator[Many]:
    """Hand out three hosts on which all is well and nothing runs, and make them so again."""
    made = Many(three_hosts)
    yield made
    made.restore()


@pytest.fixture(scope="module", params=["mariadb", "postgresql"])
def three_hosts_and_a_database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, root: None
) -> Iterator[Lab]:
    """The same on a database server of the lab's own, of each kind by turns."""
    words = ("--hosts", "3", "--servers", "2", "--database", request.param)
    with standing(tmp_path_factory.mktemp("many"), *words) as made:
        yield made


@pytest.fixture
def served(three_hosts_and_a_database: Lab) -> Iterator[Many]:
    """As `many`, on a database server."""
    made = Many(three_hosts_and_a_database)
    yield made
    made.restore()


@pytest.fixture(scope="module")
def members(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Run the members of tests/e2e/members.py in the place of the lab's first web server."""
    folder = tmp_path_factory.mktemp("members")
    made = issued("member.test")
    (folder / "tls.pem").write_text(made.pem + made.key_pem)
    (folder / "asked").touch()
    web = lab.told["webs"][0]
    words = ["ip", "netns", "exec", web["namespace"], sys.executable, str(Path(__file__).with_name("members.py"))]
    numbers = [str(number) for number in (FIRST_PLAIN, FIRST_TLS, COUNT)]
    with subprocess.Popen([*words, str(folder), web["address"], *numbers]) as running:
        try:
            eventually((folder / "ready").exists, "the members")
            yield folder
        finally:
            running.kill()


@pytest.fixture
def tenant(lab: Lab, members: Path) -> Iterator[Tenant]:
    """A tenant of the lab, whose load balancers go after each test."""
    told = lab.told
    (members / "asked").write_text("")
    made = Tenant(
        Asking(told["endpoint"], told["token"]),
        told["subnet_id"],
        told["webs"][0]["address"],
        members,
        Client(told["client"]["namespace"]),
    )
    yield made
    made.forget()
