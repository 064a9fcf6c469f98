"""Other evaluators' files come in, are graded, and our results go out in lm-eval's form: through the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from raymath.cli import main
from raymath.errors import DataError
from raymath.eval.exchange import read_outputs

TRANSCRIPT = "```python\nprint(6*7)\n```\n```output\n42\n```\nSo \\boxed{42}."
# One row of each, with the fields that their code writes.
FILES: dict[str, Any] = {
    "deepseek.json": [
        {"id": "7", "messages": [{"role": "user", "content": "6*7?\nPlease"}, {"role": "assistant", "content": ""}],
         "answer": ["42"], "model_output": TRANSCRIPT, "prediction": ["42"], "accuracy": 1}
    ],
    "tora.jsonl": {"idx": 3, "question": "6*7?", "gt": "42", "pred": ["42"], "code": [TRANSCRIPT], "report": [""],
                   "score": [True]},
    "qwen.jsonl": {"idx": 0, "question": "六乘七？", "gt_cot": "…", "gt": "42", "code": ["\\boxed{42}", "\\boxed{41}"],
                   "pred": ["42", "41"], "score": [True, False]},
    "lm_eval.jsonl": {"doc_id": 5, "doc": {"question": "6*7?", "answer": "6*7\n#### 42"}, "target": "6*7\n#### 42",
                      "resps": [["It is 42.\n#### 42"]], "filtered_resps": ["42"], "exact_match": 1.0},
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_outputs_of_other_evaluators(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(json.dumps(FILES[name]) + "\n", "utf-8")
    (item,), generations = read_outputs(tmp_path / name, "m", "gsm8k")
    assert (item.answer, item.language) == (("42",), "zh" if name == "qwen.jsonl" else "en")
    assert [one.sample for one in generations] == list(range(2 if name == "qwen.jsonl" else 1))
    assert {one.mode for one in generations} == {"tir" if name in ("deepseek.json", "tora.jsonl") else "cot"}


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    good = json.dumps(FILES["tora.jsonl"])
    for text, words in [
        (good + "\n{}", "row 1 .* none of"),
        (good + "\n" + good, "an id twice"),
        ('{"code": [], "gt": "", "question": "q"}', "row 0 .* no gold"),
        ('{"resps": [["a"]], "target": "1"}', "row 0"),
        ("{broken", "not JSON"),
    ]:
        (tmp_path / "x.jsonl").write_text(text, "utf-8")
        with pytest.raises(DataError, match=words):
            read_outputs(tmp_path / "x.jsonl", "m", "gsm8k")


def said(capsys: pytest.CaptureFixture[str], *command: str) -> dict[str, Any]:
    with pytest.raises(SystemExit) as ended:
        main([*command, "--json"])
    assert ended.value.code == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_import_regrade_report_export(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "qwen.jsonl").write_text(json.dumps(FILES["qwen.jsonl"]) + "\n", "utf-8")
    runs = [
        Path(said(capsys, "eval", "import", str(tmp_path / "qwen.jsonl"), "gsm8k", "--runs", str(tmp_path))["result"])
        for _ in range(2)
    ]
    scores = (runs[0] / "eval/scores.jsonl").read_bytes()
    again = said(capsys, "eval", "regrade", str(runs[0]))
    assert (again["samples"], again["correct"]) == (2, 1)
    assert (runs[0] / "eval/scores.jsonl").read_bytes() == scores
    assert said(capsys, "report", str(runs[0]), str(runs[1]))["result"] == str(runs[0] / "report.md")
    page = (runs[0] / "report.html").read_text("utf-8")
    assert all(f"{run.name} · qwen · cot" in page for run in runs)
    assert "Beside the published numbers" in (runs[0] / "report.md").read_text("utf-8")
    assert "ours,gsm8k" in (runs[0] / "table.csv").read_text("utf-8")
    exported = Path(said(capsys, "eval", "export", str(runs[0]))["result"])
    results = json.loads((exported / "results_0.json").read_text("utf-8"))
    assert results["results"]["gsm8k_cot"]["exact_match,none"] == 1.0
    assert results["n-samples"]["gsm8k_cot"] == {"original": 1, "effective": 1}
    assert results["configs"]["gsm8k_cot"]["repeats"] == 2
