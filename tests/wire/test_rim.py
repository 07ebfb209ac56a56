"""What HTTP itself asks of the server: callers, heads, sizes, broken things."""

import logging

import pytest

from openlbaas.server.asgi import Application
from wire.asgi_caller import call

ADMIN = {"X-Auth-Token": "admin"}


def test_nobody_is_asked_to_authenticate(app: Application) -> None:
    answer = call(app, "GET", "/v2.0/lbaas/loadbalancers")
    assert answer.status == 401
    assert answer.body == b"Authentication required"
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["www-authenticate"] == 'Keystone uri="http://lb.test:9696"'
    assert answer.headers["x-openstack-request-id"].startswith("req-")


@pytest.mark.parametrize("token", ["", "wrong"])
def test_a_wrong_token_is_nobodys(app: Application, token: str) -> None:
    assert call(app, "GET", "/v2.0/lbaas/loadbalancers", headers={"X-Auth-Token": token}).status == 401


def test_a_caller_is_told_its_roles(app: Application) -> None:
    assert call(app, "GET", "/v2.0/subnets", headers=ADMIN).headers["x-openlbaas-roles"] == "admin,member"
    assert "x-openlbaas-roles" not in call(app, "GET", "/").headers


def test_a_head_is_a_get_without_its_body(app: Application) -> None:
    answer = call(app, "HEAD", "/v2.0/lbaas/loadbalancers", headers=ADMIN)
    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["content-length"] == str(len(b'{"loadbalancers":[]}'))


def test_health_needs_no_token(app: Application) -> None:
    assert call(app, "GET", "/healthz").json == {"status": "ok"}


def test_a_wrong_method_is_told_the_right_ones(app: Application) -> None:
    answer = call(app, "PATCH", "/v2.0/lbaas/loadbalancers", headers=ADMIN)
    assert answer.status == 405
    assert answer.headers["allow"] == "GET, HEAD, POST"


def test_a_body_that_is_too_large(app: Application) -> None:
    answer = call(app, "POST", "/v2.0/lbaas/loadbalancers", b"x" * 100_001, ADMIN)
    assert answer.status == 413
    message = "Request body is larger than 100000 bytes."
    assert answer.json == {"NeutronError": {"type": "HTTPRequestEntityTooLarge", "message": message, "detail": ""}}


def test_a_body_that_says_it_is_too_large_is_not_read(app: Application) -> None:
    headers = {**ADMIN, "Content-Length": "9" * 50}
    assert call(app, "POST", "/v2.0/lbaas/loadbalancers", b"", headers).status == 413


def test_ids_in_paths_may_be_anything(app: Application) -> None:
    for strange in ("%2F", "%00", "%FF", "..", "a%20b", "x" * 3000, "%E2%98%83"):
        answer = call(app, "GET", f"/v2.0/lbaas/pools/{strange}", headers=ADMIN)
        assert answer.status == 404
        assert answer.json["NeutronError"]["type"] == "EntityNotFound"


def test_queries_may_be_anything(app: Application) -> None:
    for strange in ("%FF=%FF", "&&&", "=", "id=%00", "name=%ED%A0%80", "limit=", "marker=%00", "fields=", "id=" * 500):
        assert call(app, "GET", f"/v2.0/lbaas/pools?{strange}", headers=ADMIN).status == 200


def test_a_bug_costs_one_request_and_is_logged(app: Application, caplog: pytest.LogCaptureFixture) -> None:
    def broken(_exchange: object) -> None:
        raise ZeroDivisionError("a bug")

    found = app.api.routes.find(["v2.0", "subnets"])
    assert found is not None
    object.__setattr__(found.routes["GET"], "endpoint", broken)
    with caplog.at_level(logging.ERROR, "openlbaas.server"):
        answer = call(app, "GET", "/v2.0/subnets", headers=ADMIN)
    assert answer.status == 500
    message = "Request Failed: internal server error while processing your request."
    assert answer.json == {"NeutronError": {"type": "HTTPInternalServerError", "message": message, "detail": ""}}
    assert "ZeroDivisionError: a bug" in caplog.text
    assert answer.headers["x-openstack-request-id"] in caplog.text
    assert call(app, "GET", "/v2.0/networks", headers=ADMIN).status == 200


def test_changes_are_logged(app: Application, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "openlbaas.server"):
        answer = call(app, "POST", "/v2.0/networks", b'{"network": {}}', ADMIN)
    assert answer.headers["x-openstack-request-id"] in caplog.text
    assert "POST /v2.0/networks" in caplog.text
