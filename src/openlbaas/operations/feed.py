"""What a host is told to run."""

import msgspec

from openlbaas.desired.compile import absent, certificate_refs, spec
from openlbaas.desired.spec import Spec
from openlbaas.dialects.host_v1 import Feed
from openlbaas.domain.errors import NotFound
from openlbaas.operations import certificates, inquiries, pairs, tunnels
from openlbaas.operations.placing import driver_of
from openlbaas.operations.ports import FeedEntry, Transaction
from openlbaas.operations.services import Services


def feed(services: Services, host: str, after: int, known_tunnels: str | None = None) -> Feed:
    """Name everything that a host may not know yet.

    Shape:  known_tunnels is the version of those that the host was told of, None when it has none;
            full when after is 0 or lies beyond the feed, as after a database was put back; at once in any case.
    Raises: NotFound when the host never reported.
    """

    def work(transaction: Transaction) -> Feed:
        agent_id, position = transaction.hosts.feed_of(host)
        full = after <= 0 or after > position
        ends = tunnels.news(services.ends, transaction, known_tunnels, services.clock(), moved=after != position)
        if after == position:
            return Feed(position=position, full=False, agent_id=agent_id, tunnels=ends)
        entries = transaction.hosts.entries(agent_id, 0 if full else after)
        specs = tuple(_spec(services, transaction, agent_id, entry) for entry in entries)
        asked = inquiries.pending(services, transaction, agent_id)
        return Feed(position=position, full=full, agent_id=agent_id, specs=specs, inquiries=asked, tunnels=ends)

    return services.store.read(work)


def _spec(services: Services, transaction: Transaction, agent_id: str, entry: FeedEntry) -> Spec:
    try:
        tree = transaction.balancers.tree(entry.load_balancer_id)
    except NotFound:
        return absent(entry.load_balancer_id, entry.revision, "", "")
    balancer = tree.load_balancer
    driver = driver_of(services, balancer.provider)
    bound = transaction.hosts.bound(tree.id)
    claim = bound.claim if bound is not None else 0
    paired = pairs.spec(services, transaction, tree, agent_id)
    if paired is not None:
        claim = paired[1] or claim
    elif bound is None or bound.agent_id != agent_id:
        leaving = transaction.moves.leaving(tree.id)
        if leaving is None or leaving.agent_id != agent_id:
            return absent(tree.id, entry.revision, balancer.project_id, driver, claim)
        claim = leaving.claim
    vip = services.network.vip(transaction, balancer.vip.port_id)
    refs = certificate_refs(tree)
    contents = certificates.specs(services, transaction, refs) if refs else {}
    found = spec(tree, driver, vip, contents, claim=claim)
    return found if paired is None or not found.present else msgspec.structs.replace(found, pair=paired[0])
