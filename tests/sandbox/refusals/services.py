"""Rules of cdk-preflight for services, clusters, capacity providers and task sets.

Where CloudFormation puts its own words before ECS's ("CreateCluster Invalid Request:"), ECS's alone are here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.sandbox.refusals.rule import SUBNET, Call, Form, Rule

INVALID = "InvalidParameterException"
SEPTEMBER_3, SEPTEMBER_4, SEPTEMBER_8, SEPTEMBER_13 = "2026-09-03", "2026-09-04", "2026-09-08", "2026-09-13"

PROVIDERS = ("FARGATE", "FARGATE_SPOT")
CLUSTER = Call(operation="ecs:CreateCluster", form={"clusterName": "refusals", "capacityProviders": PROVIDERS})
DEFINITION = Call(
    operation="ecs:RegisterTaskDefinition",
    form={
        "family": "refusals",
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "cpu": "256",
        "memory": "512",
        "containerDefinitions": [{"name": "app", "image": "example.com/app:1"}],
    },
)
SERVICE: Form = {
    "cluster": "refusals",
    "taskDefinition": "refusals",
    "desiredCount": 0,
    "networkConfiguration": {"awsvpcConfiguration": {"subnets": [SUBNET]}},
}
"""A service that asks for no task; its launch type is left to what it is used for."""


def strategy(*items: tuple[str, int, int]) -> list[dict[str, Any]]:
    """Return a capacity provider strategy of provider, weight and base."""
    return [{"capacityProvider": name, "weight": weight, "base": base} for name, weight, base in items]


def creates_service(name: str, seen: str, good: Form, bad: Form, words: str, code: str = INVALID) -> Rule:
    """Return a rule of CreateService; `good` and `bad` are added to what each service needs."""
    service = {**SERVICE, "serviceName": name}
    fargate: Form = {} if "capacityProviderStrategy" in good else {"launchType": "FARGATE"}
    return Rule(
        name=name,
        seen=seen,
        operation="ecs:CreateService",
        good={**service, **fargate, **good},
        bad={**service, **fargate, **bad},
        code=code,
        words=words,
        before=(CLUSTER, DEFINITION),
    )


def percentages(low: int, high: int) -> Form:
    """Return the part of CreateService that says how a deployment goes."""
    return {"deploymentConfiguration": {"minimumHealthyPercent": low, "maximumPercent": high}}


def creates_cluster(name: str, good: Form, bad: Form, words: str, *, seen: str = SEPTEMBER_8) -> Rule:
    """Return a rule of CreateCluster."""
    return Rule(
        name=name,
        seen=seen,
        operation="ecs:CreateCluster",
        good={"clusterName": name, **good},
        bad={"clusterName": name, **bad},
        code=INVALID,
        words=words,
    )


def logging(kind: str, **place: str) -> Form:
    """Return a cluster's configuration of ECS Exec."""
    return {
        "configuration": {
            "executeCommandConfiguration": {"logging": kind, **({"logConfiguration": place} if place else {})}
        }
    }


