"""The manifests of cluster/ against schemas that packages ship, and against pyproject.toml and the command line.

Kubernetes' own kinds and every pod template: the schemas of `kubernetes-validate`. Ray clusters of `ray up`, and what
Ray's autoscaler reads from a KubeRay cluster: Ray's own schema. Serve's configuration and job requests: Ray's models.
No package ships the schemas of KubeRay's own kinds: their remaining field names are checked by nothing here.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import typer
import yaml

from raymath import __version__, cli

ROOT = Path(__file__).parents[2]
CLUSTER = ROOT / "cluster"
KUBERAY = CLUSTER / "kuberay"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
OVERLAYS = ("small", "large", "small-serve", "large-serve")
KUBERNETES = "1.32"
USER = 10001


def documents(path: Path) -> list[dict[str, Any]]:
    return [one for one in yaml.safe_load_all(path.read_text(encoding="utf-8")) if one]


def rendered(overlay: str, kuberay: Path = KUBERAY) -> list[dict[str, Any]]:
    """What `kubectl apply -k` would send."""
    if (kubectl := shutil.which("kubectl")) is None:
        pytest.skip("no kubectl here to build overlays with")
    built = subprocess.run(
        [kubectl, "kustomize", str(kuberay / "overlays" / overlay)], capture_output=True, text=True, check=True
    )
    return list(yaml.safe_load_all(built.stdout))


def ray_clusters(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The specs of RayClusters, also of those within a RayService."""
    specs = {"RayCluster": lambda one: one["spec"], "RayService": lambda one: one["spec"]["rayClusterConfig"]}
    return [spec for one in found if one["kind"] in specs and (spec := specs[one["kind"]](one))]


def groups(spec: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {"head": spec["headGroupSpec"]} | {one["groupName"]: one for one in spec["workerGroupSpecs"]}


BASE = [one for path in sorted((KUBERAY / "base").glob("*.yaml")) for one in documents(path)]
(BASE_SPEC,) = ray_clusters(BASE)


@pytest.mark.parametrize("overlay", [None, *OVERLAYS])
def test_kubernetes_kinds_and_pods(overlay: str | None) -> None:
    found = rendered(overlay) if overlay else BASE
    own = [one for one in found if not one["apiVersion"].startswith(("ray.io", "kustomize"))]
    assert {one["kind"] for one in own} == {"PersistentVolumeClaim", "NetworkPolicy", "PodDisruptionBudget"}
    for one in own:
        kubernetes_validate.validate(one, KUBERNETES, strict=True)
    (spec,) = ray_clusters(found)
    for name, group in groups(spec).items():
        template = {
            "apiVersion": "v1",
            "kind": "PodTemplate",
            "metadata": {"name": name},
            "template": group["template"],
        }
        kubernetes_validate.validate(template, KUBERNETES, strict=True)
        if overlay:
            for container in group["template"]["spec"]["containers"]:
                image = "gpu" if name == "gpu" else "cpu"
                assert container["image"] == f"REGISTRY/raymath:{__version__}-{image}"
    options = {"name": "autoscaler", "image": "any", **spec["autoscalerOptions"]}
    options = {key: value for key, value in options.items() if key not in ("upscalingMode", "idleTimeoutSeconds")}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "any"}, "spec": {"containers": [options]}}
    kubernetes_validate.validate(pod, KUBERNETES, strict=True)


def test_the_schemas_can_refuse() -> None:
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": {"containers": [{"nane": "a"}]}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(pod, KUBERNETES, strict=True)


@pytest.mark.parametrize(
    ("overlay", "most"),
    [("small", {"cpu": 2, "gpu": 1, "sandbox": 1}), ("large", {"cpu": 32, "gpu": 8, "sandbox": 32})],
)
@pytest.mark.parametrize("serve", ["", "-serve"])
def test_rays_autoscaler_reads_the_cluster(overlay: str, most: dict[str, int], serve: str) -> None:
    from ray.autoscaler._private.kuberay.autoscaling_config import _derive_autoscaling_config_from_ray_cr

    (spec,) = ray_clusters(rendered(overlay + serve))
    config = _derive_autoscaling_config_from_ray_cr({"metadata": {"name": "a", "namespace": "b"}, "spec": spec})
    types = config["available_node_types"]
    assert {name: one["max_workers"] for name, one in types.items() if name in most} == most
    resources = {name: one["resources"] for name, one in types.items()}
    assert resources[config["head_node_type"]]["CPU"] == 0, "nothing heavy runs on the head"
    assert resources["sandbox"] | {"memory": 0} == {"CPU": 0, "sandbox": 8, "memory": 0}
    assert resources["gpu"]["GPU"] == (8 if overlay == "large" else 1)
    assert spec["rayVersion"] in next(one for one in PROJECT["dependencies"] if one.startswith("ray["))


