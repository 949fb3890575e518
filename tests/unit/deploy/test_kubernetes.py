"""deploy/kubernetes: every object is whole, and its commands, variables, queues and ports are ours."""

import re
from typing import Any

import pytest

from backbone.routing import STAGES
from console.settings import ConsoleSettings
from deploy.docs import variables
from tests.support import deployment

OBJECTS = deployment.manifests()
KUSTOMIZATION = deployment.yaml(deployment.KUBERNETES / "kustomization.yaml")
WORKLOADS = {one["metadata"]["name"]: one for one in OBJECTS if one["kind"] in ("Deployment", "Job")}
PROCESSES = {*STAGES, "chat", "scheduler", "watch", "console"}

workloads = pytest.mark.parametrize("name", WORKLOADS)


def of_kind(kind: str) -> dict[str, dict[str, Any]]:
    """Return the objects of one kind by their names."""
    return {one["metadata"]["name"]: one for one in OBJECTS if one["kind"] == kind}


def container(name: str) -> dict[str, Any]:
    """Return the one container of a workload."""
    (found,) = WORKLOADS[name]["spec"]["template"]["spec"]["containers"]
    assert isinstance(found, dict)
    return found


def test_every_file_is_named_and_every_object_has_its_own_name() -> None:
    files = {path.name for path in deployment.KUBERNETES.glob("*.yaml")} - {"kustomization.yaml", "names.yaml"}
    assert set(KUSTOMIZATION["resources"]) == files
    names = [(one["kind"], one["metadata"]["name"]) for one in OBJECTS]
    assert len(set(names)) == len(names)
    assert all(one["apiVersion"] for one in OBJECTS)


def test_every_process_is_there() -> None:
    assert set(WORKLOADS) == PROCESSES | {"migrate"}
    assert WORKLOADS["migrate"]["kind"] == "Job"


@workloads
def test_command_exists(name: str) -> None:
    deployment.check_command(container(name)["args"])
    assert name in container(name)["args"]


@workloads
def test_container_may_as_little_as_possible(name: str) -> None:
    pod = WORKLOADS[name]["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    assert pod["serviceAccountName"] in of_kind("ServiceAccount")
    assert container(name)["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert container(name)["resources"]["limits"]["memory"]


@workloads
def test_selector_finds_its_own_pods(name: str) -> None:
    labels = WORKLOADS[name]["spec"]["template"]["metadata"]["labels"]
    assert labels["app.kubernetes.io/component"] == name
    wanted = WORKLOADS[name]["spec"].get("selector", {}).get("matchLabels", {})
    assert wanted.items() <= labels.items()


@pytest.mark.parametrize("name", sorted(PROCESSES))
def test_probes_ask_the_metrics_port(name: str) -> None:
    settings = (deployment.KUBERNETES / "settings.env").read_text(encoding="utf-8")
    (port,) = re.findall(r"^POSTROOM_METRICS_PORT=(\d+)$", settings, re.MULTILINE)
    assert {"name": "metrics", "containerPort": int(port)} in container(name)["ports"]
    assert len(container(name)["ports"]) == (2 if name == "console" else 1)
    assert container(name)["livenessProbe"]["exec"]["command"][-1] == port
    assert WORKLOADS[name]["spec"]["template"]["metadata"]["annotations"]["prometheus.io/port"] == port


def test_variables_are_settings_and_what_is_required_is_there() -> None:
    given: set[str] = set()
    for name in ("settings.env", "secret.env.example"):
        text = (deployment.KUBERNETES / name).read_text(encoding="utf-8")
        given |= set(re.findall(r"^([A-Z_]+)=", text, re.MULTILINE))
    assert given <= set(variables())
    required = {"SECRET_KEY", "DATABASE_URL", "AMQP_URL", "BLOB_URL", "BLOB_OPTIONS"}
    assert {f"POSTROOM_{name}" for name in required} <= given


def test_secrets_are_not_committed() -> None:
    assert "secret.env" in (deployment.KUBERNETES / ".gitignore").read_text(encoding="utf-8").split()
    example = (deployment.KUBERNETES / "secret.env.example").read_text(encoding="utf-8")
    assert re.search(r"^POSTROOM_SECRET_KEY=$", example, re.MULTILINE)


def test_each_stage_scales_with_its_own_queue() -> None:
    scaled = of_kind("ScaledObject")
    assert set(scaled) == set(STAGES)
    for stage, queue in STAGES.items():
        spec = scaled[stage]["spec"]
        assert spec["scaleTargetRef"] == {"name": stage}
        assert "replicas" not in WORKLOADS[stage]["spec"], "KEDA sets them"
        first, *others = spec["triggers"]
        assert first["metadata"]["queueName"] == queue
        assert first["authenticationRef"]["name"] in of_kind("TriggerAuthentication")
        for other in others:
            names = deployment.metric_names(other["metadata"]["query"])
            assert {name for name in names if name.startswith("postroom_")} <= set(deployment.exported_metrics())
            assert f'queue="{queue}"' in other["metadata"]["query"]


def test_nodes_can_be_drained_one_process_at_a_time() -> None:
    for name, budget in of_kind("PodDisruptionBudget").items():
        assert budget["spec"]["maxUnavailable"] == 1
        assert budget["spec"]["selector"]["matchLabels"] == WORKLOADS[name]["spec"]["selector"]["matchLabels"]


def test_only_who_talks_to_mail_servers_may() -> None:
    mail = of_kind("NetworkPolicy")["mail-servers"]["spec"]["podSelector"]["matchLabels"]
    may = {
        name
        for name, workload in WORKLOADS.items()
        if mail.items() <= workload["spec"]["template"]["metadata"]["labels"].items()
    }
    assert may == {"ingest", "replies", "watch"}


def test_browsers_reach_the_console_at_its_port() -> None:
    (web,) = [one for one in container("console")["ports"] if one["name"] == "web"]
    assert web["containerPort"] == ConsoleSettings().port
    assert {"name": "POSTROOM_CONSOLE_HOST", "value": "0.0.0.0"} in container("console")["env"]  # noqa: S104 - in a container
    assert container("console")["readinessProbe"]["httpGet"] == {"path": "/healthz", "port": "web"}
    labels = WORKLOADS["console"]["spec"]["template"]["metadata"]["labels"]
    assert of_kind("Service")["console"]["spec"]["selector"].items() <= labels.items()
    assert of_kind("Service")["console"]["spec"]["ports"][0]["targetPort"] == "web"
    let_in = of_kind("NetworkPolicy")["browsers"]["spec"]
    assert let_in["podSelector"]["matchLabels"].items() <= labels.items()
    assert let_in["ingress"][0]["ports"] == [{"protocol": "TCP", "port": web["containerPort"]}]


def test_image_is_that_of_compose() -> None:
    (image,) = KUSTOMIZATION["images"]
    compose = deployment.yaml(deployment.COMPOSE)["services"]["parse"]["image"]
    assert f"{image['newName']}:{image['newTag']}" == compose
    assert {container(name)["image"] for name in WORKLOADS} == {image["name"]}
