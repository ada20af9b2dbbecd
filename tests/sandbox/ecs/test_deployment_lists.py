"""Listing a service's deployments: by status, by time, in pages."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.ecs.small_ecs import SmallEcs


def update(lab: SmallEcs, **fields: Any) -> Any:
    return lab.call("UpdateService", cluster="c", service="s", **fields)["service"]


def test_deployments_are_listed_newest_first_by_status_and_time(lab: SmallEcs) -> None:
    lab.create(lab.register())
    lab.run(60)
    update(lab, forceNewDeployment=True)
    listed = lab.call("ListServiceDeployments", cluster="c", service="s")["serviceDeployments"]
    assert [d["status"] for d in listed] == ["PENDING", "SUCCESSFUL"]
    done = lab.call("ListServiceDeployments", cluster="c", service="s", status=["SUCCESSFUL"])["serviceDeployments"]
    assert done == listed[1:]
    later = {"after": lab.clock.now() - 10}
    newest = lab.call("ListServiceDeployments", cluster="c", service="s", createdAt=later)["serviceDeployments"]
    assert newest == listed[:1]
    earlier = {"before": lab.clock.now() - 10}
    oldest = lab.call("ListServiceDeployments", cluster="c", service="s", createdAt=earlier)["serviceDeployments"]
    assert oldest == listed[1:]
    both = lab.call("ListServiceDeployments", cluster="c", service="s", createdAt={**earlier, **later})
    assert both["serviceDeployments"] == []


@pytest.mark.parametrize("end", ["after", "before"])
def test_deployments_of_more_than_three_months_ago_are_not_to_be_asked_for(lab: SmallEcs, end: str) -> None:
    lab.create(lab.register())
    days = 86_400
    lab.call("ListServiceDeployments", cluster="c", service="s", createdAt={end: lab.clock.now() - 89 * days})
    refused = lab.error(
        "ListServiceDeployments", cluster="c", service="s", createdAt={end: lab.clock.now() - 93 * days}
    )
    assert refused == (
        "InvalidParameterException",
        "Before and After time filter must be within the last 3 months.",
    )


def test_deployments_are_listed_in_pages_while_new_ones_come(lab: SmallEcs) -> None:
    lab.create(lab.register())
    for _ in range(4):
        update(lab, forceNewDeployment=True)
        lab.run(1)
    arns = [d["serviceDeploymentArn"] for d in reversed(lab.deployments())]
    pages: list[list[str]] = []
    token: dict[str, str] = {}
    for _ in range(3):
        page = lab.call("ListServiceDeployments", cluster="c", service="s", maxResults=2, **token)
        pages.append([d["serviceDeploymentArn"] for d in page["serviceDeployments"]])
        token = {"nextToken": page["nextToken"]} if "nextToken" in page else {}
        update(lab, forceNewDeployment=True)
    assert (pages, token) == ([arns[:2], arns[2:4], arns[4:]], {})


def test_a_deployment_that_a_newer_one_replaces_says_so(lab: SmallEcs) -> None:
    lab.create(lab.register())
    update(lab, forceNewDeployment=True)
    lab.run(60)
    assert [(d["status"], d.get("statusReason")) for d in lab.deployments()] == [
        ("STOPPED", "Replaced by a new service deployment."),
        ("SUCCESSFUL", None),
    ]
