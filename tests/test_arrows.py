"""The arrows between rooms, read from the source: who may import whom, and what the light rooms must not load."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LIGHT = {
    "records",
    "prompts",
    "presets",
    "config",
    "runs",
    "errors",
    "storage",
    "files",
    "mirror",
    "ordered",
    "machine",
}
#: What every stage may use beside the light rooms: what a person sees, where a model's files are, what code this is.
SHARED = LIGHT | {"console", "models", "origin"}
STAGES = {"data", "sandbox", "train", "serve", "rollout", "annotate", "eval"}
#: stage → what of other stages it may import; a value of None is the whole stage.
EXCEPTIONS: dict[str, set[str]] = {
    "serve": {"sandbox"},
    "annotate": {"rollout", "sandbox", "eval.answers", "eval.equality"},
    "eval": {"rollout"},
    "data.curate": {"sandbox", "eval.answers", "eval.equality"},
    "data.sample.generate": {"sandbox"},
    "data.tasks": {"sandbox"},  # gives curate the function that runs programs
    "data.parts": {"sandbox"},  # runs the programs of generated problems
    "data.inputs": {"eval.benchmarks"},  # what is measured must not be met in training
    "eval.breakdown": {"data.labels.chinese_rules"},  # the topics that training examples are sorted into
    "eval.fleet": {"serve"},
    "rollout.chatloop": {"sandbox", "serve.protocols", "serve.toolloop"},
    "train.loop": {"data.feed"},
    "train.observer": {"data.feed"},
    "train.record": {"data.feed"},
    "train.spikes": {"data.feed"},
}
#: The one module of a room that may import the heavy package.
DOORS = {
    "ray": {
        "session",
        "submit",  # the Jobs API
        "nodes",  # one task on each
        "readiness",
        "sandbox.pool",
        "data.pipeline",
        "train.run",
        "train.policies",  # the inner classes of ray.train
        "serve.app",
        "serve.deploy",
        "serve.metrics",
        "serve.status",
        "rollout.generators",  # asks a Serve handle
        "eval.fleet",  # asks how much room the cluster has
    },
    "deepspeed": {"train.engine"},
    "vllm": {"serve.engine", "serve.app", "serve.chat"},
}  # fmt: skip


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted((ROOT / "raymath").rglob("*.py")):
        name = ".".join(path.relative_to(ROOT / "raymath").with_suffix("").parts)
        yield name.removesuffix(".__init__"), ast.parse(path.read_text(encoding="utf-8"))


MODULES = dict(modules())


def imported(tree: ast.AST) -> set[str]:
    """Dotted names a module imports anywhere in it, also inside functions."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def own(tree: ast.AST) -> set[str]:
    """Of `imported`, raymath's own modules, as names below raymath."""
    found = set()
    for name in imported(tree):
        parts = name.split(".")
        if parts[0] != "raymath":
            continue
        while parts[1:] and ".".join(parts[1:]) not in MODULES:
            parts.pop()  # a name within a module
        found.add(".".join(parts[1:]))
    return found - {"", "__init__"}


def allowed(module: str, target: str) -> bool:
    room, other = module.split(".")[0], target.split(".")[0]
    if room in LIGHT:
        return other in LIGHT
    if other in SHARED or room == other:
        return True
    if room not in STAGES:
        over_all = {"cli", "recipe", "interim", "reporting", "serving", "doctor", "nodes", "readiness", "scale"}
        return room in over_all or (room in SHARED | {"session", "submit", "__init__"} and other in SHARED)
    granted = set().union(*(EXCEPTIONS.get(key, set()) for key in (room, module)))
    return any(target == grant or target.startswith(f"{grant}.") for grant in granted)


@pytest.mark.parametrize("module", sorted(MODULES))
def test_a_module_imports_only_along_the_arrows(module: str) -> None:
    wrong = sorted(target for target in own(MODULES[module]) if not allowed(module, target))
    assert not wrong, f"raymath.{module} may not import raymath.{wrong}"


@pytest.mark.parametrize("module", sorted(MODULES))
def test_heavy_packages_enter_by_their_doors(module: str) -> None:
    tops = {name.split(".")[0] for name in imported(MODULES[module])}
    for package, doors in DOORS.items():
        if module not in doors:
            assert package not in tops, f"raymath.{module} imports {package}: its doors are {sorted(doors)}"
    if module.split(".")[0] in LIGHT:
        assert not tops & {"torch", "transformers", "datasets"}


def test_the_rule_itself_can_fail() -> None:
    assert not allowed("records", "data.sources")
    assert not allowed("train.loss", "data.feed")
    assert allowed("train.loop", "data.feed")
    assert not allowed("data.sources", "sandbox")
    assert not allowed("eval.grade", "serve.deploy")
    assert allowed("eval.fleet", "serve.deploy")
    assert own(ast.parse("def f():\n    from raymath.records import Example\n    import raymath.config")) == {
        "records",
        "config",
    }


def test_jobs_hold_no_logic() -> None:
    for job in (ROOT / "jobs").glob("*.py"):
        text = job.read_text(encoding="utf-8")
        assert len(text.splitlines()) <= 40, job
        assert "raymath.cli" in imported(ast.parse(text)).pop() or "raymath.cli.main" in imported(ast.parse(text))


def test_help_and_light_imports_load_nothing_heavy() -> None:
    script = (
        "import sys\n"
        "from raymath import config, errors, presets, prompts, records, runs\n"
        "import raymath.cli\n"
        "try:\n    raymath.cli.main(['--help'])\nexcept SystemExit as e:\n    assert e.code == 0\n"
        "heavy = {'torch', 'ray', 'vllm', 'deepspeed', 'transformers', 'pyarrow', 'datasets', 'sympy', 'numpy'}\n"
        "print('heavy:', sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "heavy: []" in done.stdout
    assert "quickstart" in done.stdout


@pytest.mark.parametrize("room", sorted(STAGES & set(MODULES)))
def test_importing_a_stage_is_cheap(room: str) -> None:
    script = f"import sys, raymath.{room}; print(sorted({{'torch', 'ray', 'vllm', 'deepspeed'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
