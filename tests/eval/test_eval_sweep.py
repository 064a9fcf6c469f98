"""A sweep over a real Serve application: what it asks, what it leaves on disk, and going on after a stop."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from raymath.config import Settings, validate
from raymath.errors import ConfigError, DataError
from raymath.eval.asking import Model, find, plan, protocol_of
from raymath.eval.fleet import Fleet
from raymath.eval.grading import score
from raymath.eval.items import Item, read_items, write_items
from raymath.eval.report import Report, headline, render
from raymath.eval.results import ALL, Scored, compare, read_scores, summarise, write_scores
from raymath.eval.sweep import evaluate
from raymath.eval.transcripts import file_name
from raymath.prompts import SUFFIX
from raymath.records import Generation
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
        self.deployed: list[str] = []
        self.asked: dict[str, int] = {}
        self.handles: dict[str, Any] = {}
        self.most = 0

    @contextmanager
    def __call__(self, models: dict[str, str], settings: Settings, wanted: Callable[[], bool]) -> Iterator[Application]:
        from ray import serve

        ((name, where),) = models.items()
        self.deployed.append(name)
        with ONE_AT_A_TIME:  # as in raymath.serve.deploy: Serve's pickling is not for several threads
            self.handles[name] = handle = serve.run(adder().bind(where), name=f"sweep-{name}", route_prefix=None)
        self.most = max(self.most, len(self.handles))
        try:
            yield self
        finally:
            self.asked[name] = handle.count.remote().result()
            serve.delete(f"sweep-{name}")
            del self.handles[name]

    def handle(self, model: str) -> Any:
        return self.handles[model]


ONE_AT_A_TIME = threading.Lock()


def adder() -> Any:
    """A deployment that adds, and asks nobody."""
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

    return Adder


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
    assert sorted(application.deployed) == ["base", "tuned"]
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
    with pytest.raises(ConfigError, match=r"base, sums, cot: max_tokens is 64 now, and was 32 for the answers"):
        evaluate(MODELS, without_lost, settings(max_tokens=64), tmp_path, deploy=application)


@pytest.mark.slow
def test_one_after_the_other_where_there_is_no_room(finished: Any, tmp_path: Path) -> None:
    application = Application()
    crowded = settings(modes=["cot"]).model_copy(
        update={"serve": settings().serve.model_copy(update={"cpus_per_replica": 3.0})}
    )
    few = {"sums": ITEMS["sums"][:2]}
    assert len(evaluate(MODELS, few, crowded, tmp_path, deploy=application).scored) == 4
    assert (application.deployed, application.most) == (["base", "tuned"], 1)


def test_a_greedy_answer_does_not_vote_with_samples(finished: Any, tmp_path: Path) -> None:
    for name in ("generations.jsonl", "asked.json"):
        (tmp_path / name).write_bytes((finished[0].directory / name).read_bytes())
    for changed, message in (
        ({"samples": 3}, "samples are drawn now, and were not"),
        ({"protocol": "tora"}, "protocol is 'tora' now, and was 'raymath'"),
    ):
        with pytest.raises(ConfigError, match=message):
            evaluate(MODELS, ITEMS, settings(**changed), tmp_path)
    # Answers of which nobody knows how they were asked for.
    (tmp_path / "asked.json").unlink()
    with pytest.raises(ConfigError, match="nobody wrote down"):
        evaluate(MODELS, ITEMS, settings(max_tokens=16), tmp_path)


def test_terms_spelled_otherwise_are_the_same_terms(finished: Any, tmp_path: Path) -> None:
    """As of a run whose settings had 10 where 10.0 is read back from its directory."""
    written = json.loads((finished[0].directory / "asked.json").read_text("utf-8"))
    older = {one: f"{n:016x}" for n, one in enumerate(written)}
    terms = json.dumps({older[one]: agreed for one, agreed in written.items()}).replace("10.0", "10")
    assert '"timeout_s": 10,' in terms
    (tmp_path / "asked.json").write_text(terms, "utf-8")
    answers = (finished[0].directory / "generations.jsonl").read_text("utf-8")
    for one, before in older.items():
        answers = answers.replace(one, before)
    (tmp_path / "generations.jsonl").write_text(answers, "utf-8")
    without_lost = {name: [item for item in items if item.id != "s11"] for name, items in ITEMS.items()}
    results = evaluate(MODELS, without_lost, settings(), tmp_path)
    assert (results.found, results.asked, results.unscored) == (68, 0, 0)
    with pytest.raises(ConfigError, match="max_tokens is 16 now"):
        evaluate(MODELS, without_lost, settings(max_tokens=16), tmp_path)
    # A term that this version does not know.
    (tmp_path / "asked.json").write_text(terms.replace('"top_p"', '"min_p": 0.1, "top_p"'), "utf-8")
    with pytest.raises(ConfigError, match=r"min_p is None now, and was 0\.1"):
        evaluate(MODELS, without_lost, settings(), tmp_path)


def test_what_is_added_later_is_all_that_is_asked(finished: Any, tmp_path: Path) -> None:
    application = Application()
    few = {"sums": ITEMS["sums"][:3]}
    first = settings(modes=["cot"], benchmarks={"sums": {"adapter": "jsonl", "samples": 2}}, temperature=0.5)
    results = evaluate({"base": "dir/base"}, few, first, tmp_path, deploy=application)
    assert (results.asked, results.found) == (6, 0)
    before = (tmp_path / "generations.jsonl").read_bytes()
    benchmarks = {"sums": {"adapter": "jsonl", "samples": 4}, "和": {"adapter": "jsonl"}}
    more = {"sums": ITEMS["sums"][:4], "和": ITEMS["和"][:2]}
    second = settings(modes=["cot"], benchmarks=benchmarks, temperature=0.5)
    results = evaluate(MODELS, more, second, tmp_path, deploy=application)
    # Two more samples of three items, four of the fourth, two Chinese ones greedily; and all of the other model's.
    assert (results.asked, results.found) == (6 + 4 + 2 + 18, 6)
    assert (tmp_path / "generations.jsonl").read_bytes().startswith(before)
    kept = {one.key: one for one in read(tmp_path / "generations.jsonl")}
    assert sorted(one.seed for key, one in kept.items() if key[:4] == ("base", "sums", "cot", "s0")) == [0, 1, 2, 3]
    assert {one.seed for one in kept.values() if one.benchmark == "和"} == {None}
    terms = json.loads((tmp_path / "asked.json").read_text("utf-8"))
    assert {terms[one.asked]["temperature"] for one in kept.values() if one.benchmark == "sums"} == {0.5}
    assert {terms[one.asked]["temperature"] for one in kept.values() if one.benchmark == "和"} == {0.0}


def test_the_table_of_all_samples(finished: Any) -> None:
    from pyarrow import parquet

    rows = parquet.read_table(finished[0].directory / "records.parquet").to_pylist()
    assert [(row["model"], row["item"], row["sample"]) for row in rows] == [
        (one.model, one.item, one.sample) for one in finished[0].scored
    ]
    row = next(row for row in rows if (row["model"], row["mode"], row["item"]) == ("tuned", "tir", "h4"))
    assert (row["question"], row["answer"], row["extracted"]) == (ITEMS["和"][4].question, ["8"], ["8"])
    assert (row["correct"], row["outputs"], row["seed"], row["status"]) == (True, ["8"], None, "scored")
    assert json.loads(row["terms"])["max_tokens"] == 32
    lost = next(row for row in rows if row["item"] == "s11")
    assert (lost["status"], lost["text"]) == ("unscored", "")


def test_an_evaluation_has_applications_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []
    monkeypatch.setattr("raymath.serve.deploy.deploy", lambda _models, _settings, **where: asked.append(where))
    for fleet, model in (("a", "x"), ("b", "x"), ("a", "y"), ("a", "x")):
        Fleet({}, settings(), f"eval-{fleet}")._deployed(model, {}, settings(), lambda: True)
    names = [one["name"] for one in asked]
    assert names[0] == names[3]
    assert len(set(names)) == 3
    assert all(one["route"] == f"/{one['name']}" for one in asked)


def test_samples_have_a_seed_each() -> None:
    one, _ = plan("m", Model("org/m"), {"sums": ITEMS["sums"][:1]}, settings())
    assert [(r.mode, r.sample, r.sampling.temperature, r.sampling.seed) for r in one] == [
        ("cot", 0, 0.0, None),
        ("tir", 0, 0.0, None),
    ]
    many, terms = plan("m", Model("org/m"), {"sums": ITEMS["sums"][:2]}, settings(samples=3, seed=100, modes=["tir"]))
    assert [(r.item, r.sample, r.sampling.seed) for r in many] == [
        (item, sample, 100 + sample) for item in ("s0", "s1") for sample in range(3)
    ]
    assert {(r.sampling.temperature, r.sampling.top_p) for r in many} == {(0.7, 0.95)}
    assert {request.asked for request in many} == set(terms)


def test_a_preset_says_how_a_model_is_asked() -> None:
    given = settings(
        models={
            "rl": "deepseek-ai/deepseek-math-7b-rl",
            "mine": {"model": "org/mine", "preset": "llm-agents/tora-code-34b-v1.0", "protocol": "raymath"},
            "gpt": {"model": "gpt-4", "preset": "GPT-4", "endpoint": "http://there/v1", "modes": ["cot"]},
        },
        max_tokens=64,
    )
    found = {name: find(name, entry.model, given) for name, entry in given.eval.models.items()}
    assert [protocol_of(name, one.known, given.eval) for name, one in found.items()] == [
        "deepseek",
        "raymath",
        "raymath",
    ]
    asked = {name: plan(name, one, {"sums": ITEMS["sums"][:1]}, given) for name, one in found.items()}
    (rl, _), (mine, _), (gpt, gpt_terms) = asked.values()
    assert [one.protocol for one in rl] == ["deepseek", "deepseek"]
    assert rl[0].message.endswith(SUFFIX["cot"]["en"])
    assert mine[0].message == ITEMS["sums"][0].question  # ToRA's preset adds nothing
    assert [one.mode for one in gpt] == ["cot"]
    (terms,) = gpt_terms.values()
    assert (terms.endpoint, terms.serving, terms.weights) == ("http://there/v1", None, "gpt-4")


def test_the_hash_is_of_what_can_change_an_answer(tmp_path: Path) -> None:
    def hashes(directory: Path | str, **changed: Any) -> set[str]:
        given = validate({"eval": {"modes": ["cot", "tir"], **changed.pop("eval", {})}, **changed}, "test")
        return set(plan("m", Model(str(directory)), {"sums": ITEMS["sums"][:1]}, given)[1])

    for name, weights in (("a", b"1"), ("b", b"1"), ("c", b"2")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "model.safetensors").write_bytes(weights * 300_000)
    usual = hashes(tmp_path / "a")
    assert len(usual) == 2
    assert hashes(tmp_path / "b") == usual  # the same weights elsewhere
    assert hashes(tmp_path / "a", eval={"concurrency": 3}, serve={"max_replicas": 4}) == usual
    assert not hashes(tmp_path / "c") & usual
    assert not hashes(tmp_path / "a", serve={"max_model_len": 512}) & usual
    assert len(hashes(tmp_path / "a", sandbox={"timeout_s": 3}) & usual) == 1  # without tools nothing changes
    assert all(len(one) == 16 for one in usual)


def test_a_benchmark_is_graded_as_what_it_is(tmp_path: Path) -> None:
    item = Item("1", "gsm8k-maj4", "?", ("5",), "en", adapter="gsm8k")
    text = "\\boxed{7} and then \\boxed{5}"
    key = {"model": "m", "benchmark": "gsm8k-maj4", "mode": "cot", "item": "1"}
    answer = Generation(**key, prompt="", text=text, finish="stop")
    assert score(answer, item, "raymath").extracted == ("5",)
    write_items(tmp_path / "items.jsonl", [item])
    assert read_items(tmp_path / "items.jsonl") == (item,)


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
