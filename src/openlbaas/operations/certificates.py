"""Certificates: what a caller can do with them, and what hosts and operators are told of them."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from openlbaas.desired.spec import CertificateSpec
from openlbaas.domain.caller import Caller
from openlbaas.domain.certificate_errors import CertificateInUse, CertificateUnknown, CertificateUnreadable
from openlbaas.domain.certificates import (
    DAY_S,
    WARNED_DAYS,
    Certificate,
    CertificateCommand,
    CertificateView,
    Contents,
    CreateCertificate,
    DeleteCertificate,
    UpdateCertificate,
    called,
    certificate_id,
    check_dates,
    days_left,
    due_warning,
)
from openlbaas.domain.changes.steps import advanced
from openlbaas.domain.commands import UNSET, CreateListener, UpdateListener
from openlbaas.domain.errors import NotFound
from openlbaas.domain.selection import Selection
from openlbaas.domain.tree import committed
from openlbaas.domain.vocabulary import Kind, Protocol
from openlbaas.operations.ports import CertificateUser, Transaction
from openlbaas.operations.services import Services
from openlbaas.sealing import sealed


def show(services: Services, caller: Caller, id: str) -> CertificateView:  # noqa: A002 - the field's own word
    """Show one certificate.

    Raises: NotFound, also for another project's.
    """

    def work(transaction: Transaction) -> CertificateView:
        found = _own(services, transaction, caller, id)
        return _view(services, found, transaction.certificates.users(id))

    return services.store.read(work)


def select(services: Services, caller: Caller, selection: Selection) -> list[CertificateView]:
    """List certificates in order of creation; whoever is no administrator sees its own project's."""
    if not caller.is_admin:
        if selection.project_id not in (None, caller.project_id):
            return []
        selection = Selection(ids=selection.ids, names=selection.names, project_id=caller.project_id)

    def work(transaction: Transaction) -> list[CertificateView]:
        found = services.secrets.certificates(transaction, selection)
        users = transaction.certificates.users() if found else []
        return [_view(services, one, users) for one in found]

    return services.store.read(work)


def change(services: Services, caller: Caller, command: CertificateCommand) -> CertificateView | None:
    """Carry one command out; hosts hear of a certificate that is replaced.

    Raises: CertificateInvalid; CertificateUnreadable; NotFound; CertificateInUse; Raced; StoreBusy.
    """
    new_id = services.new_id()
    contents = _read(services, caller, command)

    def work(transaction: Transaction) -> tuple[CertificateView | None, frozenset[str]]:
        match command:
            case CreateCertificate():
                return _create(services, transaction, command, _given(contents), new_id), frozenset()
            case UpdateCertificate():
                return _update(services, transaction, caller, command, contents)
            case DeleteCertificate():
                _delete(services, transaction, caller, command.id)
                return None, frozenset()

    view, hosts = services.store.write(work)
    if hosts:
        services.changed(hosts)
    return view


def _read(services: Services, caller: Caller, command: CertificateCommand) -> Contents | None:
    """Read what is uploaded, if anything is; nobody's time is spent on what a stranger may not replace."""
    if isinstance(command, DeleteCertificate) or command.material is UNSET:
        return None
    if isinstance(command, UpdateCertificate):
        show(services, caller, command.id)
    contents = services.secrets.read(called(command), command.material)
    check_dates(called(command), contents, now=services.clock())
    return contents


def _given(contents: Contents | None) -> Contents:
    """Take what a creation always has."""
    assert contents is not None  # noqa: S101 - a creation has a material
    return contents


def _own(
    services: Services, transaction: Transaction, caller: Caller, certificate_id: str, *, lock: bool = False
) -> Certificate:
    found = services.secrets.certificate(transaction, certificate_id, lock=lock)
    if not caller.may_touch(found.project_id):
        raise NotFound(Kind.CERTIFICATE, certificate_id)
    return found


def _view(services: Services, certificate: Certificate, users: Iterable[CertificateUser]) -> CertificateView:
    listeners = dict.fromkeys(user.listener_id for user in users if user.certificate_id == certificate.id)
    return CertificateView(certificate, tuple(listeners), days_left(certificate.not_after, now=services.clock()))


def _create(
    services: Services, transaction: Transaction, command: CreateCertificate, contents: Contents, new_id: str
) -> CertificateView:
    made = Certificate(
        id=new_id,
        project_id=command.project_id,
        name=command.name,
        description=command.description,
        created_at=services.clock(),
        **_known(contents),
    )
    services.secrets.insert(transaction, made, contents)
    return _view(services, made, ())


def _known(contents: Contents) -> dict[str, Any]:
    return {name: getattr(contents, name) for name in Contents.__slots__ if name != "bundle"}