def test_every_pod_is_unprivileged() -> None:
    for name, group in groups(BASE_SPEC).items():
        pod = group["template"]["spec"]
        context = pod["securityContext"]
        assert (context["runAsNonRoot"], context["runAsUser"]) == (True, USER), name
        assert context["seccompProfile"] == {"type": "RuntimeDefault"}
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod)
        assert not any("hostPath" in volume for volume in pod["volumes"])
        if name != "head":  # the autoscaler's token is the head's
            assert pod["automountServiceAccountToken"] is False
        for container in pod["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "capabilities": {"drop": ["ALL"]},
            }
            assert container["livenessProbe"]
            assert container["readinessProbe"]
            for variable in container.get("env", []):
                assert "value" not in variable or not re.search("TOKEN|KEY|SECRET|PASSWORD", variable["name"])


def test_the_sandbox_has_nothing_to_take_and_no_way_out() -> None:
    pod = groups(BASE_SPEC)["sandbox"]["template"]
    assert all(set(volume) - {"name"} == {"emptyDir"} for volume in pod["spec"]["volumes"])
    assert "env" not in pod["spec"]["containers"][0]
    labels = pod["metadata"]["labels"] | {"ray.io/group": "sandbox"}  # KubeRay sets the second
    policies = [one["spec"] for one in BASE if one["kind"] == "NetworkPolicy"]
    mine = [
        one
        for one in policies
        if "Egress" in one["policyTypes"] and one["podSelector"]["matchLabels"].items() <= labels.items()
    ]
    (policy,) = mine
    inside, dns = policy["egress"]
    assert inside["to"] == [{"podSelector": {"matchLabels": pod["metadata"]["labels"]}}]
    assert {port["port"] for port in dns["ports"]} == {53}
    assert all("ipBlock" not in peer and peer for rule in policy["egress"] for peer in rule["to"])
    others = [name for name, group in groups(BASE_SPEC).items() if group["template"]["metadata"] != pod["metadata"]]
    assert others == [], "all pods of Ray carry the label that the policies go by"


def test_budgets_are_of_the_kind_that_works_for_rays_pods() -> None:
    for one in BASE:
        if one["kind"] == "PodDisruptionBudget":
            assert isinstance(one["spec"]["minAvailable"], int)
            assert "maxUnavailable" not in one["spec"]


@pytest.mark.parametrize("kustomization", sorted(KUBERAY.rglob("kustomization.yaml")), ids=str)
def test_a_kustomization_names_what_exists(kustomization: Path) -> None:
    (one,) = documents(kustomization)
    for path in [*one.get("resources", []), *one.get("components", [])]:
        assert (kustomization.parent / path).exists(), path
    for patch in one.get("patches", []):
        assert patch["target"] == {"kind": "RayCluster", "name": "raymath"}
        if "path" in patch:
            assert isinstance(yaml.safe_load((kustomization.parent / patch["path"]).read_text()), list)


@pytest.mark.parametrize("path", sorted((KUBERAY / "jobs").glob("*.yaml")), ids=lambda path: path.stem)
def test_a_job_is_one_that_ray_and_raymath_take(path: Path) -> None:
    from ray.dashboard.modules.job.common import JobSubmitRequest

    (job,) = documents(path)
    assert job["spec"]["clusterSelector"] == {"ray.io/cluster": "raymath"}
    assert (job["apiVersion"], job["kind"], job["metadata"]["namespace"]) == ("ray.io/v1", "RayJob", "raymath")
    entry = job["spec"]["entrypoint"]
    JobSubmitRequest(entrypoint=entry, entrypoint_num_cpus=job["spec"]["entrypointNumCpus"])
    program, *words = shlex.split(re.sub(r'"\$\(.*?\)"', "/shared/runs/one", entry))
    assert program in PROJECT["scripts"]
    values = parse(words)
    if values["config"] is None:
        assert values["target"] == ["/shared/runs/one"]
    else:
        assert str(values["runs"]).startswith("/shared/")


