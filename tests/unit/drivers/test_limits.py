"""What the kernel allows is raised to what many load balancers need, and never lowered."""

from pathlib import Path

import pytest

from openlbaas.drivers.haproxy_netns.limits import allow_neighbours


def parameters(folder: Path, *values: int, family: str = "ipv4") -> list[Path]:
    """Lay the parameters out as the kernel does."""
    there = folder / family / "neigh/default"
    there.mkdir(parents=True)
    files = [there / f"gc_thresh{number}" for number in range(1, len(values) + 1)]
    for file, value in zip(files, values, strict=True):
        file.write_text(f"{value}\n")
    return files


def test_a_table_as_small_as_the_kernel_makes_it_is_made_larger(tmp_path: Path) -> None:
    files = [*parameters(tmp_path, 128, 512, 1024), *parameters(tmp_path, 128, 512, 1024, family="ipv6")]
    assert len(allow_neighbours(tmp_path)) == len(files)
    found = [int(file.read_text()) for file in files]
    assert found[:3] == found[3:] == sorted(found[:3])
    assert found[2] >= 20_000
    assert allow_neighbours(tmp_path) == ()


def test_a_table_that_somebody_made_larger_stays_as_it_is(tmp_path: Path) -> None:
    files = parameters(tmp_path, 1, 100_000, 200_000)
    assert allow_neighbours(tmp_path) == ("net.ipv4.neigh.default.gc_thresh1",)
    assert [int(file.read_text()) for file in files[1:]] == [100_000, 200_000]


def test_a_namespace_that_has_no_say_is_no_problem(tmp_path: Path) -> None:
    assert allow_neighbours(tmp_path) == ()


@pytest.mark.parametrize("nonsense", ["", "many"])
def test_what_can_not_be_read_is_left_alone(nonsense: str, tmp_path: Path) -> None:
    file = parameters(tmp_path, 1)[0]
    file.write_text(nonsense)
    assert allow_neighbours(tmp_path) == ()
    assert file.read_text() == nonsense
