"""Everybody is an administrator."""

from openlbaas.identity.noauth import NoAuth


def test_the_project_is_the_callers_or_the_default() -> None:
    identify = NoAuth("demo")
    assert identify({}).project_id == "demo"
    assert identify({"x-project-id": "mine"}).project_id == "mine"
    assert identify({}).is_admin
