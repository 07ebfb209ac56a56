"""The unmodified clients of the original, each in a virtual environment of its own, made once and kept outside."""

import hashlib
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PYTHONS = {"6.4.0": "3.6", "9.0.0": "3.11"}


@dataclass(frozen=True)
class Neutron:
    """One release of the `neutron` program, talking to one lab."""

    program: Path
    environment: dict[str, str]

    def run(self, *words: str, typed: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run one command, or the shell with lines typed into it."""
        return subprocess.run(
            [self.program, *words],
            input=typed,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def ok(self, *words: str) -> str:
        """Run one command that must succeed and return what it printed."""
        ran = self.run(*words)
        assert ran.returncode == 0, f"neutron {' '.join(words)}: {ran.stdout}{ran.stderr}"
        return ran.stdout

    def refused(self, *words: str) -> str:
        """Run one command that must fail and return what it said."""
        ran = self.run(*words)
        assert ran.returncode == 1, f"neutron {' '.join(words)}: {ran.stdout}{ran.stderr}"
        return ran.stderr


def neutron(release: str, folder: Path) -> Neutron:
    """Find or make the client of one release, set up by the openrc of a lab."""
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/root"), "LANG": "C.UTF-8"}
    for line in (folder / "openrc").read_text().splitlines():
        match = re.fullmatch(r"export (\w+)=[\"']?(.*?)[\"']?", line.strip())
        if match:
            environment[match[1]] = match[2]
    return Neutron(_environment(release) / "bin" / "neutron", environment)


def _environment(release: str) -> Path:
    pins = HERE / f"constraints-neutronclient-{release}.txt"
    name = f"neutronclient-{release}-{hashlib.sha256(pins.read_bytes()).hexdigest()[:12]}"
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "openlbaas-tests"
    made = cache / name
    if (made / "done").exists():
        return made
    python = _python(PYTHONS[release])
    if python is None:
        reason = (
            f"python-neutronclient {release} needs Python {PYTHONS[release]}, which is neither on PATH nor in pyenv"
        )
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    subprocess.run([python, "-m", "venv", "--clear", made], check=True)
    install = [made / "bin" / "pip", "install", "-q", "-c", pins, f"python-neutronclient=={release}"]
    subprocess.run(install, check=True, timeout=300)
    (made / "done").touch()
    return made


def _python(version: str) -> str | None:
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    found = sorted(root.glob(f"{version}.*/bin/python"))
    if found:
        return str(found[-1])
    for folder in os.environ["PATH"].split(os.pathsep):
        candidate = Path(folder) / f"python{version}"
        if candidate.exists():
            return str(candidate)
    return None
