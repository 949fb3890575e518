"""Prometheus and Grafana: what they ask exists, and every metric they name is one that is exported."""

import json
import re
from typing import Any

import pytest

from backbone.routing import STAGES
from tests.support import deployment

SERVICES: dict[str, dict[str, Any]] = deployment.yaml(deployment.COMPOSE)["services"]
FOLDER = deployment.ROOT / "deploy" / "prometheus"
JOBS = {job["job_name"]: job for job in deployment.yaml(FOLDER / "prometheus.yml")["scrape_configs"]}
RULES = [rule for group in deployment.yaml(FOLDER / "alerts.yml")["groups"] for rule in group["rules"]]
DASHBOARD = json.loads((deployment.ROOT / "deploy/grafana/dashboards/postroom.json").read_text(encoding="utf-8"))
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
QUERIES = [target["expr"] for panel in PANELS for target in panel["targets"]]
EXPORTED = deployment.exported_metrics()
OPERATIONS = (deployment.ROOT / "docs" / "operations.md").read_text(encoding="utf-8")

expressions = pytest.mark.parametrize("expression", [*(rule["expr"] for rule in RULES), *QUERIES])


def test_every_process_is_asked_at_its_port() -> None:
    (asked,) = JOBS["postroom"]["dns_sd_configs"]
    ours = {name for name, one in SERVICES.items() if "disable" not in one["healthcheck"] and "build" in one}
    assert set(asked["names"]) == ours
    assert {str(asked["port"])} == {port for name in ours for port in SERVICES[name]["expose"]}
    assert all("monitoring" in SERVICES[name]["networks"] for name in [*ours, "prometheus", "rabbitmq"])


def test_rabbitmq_is_asked_for_each_queue() -> None:
    (target,) = JOBS["rabbitmq"]["static_configs"][0]["targets"]
    host, _, port = target.partition(":")
    assert port in SERVICES[host]["expose"]
    folder = deployment.ROOT / "deploy" / "rabbitmq"
    assert "rabbitmq_prometheus" in (folder / "enabled_plugins").read_text(encoding="utf-8")
    configured = (folder / "rabbitmq.conf").read_text(encoding="utf-8")
    assert re.search(r"^prometheus.return_per_object_metrics = true$", configured, re.MULTILINE)


def test_files_that_are_named_are_where_compose_puts_them() -> None:
    assert "./deploy/prometheus:/etc/prometheus:ro" in SERVICES["prometheus"]["volumes"]
    assert deployment.yaml(FOLDER / "prometheus.yml")["rule_files"] == ["/etc/prometheus/alerts.yml"]
    provisioning = deployment.ROOT / "deploy" / "grafana" / "provisioning"
    (provider,) = deployment.yaml(provisioning / "dashboards" / "postroom.yml")["providers"]
    assert f"./deploy/grafana/dashboards:{provider['options']['path']}:ro" in SERVICES["grafana"]["volumes"]
    home = SERVICES["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert home == f"{provider['options']['path']}/postroom.json"


def test_datasource_is_the_prometheus_of_compose() -> None:
    path = deployment.ROOT / "deploy/grafana/provisioning/datasources/prometheus.yml"
    (source,) = deployment.yaml(path)["datasources"]
    assert source["url"] == f"http://prometheus:{SERVICES['prometheus']['expose'][0]}"
    used = {panel["datasource"]["uid"] for panel in PANELS}
    assert used == {source["uid"]}


@expressions
def test_metrics_exist(expression: str) -> None:
    names = deployment.metric_names(expression)
    assert names
    unknown = {name for name in names if not name.startswith("rabbitmq_") and name != "up"} - set(EXPORTED)
    assert not unknown


@expressions
def test_labels_exist(expression: str) -> None:
    for metric, selected in re.findall(r"(postroom_\w+)\{([^}]*)\}", expression):
        asked = {part.partition("=")[0].strip("!~ ") for part in re.findall(r'\w+[!=]~?"', selected)}
        assert {label.rstrip('"=!~') for label in asked} <= set(EXPORTED[metric])


@expressions
def test_brackets_close(expression: str) -> None:
    bare = re.sub(r'"[^"]*"', "", expression)
    assert all(bare.count(opening) == bare.count(closing) for opening, closing in ("()", "[]", "{}"))


def test_values_of_labels_are_ours() -> None:
    text = " ".join([*QUERIES, *(rule["expr"] for rule in RULES)])
    from backbone.ledger.states import Inbound, Outbound  # noqa: PLC0415 - only this test wants them

    states = {value for found in re.findall(r'state=~?"([a-z_|]+)"', text) for value in found.split("|")}
    assert states <= {*Inbound, *Outbound}
    queues = {value for found in re.findall(r'queue=~"([a-z|]+)"', text) for value in found.split("|")}
    assert queues == set(STAGES.values())


def test_every_alert_leads_to_a_section_that_exists() -> None:
    headings = set(re.findall(r"^#+ (.+)$", OPERATIONS, re.MULTILINE))
    for rule in RULES:
        file, _, section = rule["annotations"]["runbook"].partition(": ")
        assert file == "docs/operations.md"
        assert section in headings
        assert rule["annotations"]["summary"]
        assert rule["labels"]["severity"] in ("warning", "critical")


def test_panels_are_distinct_and_lie_side_by_side() -> None:
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        assert place["x"] + place["w"] <= 24
        taken |= cells
    assert all(panel["description"] for panel in PANELS)
