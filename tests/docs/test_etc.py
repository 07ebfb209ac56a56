"""The files in etc fit the programs: what a unit starts exists, and whatever a sample says is read by it."""

import configparser
import tomllib
from pathlib import Path

import pytest
from generated import TOP

from openlbaas.drivers.haproxy_netns import limits
from openlbaas.settings.reading import parsed, settings
from openlbaas.settings.sources import unread

ETC = TOP / "etc"
UNITS = sorted((ETC / "systemd").iterdir())
SAMPLES = sorted((ETC / "openlbaas").iterdir())
MAKE_MOUNTS = ("Private", "ProtectSystem", "ProtectHome", "ProtectKernel", "ProtectControlGroups", "ProtectProc")
MAKE_MOUNTS += ("ReadWritePaths", "ReadOnlyPaths", "InaccessiblePaths", "Bind", "TemporaryFileSystem", "RootDirectory")
"""What would give a unit mounts of its own, in which others see no network namespace that it names."""


def named(path: Path) -> str:
    """Name a file as the page on installing does."""
    return str(path.relative_to(TOP))


def service(unit: Path) -> configparser.SectionProxy:
    """Read the part of a unit that says how it runs."""
    read = configparser.ConfigParser(interpolation=None, strict=True)
    read.optionxform = str  # type: ignore[assignment, method-assign]
    read.read(unit)
    return read["Service"]


def folders() -> dict[str, str]:
    """Read which folders are made, and whose they are."""
    lines = (ETC / "tmpfiles.d/openlbaas.conf").read_text().splitlines()
    rows = [line.split() for line in lines if line and not line.startswith("#")]
    return {row[1]: row[3] for row in rows}


@pytest.mark.parametrize("unit", UNITS, ids=named)
def test_a_unit_starts_a_program_with_a_sample_that_is_here(unit: Path) -> None:
    program, *words = service(unit)["ExecStart"].split()
    scripts = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]["scripts"]
    assert Path(program).name == unit.stem
    assert unit.stem in scripts
    here = [word.replace("/etc/openlbaas", str(ETC / "openlbaas")) for word in words]
    read = settings(parsed(here, unit.stem))
    assert read.host_protocol.token == "SECRET"


@pytest.mark.parametrize("sample", SAMPLES, ids=named)
def test_all_that_a_sample_says_is_read(sample: Path) -> None:
    conf = parsed(["--config-file", str(sample)], "sample")
    settings(conf)
    assert unread(conf) == []


def test_both_programs_have_a_folder_of_their_own() -> None:
    made = folders()
    states = {path.stem: parsed(["--config-file", str(path)], "sample").state_path for path in SAMPLES}
    assert {made[states["server"]], made[states["agent"]]} == {"openlbaas", "root"}
    server = service(ETC / "systemd/openlbaas-server.service")
    assert (server["User"], server["ReadWritePaths"]) == ("openlbaas", states["server"])


def test_the_agent_s_unit_has_no_mounts_of_its_own() -> None:
    assert [key for key in service(ETC / "systemd/openlbaas-agent.service") if key.startswith(MAKE_MOUNTS)] == []


def test_what_the_agent_started_outlives_it() -> None:
    unit = service(ETC / "systemd/openlbaas-agent.service")
    assert (unit["KillMode"], unit["OOMPolicy"], unit["Restart"]) == ("process", "continue", "always")


def test_the_kernel_knows_as_many_neighbours_as_the_agent_would_set() -> None:
    lines = (ETC / "sysctl.d/60-openlbaas.conf").read_text().splitlines()
    said = dict(line.split(" = ") for line in lines if " = " in line)
    for family in ("ipv4", "ipv6"):
        for name, enough in limits._NEIGHBOURS.items():
            assert int(said[f"net.{family}.neigh.default.{name}"]) == enough


def test_the_page_on_installing_names_every_file() -> None:
    page = (TOP / "docs/how-to/install.md").read_text()
    files = [path for path in sorted(ETC.rglob("*")) if path.is_file()]
    assert [named(path) for path in files if named(path) not in page] == []
