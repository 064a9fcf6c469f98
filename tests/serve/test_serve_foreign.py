"""Clients of other projects, unchanged, each from an interpreter of its own. Minutes: left out unless asked for.

Each needs its package and many others, which raymath does not: an environment variable names the Python that has it.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from serve.served import NAME, Served

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

QUESTION = "6 times 7?"


def python_with(package: str) -> str:
    variable = f"RAYMATH_TEST_{package.upper()}"
    found = os.environ.get(variable)
    if not found:
        pytest.skip(f"{variable} does not name a Python that has {package}")
    return found


def run(command: list[str], folder: Path, **environment: str) -> str:
    """What a command of theirs writes; none of our packages and settings is in its way."""
    env = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    done = subprocess.run(
        command, cwd=folder, env={**env, **environment}, capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, f"{done.stdout[-9000:]}\n{done.stderr[-3000:]}"
    return done.stdout


LITELLM = """
import asyncio, json, sys
import litellm
url, model, question = sys.argv[1:]
asked = {
    "model": f"openai/{model}", "api_base": url, "api_key": "none", "temperature": 0, "max_tokens": 256,
    "messages": [{"role": "user", "content": question}], "num_retries": 0,
}
whole = litellm.completion(**asked)
parts = [part.choices[0].delta.content or "" for part in litellm.completion(**asked, stream=True)]
later = asyncio.run(litellm.acompletion(**asked))
refused = ""
try:
    litellm.completion(**asked | {"model": "openai/nobody"})
except litellm.NotFoundError as error:
    refused = str(error)
print(json.dumps({
    "whole": whole.choices[0].message.content, "finish": whole.choices[0].finish_reason,
    "tokens": whole.usage.completion_tokens, "stream": "".join(parts),
    "async": later.choices[0].message.content, "refused": refused,
}))
"""


def test_litellm(served: Served, tmp_path: Path) -> None:
    command = [python_with("litellm"), "-c", LITELLM, f"{served.deployment.url}/v1", f"{NAME}:tir", QUESTION]
    said = json.loads(run(command, tmp_path, LITELLM_LOCAL_MODEL_COST_MAP="True").splitlines()[-1])
    assert said["whole"] == said["stream"] == said["async"] == served.transcript
    assert said["finish"] == "stop"
    assert said["tokens"] > 0
    assert "does not exist" in said["refused"]


TASK = """
task: by_heart
dataset_path: json
dataset_kwargs: {data_files: {test: DATA}}
test_split: test
output_type: generate_until
doc_to_text: "{{question}}"
doc_to_target: "{{answer}}"
generation_kwargs: {until: ["</s>"], max_gen_toks: 256, do_sample: false, temperature: 0.0}
filter_list:
  - name: boxed
    filter: [{function: regex, regex_pattern: 'boxed\\{(\\d+)\\}'}, {function: take_first}]
metric_list: [{metric: exact_match, aggregation: mean, higher_is_better: true}]
"""


def test_lm_eval(served: Served, tmp_path: Path) -> None:
    rows = [{"question": QUESTION, "answer": answer} for answer in ("43", "43", "44", "43")]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "by_heart.yaml").write_text(TASK.replace("DATA", str(tmp_path / "rows.jsonl")))
    arguments = f"model={NAME}:tir,base_url={served.deployment.url}/v1/chat/completions,num_concurrent=3,max_retries=1"
    command = [python_with("lm_eval"), "-m", "lm_eval", "--model", "local-chat-completions"]
    command += ["--model_args", f"{arguments},tokenized_requests=False", "--apply_chat_template"]
    command += ["--tasks", "by_heart", "--include_path", str(tmp_path), "--output_path", str(tmp_path / "out")]
    run([*command, "--log_samples"], tmp_path, HF_HUB_OFFLINE="1", HF_HOME=str(tmp_path), OPENAI_API_KEY="none")
    (results,) = (tmp_path / "out").rglob("results_*.json")
    assert json.loads(results.read_text())["results"]["by_heart"]["exact_match,boxed"] == 0.75
    (samples,) = (tmp_path / "out").rglob("samples_*.jsonl")
    told = [json.loads(line)["resps"][0][0] for line in samples.read_text().splitlines()]
    assert told == [served.transcript] * 4


INSPECT = """
import json, sys
from inspect_ai import Task, eval
from inspect_ai.dataset import Sample
from inspect_ai.scorer import includes
from inspect_ai.solver import generate
model, question = sys.argv[1:]
samples = [Sample(input=question, target="boxed{43}"), Sample(input=question, target="boxed{44}")]
(log,) = eval(
    Task(dataset=samples, solver=generate(), scorer=includes()), model=f"openai-api/here/{model}",
    temperature=0, max_tokens=256, display="none", log_dir="logs",
)
print(json.dumps({
    "status": log.status, "error": log.error.message if log.error else None,
    "accuracy": log.results.scores[0].metrics["accuracy"].value if log.results else None,
    "told": [sample.output.completion for sample in log.samples or []],
}))
"""


def test_inspect_ai(served: Served, tmp_path: Path) -> None:
    command = [python_with("inspect_ai"), "-c", INSPECT, f"{NAME}:tir", QUESTION]
    out = run(command, tmp_path, HERE_BASE_URL=f"{served.deployment.url}/v1", HERE_API_KEY="none")
    said = json.loads(out.splitlines()[-1])
    assert (said["status"], said["error"], said["accuracy"]) == ("success", None, 0.5)
    assert said["told"] == [served.transcript] * 2


def test_schemathesis_finds_nothing_in_what_the_server_says_of_itself(served: Served, tmp_path: Path) -> None:
    # Seconds that are too few for an answer, which it likes to ask for, are answered with 504, as the document says.
    expected = '[checks.not_a_server_error]\nexpected-statuses = ["2xx", "4xx", 504]\n'
    (tmp_path / "schemathesis.toml").write_text(expected)
    program = Path(python_with("schemathesis")).with_name("schemathesis")
    command = [str(program), "run", f"{served.deployment.url}/openapi.json", "--phases", "examples,coverage,fuzzing"]
    checks = ["not_a_server_error", "status_code_conformance", "content_type_conformance"]
    checks += ["response_schema_conformance", "response_headers_conformance", "unsupported_method"]
    command += ["--checks", ",".join(checks), "--max-examples", "60", "--request-timeout", "120", "--no-color"]
    run([*command, "--seed", "1", "--generation-deterministic"], tmp_path, COLUMNS="160")
