"""Curves of k samples, breakdowns and costs against numbers worked out by hand; grading a kept run again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from raymath.errors import DataError
from raymath.eval.breakdown import costs, parts
from raymath.eval.curves import curve
from raymath.eval.details import lines
from raymath.eval.grading import extraction_of, regrade
from raymath.eval.items import Item, read_items, write_items
from raymath.eval.results import Scored, read_scores, write_scores
from raymath.eval.vote import majority
from raymath.records import Execution, Generation, to_line


def scored(item: str, sample: int, answer: str, gold: str = "4", **more: Any) -> Scored:
    fields: dict[str, Any] = {"model": "m", "benchmark": "b", "mode": "tir", "status": "scored", "reason": ""}
    fields |= {"finish": "stop", "completion_tokens": 10 * (sample + 1), "tool_tokens": 0, "rounds": 1 + sample % 2}
    fields |= {"seconds": 0.0, "program_correct": True, "program_statuses": ("ok", "error")[: 1 + sample % 2]}
    fields |= {"extracted": (answer,), "correct": answer == gold, "correct_strict": answer == gold}
    return Scored(**fields | {"item": item, "sample": sample, "answer": (gold,)} | more)


def test_a_curve_by_hand() -> None:
    # Right, wrong, right; wrong, wrong, right.
    rows = [scored("1", n, a) for n, a in enumerate(["4", "5", "4.0"])]
    rows = [*rows[:2], scored("1", 2, "4.0", correct=True), *(scored("2", n, a) for n, a in enumerate(["7", "7", "4"]))]
    one, two, three = curve(rows)
    assert [point.k for point in (one, two, three)] == [1, 2, 3]
    assert one.majority == one.passed == one.mean == pytest.approx(0.5)
    assert three.majority == pytest.approx(0.5)  # of the first item alone
    assert (three.passed, two.passed) == (1.0, pytest.approx((1 + 2 / 3) / 2))
    # Neighbours of the first item: (4, 5), (5, 4), (4, 4): the first of a tie wins; of the second: 77, 74, 47.
    assert two.majority == pytest.approx((2 / 3 + 1 / 3) / 2)
    assert (three.n, three.left_out) == (2, 0)


def test_the_last_point_is_the_vote_of_all() -> None:
    answers = ["", "1", "2", "2.0", "1", "", ""]
    rows = [scored("1", n, a, gold="1", correct=a == "1") for n, a in enumerate(answers)]
    assert curve(rows)[-1].majority == float(answers[majority(answers)] == "1") == 1.0


def test_items_that_lost_samples_are_left_out_of_the_curve() -> None:
    rows = [scored("1", n, "4") for n in range(3)] + [scored("2", 0, "4"), scored("2", 1, "4", status="unscored")]
    assert {(point.n, point.left_out) for point in curve(rows)} == {(1, 1)}
    assert not curve([scored("1", 0, "4")])


ITEMS = {
    ("b", str(n)): Item(str(n), "b", f"q{n}", ("4",), "en", level=str(level), subject="Algebra")
    for n, level in enumerate([1, 10, 2, 10])
}


def test_parts_and_costs() -> None:
    rows = [scored(str(n), 0, "4" if n < 2 else "5") for n in range(4)]
    found = parts(rows, ITEMS)
    # One subject is no breakdown; levels are in the order of numbers.
    assert [(part.by, part.value, part.cell.n, part.cell.correct) for part in found] == [
        ("level", "1", 1, 1),
        ("level", "2", 1, 0),
        ("level", "10", 2, 1),
    ]
    (cost,) = costs([scored("1", n, "4") for n in range(10)] + [scored("2", 0, "4", status="unscored")])
    assert (cost.samples, cost.tokens) == (10, (50, 90, 100))
    assert (cost.rounds, cost.statuses) == ({1: 5, 2: 5}, {"ok": 10, "error": 5})
    page = "\n".join(lines(rows, ITEMS))
    assert "| b | 10 | m | tir | 2 | 50.0 % | 9.5 to 90.5 |" in page
    assert "ok: 4" in page


def test_chinese_questions_are_parted_by_topic() -> None:
    asked = ["鸡兔同笼，共有35个头，94只脚，鸡和兔各有几只？", "甲乙两车同时从两地相对开出，几小时后相遇？", "嗯。"]
    items = {("b", str(n)): Item(str(n), "b", text, ("4",), "zh") for n, text in enumerate(asked)}
    items[("b", "3")] = Item("3", "b", "How many?", ("4",), "en")
    rows = [scored(str(n), 0, "4") for n in range(4)]
    found = parts(rows, items)
    assert [(part.by, part.value, part.cell.n) for part in found] == [
        ("topic", "primary/chicken-rabbit", 1),
        ("topic", "primary/travel", 1),
        ("topic", "unknown", 1),
    ]
    assert "## By topic\n\nSub-topics of Chinese questions" in "\n".join(lines(rows, items))


def generation(item: str, text: str, **more: Any) -> Generation:
    fields: dict[str, Any] = {"model": "m", "benchmark": "b", "mode": "tir", "item": item, "prompt": "p", "text": text}
    return Generation(**fields | {"finish": "stop"} | more)


def test_grading_a_kept_run_again(tmp_path: Path) -> None:
    write_items(tmp_path / "items.jsonl", ITEMS.values())
    assert read_items(tmp_path / "items.jsonl") == tuple(ITEMS.values())
    runs = (Execution(status="error"), Execution(status="ok", stdout="4"))
    kept = [
        generation("0", "```python\nprint(4)\n```\n```output\n4\n```\nSo \\boxed{5}.", executions=runs),
        generation("1", "\\boxed{4}"),
    ]
    (tmp_path / "generations.jsonl").write_text("".join(to_line(one) + "\n" for one in kept), "utf-8")
    lost = generation("2", "", status="infra", finish="error", error="replica gone")
    (tmp_path / "generations.jsonl.lost").write_text(to_line(lost) + "\n", "utf-8")
    old = [scored("3", 0, "4", status="unscored"), scored("2", 0, "9"), scored("1", 0, "9")]
    write_scores(tmp_path / "scores.jsonl", old)
    rows = regrade(tmp_path, "raymath")
    assert read_scores(tmp_path / "scores.jsonl") == rows
    never, gone, right, wrong = rows
    assert (never.item, never.status, never.reason) == ("3", "unscored", "never asked")
    assert (gone.item, gone.status, gone.reason) == ("2", "unscored", "replica gone")
    assert (right.correct, right.program_correct, right.program_statuses) == (True, False, ())
    # The answer is wrong and the program right: both are kept.
    assert (wrong.correct, wrong.program_correct, wrong.program_statuses) == (False, True, ("error", "ok"))
    (tmp_path / "items.jsonl").write_text("", "utf-8")
    with pytest.raises(DataError, match="lacks item"):
        regrade(tmp_path, "raymath")
    assert (extraction_of("deepseek"), extraction_of("tora")) == ("deepseek", "raymath")