CLUSTERS = (
    Rule(
        name="pf-ecs-cluster-name",
        seen=SEPTEMBER_4,
        operation="ecs:CreateCluster",
        good={"clusterName": "shop_1-a"},
        bad={"clusterName": "läden"},
        code=INVALID,
        words=r"ClusterName must match ^[a-zA-Z0-9\-_]{1,255}$",
        begins=True,
    ),
    creates_cluster(
        "pf-ecs-cluster-default-strategy-multiple-base",
        {
            "capacityProviders": PROVIDERS,
            "defaultCapacityProviderStrategy": strategy(("FARGATE", 1, 1), ("FARGATE_SPOT", 1, 0)),
        },
        {
            "capacityProviders": PROVIDERS,
            "defaultCapacityProviderStrategy": strategy(("FARGATE", 1, 1), ("FARGATE_SPOT", 1, 1)),
        },
        "The specified capacity provider strategy contains multiple capacity providers with a base value defined. Only "
        "one capacity provider per strategy can have a base value defined.",
    ),
    creates_cluster(
        "pf-ecs-cluster-default-strategy-provider-not-listed",
        {"capacityProviders": PROVIDERS, "defaultCapacityProviderStrategy": strategy(("FARGATE_SPOT", 1, 0))},
        {"capacityProviders": ["FARGATE"], "defaultCapacityProviderStrategy": strategy(("FARGATE_SPOT", 1, 0))},
        "The specified capacity provider strategy cannot contain a capacity provider that is not associated with the "
        "cluster. Associate the capacity provider with the cluster or specify a valid capacity provider and try again.",
    ),
    creates_cluster(
        "pf-ecs-cluster-execute-command-default-with-log-config",
        logging("OVERRIDE", cloudWatchLogGroupName="/exec"),
        logging("DEFAULT", cloudWatchLogGroupName="/exec"),
        "You must set logging to 'OVERRIDE' when you supply a log configuration.",
    ),
    creates_cluster(
        "pf-ecs-cluster-execute-command-override-without-log-config",
        logging("OVERRIDE", s3BucketName="exec-logs"),
        logging("OVERRIDE"),
        "A CloudWatch log group name or S3 bucket name must be specified when overriding the default log "
        "configuration.",
    ),
)

SERVICES = (
    Rule(
        name="pf-ecs-service-name",
        seen=SEPTEMBER_4,
        operation="ecs:CreateService",
        good={**SERVICE, "launchType": "FARGATE", "serviceName": "shop_1-a"},
        bad={**SERVICE, "launchType": "FARGATE", "serviceName": "лавка"},
        code=INVALID,
        words=r"ServiceName must match ^[a-zA-Z0-9\-_]{1,255}$, but was ?????",
        before=(CLUSTER, DEFINITION),
    ),
    creates_service(
        "pf-ecs-service-deployment-percent",
        SEPTEMBER_13,
        percentages(100, 200),
        percentages(101, 200),
        "minimumHealthyPercent must be at most 100",
    ),
    creates_service(
        "pf-ecs-svc-min-healthy-over-max-percent",
        SEPTEMBER_8,
        percentages(50, 100),
        percentages(100, 100),
        "Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments.",
    ),
    creates_service(
        "pf-ecs-service-fargate-placement",
        SEPTEMBER_3,
        {},
        {"placementConstraints": [{"type": "distinctInstance"}]},
        "Placement constraints are not supported with FARGATE launch type.",
    ),
    creates_service(
        "pf-ecs-service-launch-type-capacity-provider",
        SEPTEMBER_3,
        {"capacityProviderStrategy": strategy(("FARGATE", 1, 0))},
        {"capacityProviderStrategy": strategy(("FARGATE", 1, 0)), "launchType": "FARGATE"},
        "Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.",
    ),
    creates_service(
        "pf-ecs-svc-capacity-provider-multiple-base",
        SEPTEMBER_8,
        {"capacityProviderStrategy": strategy(("FARGATE", 1, 1), ("FARGATE_SPOT", 1, 0))},
        {"capacityProviderStrategy": strategy(("FARGATE", 1, 1), ("FARGATE_SPOT", 1, 2))},
        "There are multiple capacity providers in the specified capacity provider strategy with a base value greater "
        "than zero. Only one capacity provider can have a base value greater than zero. Specify a valid capacity "
        "provider strategy and try again.",
    ),
    creates_service(
        "pf-ecs-svc-capacity-provider-zero-weight",
        SEPTEMBER_8,
        {"capacityProviderStrategy": strategy(("FARGATE", 0, 0), ("FARGATE_SPOT", 1, 0))},
        {"capacityProviderStrategy": strategy(("FARGATE", 0, 0), ("FARGATE_SPOT", 0, 0))},
        "There are no capacity providers in the capacity provider strategy with a weight value greater than zero. "
        "Specify a weight value greater than zero for at least one capacity provider and try again.",
    ),
    creates_service(
        "pf-ecs-svc-role-with-awsvpc",
        SEPTEMBER_8,
        {},
        {
            "role": "ecsServiceRole",
            "loadBalancers": [
                {
                    "targetGroupArn": "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/app/0123",
                    "containerName": "app",
                    "containerPort": 80,
                }
            ],
        },
        "You cannot specify an IAM role for services that require a service linked role.",
    ),
)

