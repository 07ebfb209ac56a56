"""What a host would do for a load balancer, in the form of LBaaS v2; the original has nothing like it."""

from typing import Any

from openlbaas.dialects.host_v1 import Answer


def render(load_balancer_id: str, host: str, answer: Answer) -> dict[str, Any]:
    """Show the steps in their order; none where nothing must be done."""
    return {
        "plan": {
            "loadbalancer_id": load_balancer_id,
            "host": host,
            "state": answer.state,
            "revision": answer.revision,
            "steps": [{"action": step.action, "what": step.what, "why": step.why} for step in answer.steps],
            "reason": answer.reason,
            "again_in_s": None if answer.again_in_s is None else round(answer.again_in_s, 1),
        }
    }
