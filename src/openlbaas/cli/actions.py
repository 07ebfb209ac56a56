"""What each command does: look names up, call the server, print.

Shape:   every action takes (Setting, Command, Arguments) and returns the exit code
Raises:  client.transport.ClientError when the server refuses, CommandError when the command itself makes no sense
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from openlbaas.cli import output
from openlbaas.client.lbaas import (
    NETWORKS,
    POOLS,
    SUBNETS,
    Client,
    Collection,
    Listing,
    NotUnique,
    Row,
    looks_like_id,
)
from openlbaas.client.transport import NOT_FOUND, ClientError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TextIO

    from openlbaas.cli.grammar.model import Command, Resource
    from openlbaas.cli.parsing import Arguments
    from openlbaas.client.lbaas import Query


class CommandError(Exception):
    """A command that can't be done as it was given. Exit code 1."""


class Setting(NamedTuple):
    """What an action works with.

    Shape:   wait_s is None when the caller does not want to wait for the load balancer
    Units:   seconds
    """

    client: Client
    out: TextIO
    err: TextIO
    wait_s: float | None = None
    environment: Mapping[str, str] = {}


def create(setting: Setting, command: Command, arguments: Arguments) -> int:
    """Make one object and print it."""
    resource = command.resource
    _check(resource.check, command, arguments)
    parent = _parent(setting, command, arguments)
    body = _body(setting, command, arguments)
    row = setting.client.create(resource.collection, body, parent)
    code = 0
    if setting.wait_s is not None and resource.waits:
        from openlbaas.cli import waiting

        balancer = waiting.balancer_of(setting.client, resource.collection, row, parent)
        code = waiting.wait(setting, balancer)
        row = setting.client.show(resource.collection, row["id"], parent)
    if command.style == "neutron" and arguments.options.formatter == "table":
        print(f"Created a new {resource.collection.singular}:", file=setting.out)
    output.emit_object(row, setting.out, arguments.options)
    return code


def list_(setting: Setting, command: Command, arguments: Arguments) -> int:
    """Print the objects of a kind that match."""
    parent = _parent(setting, command, arguments)
    query = _query(setting, command, arguments)
    listing = setting.client.list(command.resource.collection, query, parent)
    if command.resource.collection is NETWORKS:
        _with_ranges(setting.client, listing.rows)
    _print_listing(setting, command, arguments, listing)
    return 0


def show(setting: Setting, command: Command, arguments: Arguments) -> int:
    """Print one object."""
    resource = command.resource
    parent = _parent(setting, command, arguments)
    identity = arguments.target
    if resource.by_name:
        identity = setting.client.find(resource.collection, identity, parent)
    row = setting.client.show(resource.collection, identity, parent, _fields(arguments))
    if resource.collection is POOLS and "members" in row:
        row = row | {"members": [member["id"] for member in row["members"]]}
    output.emit_object(row, setting.out, arguments.options, resource.indent)
    return 0


def update(setting: Setting, command: Command, arguments: Arguments) -> int:
    """Change one object."""
    resource = command.resource
    _check(resource.update_check, command, arguments)
    parent = _parent(setting, command, arguments)
    body = _body(setting, command, arguments)
    if not body:
        message = f"Must specify new values to update {resource.reported}"
        raise CommandError(message)
    identity = setting.client.find(resource.collection, arguments.target, parent, by_name=resource.by_name)
    row = setting.client.update(resource.collection, identity, body, parent)
    code = 0
    if setting.wait_s is not None and resource.waits:
        from openlbaas.cli import waiting

        code = waiting.wait(setting, waiting.balancer_of(setting.client, resource.collection, row, parent))
    if command.style == "neutron":
        print(f"Updated {resource.collection.singular}: {arguments.target}", file=setting.out)
    return code


def delete(setting: Setting, command: Command, arguments: Arguments) -> int:
    """Delete objects, each by itself: what fails is told at the end and keeps none of the others."""
    resource = command.resource
    parent = _parent(setting, command, arguments)
    code = 0
    deleted: list[str] = []
    missing: list[str] = []
    ambiguous: list[str] = []
    refused: list[ClientError] = []
    for target in arguments.targets:
        try:
            code = max(code, _delete_one(setting, resource, target, parent))
            deleted.append(target)
        except NotUnique:
            ambiguous.append(target)
        except ClientError as problem:
            if problem.status == 0:
                raise
            if problem.status == NOT_FOUND:
                missing.append(target)
            else:
                refused.append(problem)
    if deleted and command.style == "neutron":
        print(f"Deleted {resource.reported}(s): {', '.join(deleted)}", file=setting.out)
    _report_undeleted(setting, resource.reported, missing, ambiguous, refused)
    return 1 if missing or ambiguous or refused else code


def _delete_one(setting: Setting, resource: Resource, target: str, parent: str) -> int:
    client = setting.client
    identity = client.find(resource.collection, target, parent) if resource.by_name else target
    if setting.wait_s is None or not resource.waits:
        client.delete(resource.collection, identity, parent)
        return 0
    from openlbaas.cli import waiting

    # Afterwards nobody could say which load balancer it was part of.
    row = client.show(resource.collection, identity, parent)
    balancer = waiting.balancer_of(client, resource.collection, row, parent)
    client.delete(resource.collection, identity, parent)
    return waiting.wait(setting, balancer, gone=identity == balancer)