def _update(
    services: Services,
    transaction: Transaction,
    caller: Caller,
    command: UpdateCertificate,
    contents: Contents | None,
) -> tuple[CertificateView, frozenset[str]]:
    before = _own(services, transaction, caller, command.id, lock=True)
    after = before
    if contents is not None:
        after = replace(after, warned_days=None, **_known(contents))
    if command.name is not UNSET:
        after = replace(after, name=command.name)
    if command.description is not UNSET:
        after = replace(after, description=command.description)
    services.secrets.save(transaction, after, contents)
    users = transaction.certificates.users(after.id)
    hosts: frozenset[str] = frozenset()
    if after.fingerprint != before.fingerprint:
        hosts = _refeed(services, transaction, {user.load_balancer_id for user in users})
    return _view(services, after, users), hosts


def _refeed(services: Services, transaction: Transaction, load_balancer_ids: Iterable[str]) -> frozenset[str]:
    """Give load balancers a new revision, by which their hosts learn a certificate that was replaced."""
    hosts: frozenset[str] = frozenset()
    now = services.clock()
    for load_balancer_id in sorted(load_balancer_ids):
        before = transaction.balancers.tree(load_balancer_id, lock=True)
        if before.load_balancer.mark.deleted is not None:
            continue
        after = committed(advanced(before), now)
        transaction.balancers.save(before, after, now=now)
        hosts |= transaction.hosts.tell(load_balancer_id, after.progress.revision)
    return hosts


def _delete(services: Services, transaction: Transaction, caller: Caller, id: str) -> None:  # noqa: A002 - the field's own word
    _own(services, transaction, caller, id, lock=True)
    for user in transaction.certificates.users(id):
        raise CertificateInUse(Kind.CERTIFICATE, id, Kind.LISTENER, user.listener_id)
    services.secrets.delete(transaction, id)


def check_refs(services: Services, transaction: Transaction, caller: Caller, command: object) -> None:
    """Demand that what a listener refers to exists and is the caller's, and keep it until the end of the transaction.

    Order:  before the load balancer is locked.
    Raises: CertificateUnknown.
    """
    if not isinstance(command, CreateListener | UpdateListener):
        return
    if isinstance(command, CreateListener) and command.protocol is not Protocol.TERMINATED_HTTPS:
        # Refused for having any.
        return
    refs: list[str] = []
    if isinstance(command.default_tls_container_ref, str):
        refs.append(command.default_tls_container_ref)
    if command.sni_container_refs is not UNSET:
        refs.extend(command.sni_container_refs)
    # In one order, so that no two transactions wait for each other.
    for ref in sorted(dict.fromkeys(filter(None, refs)), key=certificate_id):
        try:
            _own(services, transaction, caller, certificate_id(ref), lock=True)
        except NotFound:
            raise CertificateUnknown(ref) from None


def specs(services: Services, transaction: Transaction, refs: Iterable[str]) -> Mapping[str, CertificateSpec]:
    """Seal the certificates that listeners refer to, for hosts.

    Shape: by reference; empty unless every one can be had, since a listener whose first certificate is missing would
    show its clients the second: its host then refuses the change and serves on with what it has.
    """
    found: dict[str, CertificateSpec] = {}
    try:
        for ref in refs:
            one = services.secrets.certificate(transaction, certificate_id(ref))
            text = sealed(services.host_secret, services.secrets.bundle(transaction, one), one.id)
            found[ref] = CertificateSpec(id=one.id, fingerprint=one.fingerprint, sealed=text)
    except (NotFound, CertificateUnreadable):
        return {}
    return found


def warn(services: Services) -> None:
    """Note, once for each of the last days, that a certificate in use expires.

    Raises: Raced; StoreBusy.
    """
    now = services.clock()
    before = now + max(WARNED_DAYS) * DAY_S
    found = services.store.read(lambda transaction: transaction.certificates.expiring(before))
    if any(due_warning(one, now=now) is not None for one in found):
        services.store.write(lambda transaction: _warn(services, transaction, before))


def _warn(services: Services, transaction: Transaction, before: float) -> None:
    now = services.clock()
    # Another server may have warned since it was looked: what is locked is as it is now.
    for certificate in transaction.certificates.expiring(before, lock=True):
        days = due_warning(certificate, now=now)
        if days is None:
            continue
        transaction.certificates.note_warned(certificate.id, days)
        users = transaction.certificates.users(certificate.id)
        for load_balancer_id in dict.fromkeys(user.load_balancer_id for user in users):
            transaction.events.note(
                now=now,
                project_id=transaction.balancers.tree(load_balancer_id).load_balancer.project_id,
                load_balancer_id=load_balancer_id,
                name="certificate_expiring",
                text=_told(certificate, days),
            )


def _told(certificate: Certificate, days: int) -> str:
    named = f"certificate {certificate.id} for {certificate.subject}"
    ends = f"{datetime.fromtimestamp(certificate.not_after, UTC):%Y-%m-%d}"
    if days == 0:
        return f"{named} has expired on {ends}"
    return f"{named} expires on {ends}, within {days} day{'s' if days > 1 else ''}"