RULES: tuple[Rule, ...] = (*CLUSTERS, *SERVICES)

_INSTANCES = "of container instances alone; the sandbox refuses the launch type EC2, as it has none"
_ASG = "of Auto Scaling groups alone; the sandbox has no CreateCapacityProvider"
_PLACEMENT = "chooses among container instances; on Fargate every placement constraint or strategy is refused"
_DAEMON = "daemon scheduling needs container instances; the sandbox refuses it"
_CONTROLLER = "the sandbox has the deployment controller ECS alone, and refuses the others"
_BALANCER = "the sandbox has no load balancing; it refuses loadBalancers"
_CONNECT = "the sandbox has no Service Connect; it refuses one that is enabled"
_EBS = "the sandbox attaches no EBS volumes; it refuses volumeConfigurations"
_REGISTRY = "the sandbox has no service discovery; it refuses serviceRegistries"
_TASK_SET = "task sets are of other deployment controllers; the sandbox has no CreateTaskSet"

LEFT_OUT: Mapping[str, str] = {
    "pf-ecs-cp-managed-termination-scale-in-protection": _ASG,
    "pf-ecs-cp-name-reserved-prefix": _ASG,
    "pf-ecs-cp-scaling-step-order": _ASG,
    "pf-ecs-service-codedeploy-lb": _CONTROLLER,
    "pf-ecs-service-daemon-desired-count": _DAEMON,
    "pf-ecs-service-lb-target-exclusive": _BALANCER,
    "pf-ecs-service-network-config-mode": "a task definition for Fargate has the network mode awsvpc alone",
    "pf-ecs-service-platform-version-ec2": _INSTANCES,
    "pf-ecs-svc-az-rebalancing-with-daemon": _DAEMON,
    "pf-ecs-svc-binpack-field": _PLACEMENT,
    "pf-ecs-svc-circuit-breaker-with-code-deploy": _CONTROLLER,
    "pf-ecs-svc-classic-lb-with-fargate": _BALANCER,
    "pf-ecs-svc-connect-client-alias-dns-name": _CONNECT,
    "pf-ecs-svc-connect-client-aliases-max": _CONNECT,
    "pf-ecs-svc-connect-port-name-missing": _CONNECT,
    "pf-ecs-svc-connect-without-namespace": _CONNECT,
    "pf-ecs-svc-daemon-max-percent": _DAEMON,
    "pf-ecs-svc-daemon-with-placement-strategies": _DAEMON,
    "pf-ecs-svc-ebs-iops-unsupported-type": _EBS,
    "pf-ecs-svc-ebs-name-not-in-taskdef": _EBS,
    "pf-ecs-svc-ebs-throughput-non-gp3": _EBS,
    "pf-ecs-svc-ebs-volume-without-size-or-snapshot": _EBS,
    "pf-ecs-svc-external-with-load-balancers": _CONTROLLER,
    "pf-ecs-svc-external-with-taskdef": _CONTROLLER,
    "pf-ecs-svc-lb-container-name-missing": _BALANCER,
    "pf-ecs-svc-lb-container-port-missing": _BALANCER,
    "pf-ecs-svc-placement-constraint-distinct-instance-expression": _PLACEMENT,
    "pf-ecs-svc-placement-strategies-max6": _PLACEMENT,
    "pf-ecs-svc-random-with-field": _PLACEMENT,
    "pf-ecs-svc-registries-multiple": _REGISTRY,
    "pf-ecs-svc-registries-port-with-awsvpc": _REGISTRY,
    "pf-ecs-svc-role-without-load-balancers": (
        "seen in the network mode bridge; on Fargate the role itself is refused (`pf-ecs-svc-role-with-awsvpc`)"
    ),
    "pf-ecs-taskset-lb-container-missing": _TASK_SET,
    "pf-ecs-taskset-platform-version-ec2": _TASK_SET,
}
"""Rule -> why the sandbox has no such case."""