def _report_undeleted(
    setting: Setting,
    kind: str,
    missing: list[str],
    ambiguous: list[str],
    refused: list[ClientError],
) -> None:
    from openlbaas.cli.failures import tell

    for problem in refused:
        tell(problem, setting.err)
    if missing:
        print(f"Unable to find {kind}(s) with id(s) '{', '.join(missing)}'.", file=setting.err)
    if ambiguous:
        print(
            f"Multiple {kind}(s) matches found for name(s) '{', '.join(ambiguous)}'."
            " Please use an ID to be more specific.",
            file=setting.err,
        )


def print_rows(  # noqa: PLR0913 - what to print, how, and of which kind
    setting: Setting,
    command: Command,
    arguments: Arguments,
    listing: Listing,
    columns: tuple[str, ...],
    *,
    kind: Resource | None = None,
) -> None:
    """Print rows under these columns, or those asked for with -c or -F; no rows print one blank line."""
    resource = kind or command.resource
    options = arguments.options
    available = sorted({name for row in listing.rows for name in row})
    if not listing.rows:
        names: list[str] = list(columns) if options.print_empty else []
    elif options.columns:
        names = output.chosen(options.columns, available)
    else:
        wanted = tuple(getattr(options, "fields", None) or columns) or tuple(available)
        names = [name for name in wanted if name in available]
        if command.style == "modern" or "admin" in listing.roles:
            names = _with_tenant(names, available, options)
    always = resource.readable_always if command.style == "neutron" else ()
    rows = output.cells(listing.rows, names, options.formatter, resource.cells, always)
    output.emit_rows(names, rows, setting.out, options)


def _print_listing(setting: Setting, command: Command, arguments: Arguments, listing: Listing) -> None:
    resource = command.resource
    columns = (resource.modern_columns or resource.columns) if command.style == "modern" else resource.columns
    print_rows(setting, command, arguments, listing, columns)


def _with_tenant(names: list[str], available: list[str], options: Any) -> list[str]:
    """Put whose it is behind id and name."""
    if "tenant_id" not in available or "tenant_id" in names or getattr(options, "fields", None):
        return names
    place = max([names.index(name) for name in ("id", "name") if name in names], default=0) + 1
    return [*names[:place], "tenant_id", *names[place:]]


def _with_ranges(client: Client, networks: list[Row]) -> None:
    """Replace the subnet ids of networks by id and range, asked for in one go."""
    wanted = [identity for network in networks for identity in network.get("subnets", [])]
    if not wanted:
        return
    query = [("fields", "id"), ("fields", "cidr"), *(("id", identity) for identity in wanted)]
    ranges = {row["id"]: row.get("cidr", "") for row in client.list(SUBNETS, query).rows}
    for network in networks:
        network["subnets"] = [
            {"id": identity, "cidr": ranges.get(identity, "")} for identity in network.get("subnets", [])
        ]


def _check(check: Any, command: Command, arguments: Arguments) -> None:
    sentence = check(arguments.given | arguments.extras, command.style) if check else ""
    if sentence:
        raise CommandError(sentence)


def _parent(setting: Setting, command: Command, arguments: Arguments) -> str:
    parent = command.resource.parent
    return setting.client.find(parent.collection, arguments.parent) if parent else ""


def _body(setting: Setting, command: Command, arguments: Arguments) -> Row:
    """What to send: names looked up, then the options nobody knew."""
    lookups: dict[str, Collection] = {
        option.attribute: option.look_in for option in command.options if option.look_in is not None
    }
    body: Row = {}
    for option in dict.fromkeys(["tenant_id", *(option.attribute for option in command.options)]):
        if option not in arguments.given:
            continue
        value = arguments.given[option]
        body[option] = setting.client.find(lookups[option], value) if option in lookups and value else value
    if "fixed_ips" in body:
        body["fixed_ips"] = [_fixed_ip(setting.client, wish) for wish in body["fixed_ips"]]
    return body | arguments.extras


def _fixed_ip(client: Client, wish: dict[str, str]) -> dict[str, str]:
    return wish | ({"subnet_id": client.find(SUBNETS, wish["subnet_id"])} if "subnet_id" in wish else {})


def _query(setting: Setting, command: Command, arguments: Arguments) -> Query:
    options = arguments.options
    query: Query = _fields(arguments)
    lookups = {option.attribute: option.look_in for option in command.options if option.look_in}
    for name, value in (arguments.given | arguments.extras).items():
        # An id is taken as it is: rows may outlive what they speak of.
        unknown = name in lookups and not looks_like_id(value)
        wanted = setting.client.find(lookups[name], value) if unknown else value
        query += [(name, str(one)) for one in (wanted if isinstance(wanted, list) else [wanted])]
    if getattr(options, "page_size", None):
        query.append(("limit", str(options.page_size)))
    keys = options.sort_key or []
    directions = [*(options.sort_dir or []), *(["asc"] * len(keys))][: len(keys)]
    return query + [("sort_key", key) for key in keys] + [("sort_dir", direction) for direction in directions]


def _fields(arguments: Arguments) -> Query:
    options = arguments.options
    query = [("fields", field) for field in getattr(options, "fields", None) or []]
    return query + ([("verbose", "True")] if getattr(options, "show_details", False) else [])
