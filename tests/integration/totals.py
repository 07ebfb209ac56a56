"""Adding up what a driver tells, as the server does."""

from openlbaas.dialects.host_v1 import Counters, Sample
from openlbaas.domain.statistics import COUNTERS, Counted, Numbers, Statistics, Told, merged, only


class Totals:
    """What one load balancer has carried by all that was told."""

    def __init__(self) -> None:
        self.found = Statistics()

    def take(self, samples: tuple[Sample, ...]) -> int:
        """Take samples in and name how many requests there were in all."""
        self.found = merged(self.found, [_told(each) for each in samples])
        if samples:
            self.found = only(self.found, (each.process for each in samples))
        return self["requests"]

    def __getitem__(self, name: str) -> int:
        """Name one total of the load balancer."""
        return self.found.whole[COUNTERS.index(name)]

    def of_members(self, name: str) -> dict[str, int]:
        """Name one total of each member."""
        return {id_: numbers[COUNTERS.index(name)] for id_, numbers in self.found.counted.members.items()}


def _told(sample: Sample) -> Told:
    counted = Counted(_numbers(sample.listeners), _numbers(sample.pools), _numbers(sample.members))
    return Told(sample.process, counted, ended=sample.ended)


def _numbers(counters: dict[str, Counters]) -> dict[str, Numbers]:
    return {id_: tuple(getattr(each, name) for name in COUNTERS) for id_, each in counters.items()}