def parse(words: list[str]) -> dict[str, Any]:
    """The options of a command line, by the command line's own parser."""
    command: Any = typer.main.get_command(cli.app)
    context = command.make_context("raymath", words, resilient_parsing=False)
    while hasattr(command, "resolve_command"):
        rest = [*context._protected_args, *context.args]
        name, command, rest = command.resolve_command(context, rest)
        context = command.make_context(name, rest, parent=context)
    params: dict[str, Any] = context.params
    return params


def test_the_first_jobs_configuration_is_planned(capfd: pytest.CaptureFixture[str]) -> None:
    (job,) = documents(KUBERAY / "jobs" / "data.yaml")
    with pytest.raises(SystemExit) as ended:
        cli.main([*shlex.split(job["spec"]["entrypoint"])[1:], "--plan"])
    assert ended.value.code == 0
    assert "plan of deepseekmath-7b" in capfd.readouterr().out


def test_the_service_is_one_that_serve_takes(tiny_model: Path, tmp_path: Path) -> None:
    from ray.serve._private.api import call_user_app_builder_with_args_if_necessary
    from ray.serve.schema import ServeDeploySchema

    from raymath.serve import keys, service

    (one,) = documents(KUBERAY / "serve" / "service.yaml")
    config = ServeDeploySchema.model_validate(yaml.safe_load(one["spec"]["serveConfigV2"]))
    (application,) = config.applications
    module, _, name = str(application.import_path).partition(":")
    assert module == service.__name__
    assert all(path.startswith("/shared/") for path in application.args["models"].values())
    assert any(one.startswith("serve.keys=/shared/") for one in application.args["overrides"])
    keys.add(tmp_path / "keys", "ada")
    mine = [*application.args["overrides"], f"serve.keys={tmp_path / 'keys'}"]
    args = application.args | {"models": {"tiny": str(tiny_model)}, "overrides": mine}
    built = call_user_app_builder_with_args_if_necessary(getattr(service, name), args)
    assert built._bound_deployment.name == "gateway"
    with pytest.raises(ValueError, match="modles"):
        call_user_app_builder_with_args_if_necessary(service.application, args | {"modles": {}})


def test_a_head_whose_state_is_in_redis(tmp_path: Path) -> None:
    kuberay = shutil.copytree(KUBERAY, tmp_path / "kuberay")
    overlay = kuberay / "overlays" / "large-serve" / "kustomization.yaml"
    plain = overlay.read_text()
    overlay.write_text(plain.replace("components: [", "components: [../../redis, "))
    (spec,) = ray_clusters(rendered("large-serve", kuberay))
    (without,) = ray_clusters(rendered("large-serve"))
    options = spec.pop("gcsFaultToleranceOptions")
    assert spec == without
    assert set(options) == {"redisAddress", "redisPassword"}
    env = [{"name": "PASSWORD", **options["redisPassword"]}]
    pod = {"containers": [{"name": "any", "image": "any", "env": env}]}
    kubernetes_validate.validate(
        {"apiVersion": "v1", "kind": "Pod", "metadata": {}, "spec": pod}, KUBERNETES, strict=True
    )


