"""What stands in deploy/ is whole: valid by its own schemas, true to the program, and never with a secret in it. No cluster ran it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import kubernetes_validate
import pytest
import typer.main
import yaml

from bot.cli import app
from bot.metrics_server import PLACES
from bot.settings import Settings
from tests.architecture.reference import settings
from tests.architecture.source import ROOT

DEPLOY = ROOT / "deploy"
MANIFESTS = sorted((DEPLOY / "kubernetes").glob("*.yaml"))
REDIS = "threadline-redis"
VERSIONS = ("1.30", "1.34", "1.37")


def documents() -> Iterator[dict[str, Any]]:
    for file in MANIFESTS:
        yield from yaml.safe_load_all(file.read_text())


def of_kind(kind: str) -> list[dict[str, Any]]:
    return [one for one in documents() if one["kind"] == kind]


def pods() -> Iterator[tuple[str, dict[str, Any]]]:
    for one in (*of_kind("Deployment"), *of_kind("Job")):
        yield one["metadata"]["name"], one["spec"]["template"]["spec"]


def ours() -> Iterator[tuple[str, dict[str, Any]]]:
    """The pods that run the program; Redis is another's."""
    for name, pod in pods():
        if name != REDIS:
            yield name, pod


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    return found


@pytest.mark.parametrize("version", VERSIONS)
def test_manifests_fit_the_schemas_of_kubernetes(version: str) -> None:
    for one in documents():
        kubernetes_validate.validate(one, version, strict=True)


def test_the_compose_file_fits_its_specification() -> None:
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    done = subprocess.run(
        [*check, str(DEPLOY / "compose.yaml")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_process_is_there_with_its_own_command() -> None:
    commands = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
    started = {c["args"][0] for _, pod in ours() for c in pod["containers"]}
    assert started == {"setup", "web", "work", "brain", "rasa"}
    services = compose()["services"].values()
    composed = {one["command"][0] for one in services if one["image"].startswith("threadline:")}
    assert composed == started
    assert started <= commands


def test_every_setting_in_the_environment_exists() -> None:
    known = {f"THREADLINE_{name.replace('.', '__').upper()}" for name, _ in settings(Settings)}
    of_processes = {
        "BRAIN_PORT",
        "BRAIN_URL",
        "BRAIN_TOKEN",
        "RASA_PORT",
        "RASA_URL",
        "RASA_MODEL",
        "TURN_TOKEN",
    }
    known |= {f"THREADLINE_{name}" for name in of_processes}
    for file in (*MANIFESTS, DEPLOY / "compose.yaml", DEPLOY / "Containerfile"):
        named = set(re.findall(r"\bTHREADLINE_[A-Z_]+[A-Z]", file.read_text()))
        assert named <= known, file.name
    code = "".join(file.read_text() for file in (ROOT / "bot").rglob("*.py"))
    assert all(f"THREADLINE_{name}" in code for name in of_processes)


def test_pods_have_probes_requests_and_no_rights() -> None:
    for name, pod in pods():
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["automountServiceAccountToken"] is False
        for container in pod["containers"]:
            asked = container["resources"]
            assert {"cpu", "memory"} <= set(asked["requests"])
            assert "memory" in asked["limits"]
            assert container["securityContext"]["capabilities"]["drop"] == ["ALL"]
            assert container["securityContext"]["readOnlyRootFilesystem"] is True
            is_watched = "livenessProbe" in container or container["args"][0] in {"setup", "rasa"}
            assert is_watched, (name, container["name"])
    (web,) = [c for n, p in pods() for c in p["containers"] if c["name"] == "web"]
    assert web["readinessProbe"]["httpGet"]["path"] == "/health/ready"


def test_rolling_and_draining_leave_somebody_at_work() -> None:
    guarded = {b["spec"]["selector"]["matchLabels"]["part"] for b in of_kind("PodDisruptionBudget")}
    for deployment in of_kind("Deployment"):
        spec = deployment["spec"]
        if deployment["metadata"]["name"] == REDIS:
            continue  # a hint may be away
        assert spec["replicas"] >= 2
        assert spec["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
        assert spec["template"]["metadata"]["labels"]["part"] in guarded
        assert spec["selector"]["matchLabels"] == {
            key: spec["template"]["metadata"]["labels"][key] for key in ("app", "part")
        }


def test_brain_and_rasa_share_the_loopback_of_a_worker_and_no_other() -> None:
    together = {
        c["name"] for n, pod in pods() if n == "threadline-think" for c in pod["containers"]
    }
    assert together == {"work", "brain", "rasa"}
    services = compose()["services"]
    assert services["brain"]["network_mode"] == services["rasa"]["network_mode"] == "service:work"
    published = [name for name, service in services.items() if service.get("ports")]
    assert published == ["web"]
    assert [one["spec"]["selector"]["part"] for one in of_kind("Service")] == ["web", "redis"]


def test_redis_keeps_nothing_and_is_reached_by_our_pods_alone() -> None:
    (pod,) = [pod for name, pod in pods() if name == REDIS]
    (said,) = pod["containers"][0]["args"]
    (at_home,) = compose()["services"]["redis"]["command"][2:]
    for command in (said, at_home):
        assert '--save "" --appendonly no' in command
        assert "--requirepass" in command
    assert "ports" not in compose()["services"]["redis"]
    (policy,) = [one for one in of_kind("NetworkPolicy") if one["metadata"]["name"] == REDIS]
    (rule,) = policy["spec"]["ingress"]
    assert rule["from"] == [{"podSelector": {"matchLabels": {"app": "threadline"}}}]


def test_metrics_are_reached_where_each_process_tells_them() -> None:
    (config,) = of_kind("ConfigMap")
    first = int(config["data"]["THREADLINE_METRICS__PORT"])
    for _, pod in pods():
        for container in pod["containers"]:
            ports = {p["name"]: p["containerPort"] for p in container.get("ports", ())}
            told = next((p for n, p in ports.items() if n.endswith("metrics")), None)
            if container["name"] in PLACES:
                assert told == first + PLACES[container["name"]]


def test_no_secret_stands_here() -> None:
    for secret in of_kind("Secret"):
        assert all("replace-me" in value for value in secret["stringData"].values())
    for service in compose()["services"].values():
        for name, value in (service.get("environment") or {}).items():
            if any(word in name for word in ("PASSWORD", "TOKEN")):
                assert value.startswith("${"), name
