"""A sweep over a real Serve application: what it asks, what it leaves on disk, and going on after a stop."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from raymath.config import Settings, validate
from raymath.errors import ConfigError, DataError
from raymath.eval.items import Item
from raymath.eval.report import Report, headline, render
from raymath.eval.results import ALL, Scored, compare, read_scores, summarise, write_scores
from raymath.eval.sweep import _serve, evaluate, plan
from raymath.eval.transcripts import file_name
from raymath.prompts import SUFFIX
from raymath.rollout.store import read

ITEMS = {
    "sums": [Item(f"s{n}", "sums", f"What is {n} + {n}?", (str(2 * n),), "en") for n in range(12)],
    "和": [Item(f"h{n}", "和", f"{n}加{n}是多少？", (str(2 * n),), "zh") for n in range(6)],
}


def settings(**eval_: Any) -> Settings:
    return validate({"eval": {"max_tokens": 32, "concurrency": 4, **eval_}}, "test")


class Application:
    """Deploys a small model of our own on Serve: good at sums when it is tuned, and now and then out of order."""

    def __init__(self) -> None:
        self.deployed: list[list[str]] = []
        self.asked: dict[str, int] = {}

    @contextmanager
    def __call__(self, models: dict[str, str], settings: Settings) -> Iterator[Application]:
        from ray import serve

        @serve.deployment(ray_actor_options={"num_cpus": 0.1}, max_ongoing_requests=100)
        class Adder:
            def __init__(self, directory: str) -> None:
                self.tuned, self.asked = directory.endswith("tuned"), 0

            async def solve(self, message: str, mode: str, sampling: dict[str, Any], protocol: str) -> dict[str, Any]:
                import re

                self.asked += 1
                assert sampling["temperature"] == 0 or sampling["seed"] is not None
                n = int(re.findall(r"\d+", message)[0])
                if n == 11:
                    raise RuntimeError("out of order")
                answer = 2 * n if self.tuned or n < 3 else 7
                text = f"It is \\boxed{{{answer}}}." if mode == "cot" else f"```output\n{answer}\n```\n"
                return {"prompt": f"<{message}>", "text": text, "finish": "stop", "completion_tokens": 10 + n}

            async def count(self) -> int:
                return self.asked

        self.deployed.append(list(models))
        self.handles = {
            name: serve.run(Adder.bind(where), name=f"sweep-{name}", route_prefix=None)
            for name, where in models.items()
        }
        try:
            yield self
        finally:
            for name, handle in self.handles.items():
                self.asked[name] = self.asked.get(name, 0) + handle.count.remote().result()
                serve.delete(f"sweep-{name}")

    def handle(self, model: str) -> Any:
        return self.handles[model]


MODELS = {"base": "dir/base", "tuned": "dir/tuned"}


@pytest.fixture(scope="module")
def finished(local_ray: None, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Application, list[Any]]:
    application, seen = Application(), []
    directory = tmp_path_factory.mktemp("sweep")
    progress = lambda *state: seen.append(state)  # noqa: E731
    results = evaluate(MODELS, ITEMS, settings(), directory, deploy=application, progress=progress, pause_s=0.1)
    return results, application, seen


def test_everything_is_asked_once_and_lost_items_are_unscored(finished: Any) -> None:
    results, application, seen = finished
    assert application.deployed == [["base", "tuned"]]
    # 18 items in two modes; the item that is always lost is asked three times.
    assert application.asked == {"base": 36 + 2 * 2, "tuned": 36 + 2 * 2}
    assert (results.asked, results.found, results.unscored) == (2 * (36 - 2), 0, 4)
    assert {one.item for one in results.scored if one.status == "unscored"} == {"s11"}
    assert all("out of order" in one.reason for one in results.scored if one.status == "unscored")
    assert seen[0][:2] == (0, 72)
    assert max(done for done, *_ in seen) == 68


def test_the_table(finished: Any) -> None:
    cells = {(c.model, c.benchmark, c.mode): c for c in finished[0].cells}
    assert len(cells) == 8
    assert [key[0] for key in cells] == ["base"] * 4 + ["tuned"] * 4
    base, tuned = cells["base", "sums", "cot"], cells["tuned", "sums", "tir"]
    assert (base.n, base.correct, base.unscored, base.samples) == (11, 3, 1, 1)
    assert (tuned.n, tuned.correct, tuned.correct_strict, tuned.unscored) == (11, 11, 11, 1)
    assert tuned.mean_tokens == 15
    assert tuned.interval[0] > base.accuracy


def test_what_is_on_disk(finished: Any) -> None:
    directory: Path = finished[0].directory
    generations = list(read(directory / "generations.jsonl"))
    assert len(generations) == len({one.key for one in generations}) == 68
    question = ITEMS["和"][4].question
    (one,) = [g for g in generations if g.key == ("tuned", "和", "cot", "h4", 0)]
    assert one.prompt == f"<{question}\n{SUFFIX['cot']['zh']}>"
    assert read_scores(directory / "scores.jsonl") == finished[0].scored
    page = (directory / "transcripts" / "tuned-和-cot.md").read_text("utf-8")
    for item in ITEMS["和"]:
        assert item.id in page
        assert item.question in page
        assert f"\\boxed{{{item.answer[0]}}}" in page
    assert len(list((directory / "transcripts").iterdir())) == 8
    assert "unscored" in (directory / "transcripts" / "base-sums-tir.md").read_text("utf-8")


def test_resuming_asks_only_what_is_missing(finished: Any, tmp_path: Path) -> None:
    whole = finished[0]
    kept = (whole.directory / "generations.jsonl").read_bytes().splitlines(keepends=True)[:40]
    (tmp_path / "generations.jsonl").write_bytes(b"".join(kept) + b'{"model": "tuned", "bench')
    application = Application()
    results = evaluate(MODELS, ITEMS, settings(), tmp_path, deploy=application, pause_s=0.1)
    assert (results.found, results.asked) == (40, 28)
    assert sum(application.asked.values()) == 28 + 4 * 3
    assert (tmp_path / "generations.jsonl").read_bytes().startswith(b"".join(kept))
    assert (tmp_path / "generations.jsonl.torn").read_bytes() == b'{"model": "tuned", "bench\n'

    def verdicts(scored: tuple[Scored, ...]) -> list[Scored]:
        return [replace(one, seconds=0) for one in scored]

    assert verdicts(results.scored) == verdicts(whole.scored)


def test_what_is_complete_deploys_nothing(finished: Any, tmp_path: Path) -> None:
    without_lost = {name: [item for item in items if item.id != "s11"] for name, items in ITEMS.items()}
    (tmp_path / "generations.jsonl").write_bytes((finished[0].directory / "generations.jsonl").read_bytes())
    application = Application()
    results = evaluate(MODELS, without_lost, settings(), tmp_path, deploy=application)
    assert (application.deployed, results.asked, results.unscored, len(results.scored)) == ([], 0, 0, 68)
    with pytest.raises(ConfigError, match=r"eval\.max_tokens = 64"):
        evaluate(MODELS, without_lost, settings(max_tokens=64), tmp_path, deploy=application)


def test_one_after_the_other_where_there_is_no_room(finished: Any, tmp_path: Path) -> None:
    application = Application()
    crowded = settings(modes=["cot"]).model_copy(
        update={"serve": settings().serve.model_copy(update={"cpus_per_replica": 3.0})}
    )
    few = {"sums": ITEMS["sums"][:2]}
    assert len(evaluate(MODELS, few, crowded, tmp_path, deploy=application).scored) == 4
    assert application.deployed == [["base"], ["tuned"]]


def test_a_greedy_answer_does_not_vote_with_samples(tmp_path: Path) -> None:
    evaluate({}, {}, settings(), tmp_path)
    with pytest.raises(ConfigError, match=r"eval\.samples = 'several'.* made with 1"):
        evaluate({}, {}, settings(samples=3), tmp_path)
    asked = tmp_path / "asked.json"
    before = json.loads(asked.read_text("utf-8"))
    del before["samples"]  # as written before it was compared
    asked.write_text(json.dumps(before), "utf-8")
    evaluate({}, {}, settings(samples=3), tmp_path)


def test_an_evaluation_has_an_application_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, str]] = []
    monkeypatch.setattr("raymath.serve.deploy.deploy", lambda _models, _settings, **where: asked.append(where))
    for directory in (tmp_path / "a", tmp_path / "b", tmp_path / "a"):
        _serve(directory, {}, settings())
    first, other, again = asked
    assert first == again != other
    assert first["name"].startswith("eval-")
    assert first["route"] == f"/{first['name']}"


def test_samples_have_a_seed_each() -> None:
    one = plan("m", {"sums": ITEMS["sums"][:1]}, settings().eval)
    assert [(r.mode, r.sample, r.sampling.temperature, r.sampling.seed) for r in one] == [
        ("cot", 0, 0.0, None),
        ("tir", 0, 0.0, None),
    ]
    many = plan("m", {"sums": ITEMS["sums"][:2]}, settings(samples=3, seed=100, modes=["tir"]).eval)
    assert [(r.item, r.sample, r.sampling.seed) for r in many] == [
        (item, sample, 100 + sample) for item in ("s0", "s1") for sample in range(3)
    ]
    assert {(r.sampling.temperature, r.sampling.top_p) for r in many} == {(0.7, 0.95)}


def scored(model: str, item: int, correct: bool, **more: Any) -> Scored:
    fields = {"benchmark": "sums", "mode": "cot", "sample": 0, "status": "scored", "reason": "", "finish": "stop"}
    fields |= {"answer": ("4",), "extracted": ("4",) if correct else ("5",), "correct_strict": correct, "rounds": 1}
    fields |= {"completion_tokens": 10, "tool_tokens": 0, "seconds": 0.0}
    fields |= {"program_correct": None, "program_statuses": ()}
    return Scored(model=model, item=str(item), correct=correct, **fields | more)


def test_a_majority_is_one_verdict_an_item() -> None:
    answers = ["4", "5", "4.0", "5", "4"]
    samples = [scored("m", 0, answer != "5", sample=n, extracted=(answer,)) for n, answer in enumerate(answers)] + [
        scored("m", 1, False, sample=n, extracted=(str(n),)) for n in range(5)
    ]
    (cell,) = summarise(samples)
    assert (cell.n, cell.correct, cell.samples, cell.unscored) == (2, 1, 5, 0)
    assert cell.mean_at_k == pytest.approx(0.3)
    assert cell.pass_at_k == pytest.approx(0.5)


def test_scores_are_read_as_they_were_written(tmp_path: Path) -> None:
    rows = (scored("m", 0, True, reason="two\u2028lines\x85"), scored("m", 1, False))
    file = tmp_path / "scores.jsonl"
    write_scores(file, rows)
    assert read_scores(file) == rows
    for broken in (b'{"model": "m', b"[]\n", b"\xff\n"):
        file.write_bytes(broken)
        with pytest.raises(DataError, match=r"scores.jsonl line 1 is not a row of scores"):
            read_scores(file)


def test_every_page_has_a_file_of_its_own() -> None:
    assert file_name("tuned", "和", "cot") == "tuned-和-cot.md"
    names = {file_name(model, "b", mode) for model in ("a/b", "a_b", "a b", "题" * 300) for mode in ("cot", "tir")}
    assert len(names) == 8
    assert all("/" not in name and len(name.encode()) <= 200 for name in names)


def test_comparing_two_models() -> None:
    rows = [scored("a", n, n < 2) for n in range(12)] + [scored("b", n, n != 1) for n in range(12)]
    rows += [scored("a", 12, True, status="unscored"), scored("b", 12, True)]
    rows += [scored(m, n, m == "b", benchmark="other") for m in "ab" for n in range(3)]
    here, other, together = compare(rows, "a", "b")
    assert (here.benchmark, here.n, here.only_first, here.only_second) == ("sums", 12, 1, 10)
    assert here.p == pytest.approx(2 * (1 + 11) / 2**11)
    assert here.difference == pytest.approx(9 / 12)
    assert (other.n, together.benchmark, together.n, together.only_second) == (3, ALL, 15, 13)
    assert "other" not in headline([here, other, together])


def test_the_page_says_it_all() -> None:
    rows = [scored("base", n, n < 2) for n in range(12)] + [scored("tuned", n, n != 1) for n in range(12)]
    rows += [scored("tuned", 12, True, correct_strict=False, extracted=("400",))]
    rows += [scored("base", 12, False, status="unscored")]
    page = render(
        Report(
            title="quickstart",
            settings=settings(benchmarks={"sums": {"adapter": "jsonl", "path": "x"}}),
            scored=tuple(rows),
            models={"base": "models/base", "tuned": "runs/1/model"},
            pair=("base", "tuned"),
            loss_curve="loss.png",
            files={"every sample": "eval/generations.jsonl"},
            facts={"training": "60 steps, 12 min"},
            notes=("3 rows set aside",),
        )
    )
    for expected in (
        "| base | CoT | 12 | 16.7 % | 4.7 to 44.8 | 16.7 % | 1 | 10 | 0 |",
        "| tuned | CoT | 13 | 92.3 % | 66.7 to 98.6 | 84.6 % | 0 | 10 | 0 |",
        "| sums | CoT | 12 | 1 | 10 | +75.0 |",
        "McNemar p 0.012 (10 items gained, 1 lost, n = 12)",
        "| tuned | sums | CoT | 12 | `4` | `400` | yes | no |",
        "![loss by step](loss.png)",
        "`eval/generations.jsonl`",
        "60 steps, 12 min",
        "3 rows set aside",
        SUFFIX["tir"]["zh"][:20],
        "32, for all rounds together",
        "| tool protocol | raymath |",
        "| requests in flight | 4 a model |",
    ):
        assert expected in page


def test_a_page_without_results_says_so() -> None:
    assert "Nothing was evaluated." in render(Report(title="empty", settings=settings(), scored=()))