@pytest.mark.parametrize("name", ["aws", "gcp"])
def test_a_cluster_of_ray_up(name: str) -> None:
    from ray.autoscaler._private.util import fillout_defaults, validate_config
    from ray.scripts.scripts import start

    (config,) = documents(CLUSTER / f"{name}.yaml")
    validate_config(fillout_defaults(config))  # as `ray up` does before it asks the cloud
    types = config["available_node_types"]
    assert set(types) == {"head", "cpu", "sandbox", "gpu"}
    assert types["head"]["resources"] == {"CPU": 0}
    assert types["sandbox"]["resources"] == {"CPU": 0, "sandbox": 16}
    for kind, one in types.items():
        machine = str(one["node_config"])
        assert kind == "head" or "spot" in machine.lower(), "workers are spot machines"
    assert config["docker"]["image"].endswith(f":{__version__}-cpu")
    assert types["gpu"]["docker"]["worker_image"].endswith(f":{__version__}-gpu")
    # Ray adds the options of all kinds to those of a type: the volume stands only where it is meant.
    own = [*config["docker"].get("run_options", []), *types["sandbox"]["docker"]["worker_run_options"]]
    assert not any("shared" in option for option in own)
    for kind in ("cpu", "gpu"):
        assert "--volume=/shared:/shared" in types[kind]["docker"]["worker_run_options"]
    options = {option for parameter in start.params for option in parameter.opts}
    for command in config["head_start_ray_commands"] + config["worker_start_ray_commands"]:
        if " ray start " in command:
            assert "RAY_AUTH_MODE=token" in command
            assert set(re.findall(r"--[a-z-]+", command)) <= options


def test_the_image() -> None:
    text = (CLUSTER / "Dockerfile").read_text(encoding="utf-8")
    targets = re.findall(r"^FROM \S+ AS (\w+)$", text, re.MULTILINE)
    assert targets == ["base", "cpu", "gpu"]
    extras = {extra for found in re.findall(r'"\.\[([\w,]+)\]"', text) for extra in found.split(",")}
    assert {"cpu", "gpu"} <= extras <= set(PROJECT["optional-dependencies"])
    assert set(re.findall(r"raymath:(\S+)-[cg]pu", text)) == {__version__} == {PROJECT["version"]}
    (python,) = re.findall(r"^FROM python:(\d+\.\d+)-", text, re.MULTILINE)
    assert PROJECT["requires-python"].startswith(f">={python}")
    assert text.count(f"USER {USER}") == 2, "both end as the ordinary user"
    assert f"useradd --uid {USER}" in text
    assert "==" not in text.replace("torch==[^", ""), "versions are pyproject.toml's"
    for source in re.findall(r"^COPY (.+) \S+$", text, re.MULTILINE):
        assert all((ROOT / one).exists() for one in source.split())


def test_the_board_shows_metrics_that_ray_exports() -> None:
    """The names stand in the boards that Ray ships; what they are was also read once from a live Ray."""
    import json

    import ray

    shipped = "".join(
        path.read_text() for path in (Path(ray.__file__).parent / "dashboard/modules/metrics/dashboards").glob("*.py")
    )
    board = json.loads((CLUSTER / "grafana" / "raymath.json").read_text(encoding="utf-8"))
    names = {name for panel in board["panels"] for t in panel["targets"] for name in re.findall(r"ray_\w+", t["expr"])}
    assert len(names) > 10
    ours = {name for name in names if name.startswith("ray_raymath_")}
    assert not {name for name in names - ours if not re.search(rf"\b{name}\b", shipped)}
    told = (CLUSTER.parent / "raymath" / "serve" / "metrics.py").read_text(encoding="utf-8")
    assert ours
    assert not {name for name in ours if f'"{name.removeprefix("ray_").removesuffix("_bucket")}"' not in told}
    cells = [tuple(panel["gridPos"].values()) for panel in board["panels"]]
    assert len(set(cells)) == len(cells)


def test_what_prometheus_scrapes() -> None:
    (config,) = documents(CLUSTER / "grafana" / "prometheus.yml")
    kubernetes, nodes = config["scrape_configs"]
    (namespaces,) = (one["namespaces"]["names"] for one in kubernetes["kubernetes_sd_configs"])
    (base,) = documents(KUBERAY / "base" / "kustomization.yaml")
    assert namespaces == [base["namespace"]]
    ports = {port["name"] for group in groups(BASE_SPEC).values() for port in ports_of(group)}
    assert kubernetes["relabel_configs"][0]["regex"].split(";")[1] in ports
    from ray._private.ray_constants import PROMETHEUS_SERVICE_DISCOVERY_FILE

    assert nodes["file_sd_configs"][0]["files"] == [f"/tmp/ray/{PROMETHEUS_SERVICE_DISCOVERY_FILE}"]


def ports_of(group: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = group["template"]["spec"]["containers"][0]["ports"]
    return found
