"""Flavors and the service profiles behind them, as they can be typed."""

from __future__ import annotations

from openlbaas.cli.grammar.model import Option, Resource, filters, text
from openlbaas.client import lbaas


def _description(of_what: str) -> Option:
    return text("description", f"Description for the {of_what}.")


def _enabled(what: str) -> tuple[Option, ...]:
    return (
        Option("enabled", "--enabled", "", "Sets enabled flag.", kind="truth"),
        Option("enabled", "", "--enable", f"Let the {what} be chosen.", kind="constant", value=True, rivals="enabled"),
        Option(
            "enabled", "", "--disable", f"Let nobody choose the {what}.", kind="constant", value=False, rivals="enabled"
        ),
    )


FLAVOR = Resource(
    lbaas.FLAVORS,
    neutron="flavor",
    modern="network flavor",
    reported="flavor",
    title="flavor",
    article="a",
    label="FLAVOR",
    columns=("id", "name", "service_type", "enabled"),
    modern_columns=("id", "name", "enabled", "service_type", "description"),
    create=(
        Option("name", "NAME", "NAME", "Name for the flavor."),
        Option(
            "service_type",
            "SERVICE_TYPE",
            "--service-type",
            "Service type to which the flavor applies, such as LOADBALANCERV2.",
            metavar="SERVICE_TYPE",
            required=True,
        ),
        _description("flavor"),
        *_enabled("flavor"),
    ),
    update=(text("name", "Name for the flavor."), _description("flavor"), *_enabled("flavor")),
    filters=filters("name", "service_type"),
)


def _profile_options() -> tuple[Option, ...]:
    return (
        _description("flavor profile"),
        text("driver", "The driver, as the configuration of the server names it."),
        text("metainfo", "What the profile tells the driver."),
        *_enabled("profile"),
    )


FLAVOR_PROFILE = Resource(
    lbaas.SERVICE_PROFILES,
    neutron="flavor-profile",
    modern="network flavor profile",
    reported="service_profile",
    title="flavor profile",
    article="a",
    label="FLAVOR_PROFILE",
    columns=("id", "description", "enabled", "metainfo"),
    modern_columns=("id", "driver", "enabled", "metainfo", "description"),
    create=_profile_options(),
    update=_profile_options(),
    filters=filters("driver"),
    by_name=False,
)

PAIR = (
    Option("flavor", "FLAVOR", "FLAVOR", "ID or name of the flavor.", look_in=lbaas.FLAVORS),
    Option("flavor_profile", "FLAVOR_PROFILE", "FLAVOR_PROFILE", "ID of the flavor profile."),
)
