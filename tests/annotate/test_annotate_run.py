"""A whole annotation with a teacher that is written down, killed and resumed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from raymath.annotate.run import annotate
from raymath.config import AnnotateSettings
from raymath.data.sources import ADAPTERS, load
from raymath.errors import ConfigError
from raymath.records import Example, Execution, Generation, Segment
from raymath.rollout import Request

SETTINGS = AnnotateSettings(teacher="teacher", samples=3, keep=2, concurrency=2)


def problem(number: int) -> Example:
    return Example(
        id=f"p/{number}",
        source="even" if number % 2 == 0 else "odd",
        row=number,
        language="en",
        mode="cot",
        question=f"What is {number} + {number}?",
        segments=(Segment(kind="text", text="?"),),
        answer=str(2 * number),
        level="easy",
    )


class Teacher:
    """Knows the even sums; sample 2 repeats the program of sample 0. Dies after `until` answers."""

    def __init__(self, until: int = 1000) -> None:
        self.asked: list[Request] = []
        self._until = until

    async def generate(self, request: Request) -> Generation:
        if len(self.asked) == self._until:
            raise KeyboardInterrupt
        self.asked.append(request)
        number = int(request.item.partition("/")[2])
        total = 2 * number if number % 2 == 0 else 0
        code = f"print({number} + {number})" if request.sample != 1 else f"print(2 * {number})"
        return request.generation(
            prompt=request.message,
            text=f"```python\n{code}\n```\n```output\n{total}\n```\nIt is \\boxed{{{total}}}.",
            executions=(Execution(status="ok", stdout=f"{total}\n"),),
            finish="stop",
        )


PROBLEMS = [problem(number) for number in (2, 3, 4, 5)]


def test_what_is_right_is_kept_and_counted(tmp_path: Path) -> None:
    teacher = Teacher()
    found = annotate(PROBLEMS, teacher, "teacher", SETTINGS, tmp_path)
    assert len(teacher.asked) == 12
    assert teacher.asked[0].message.startswith("What is 2 + 2?\nPlease integrate")
    assert {request.sampling.seed for request in teacher.asked} == {0, 1, 2}
    assert found["counts"] == [
        {"source": "even", "level": "easy", "problems": 2, "samples": 6, "right": 6, "kept": 4, "solved": 2},
        {"source": "odd", "level": "easy", "problems": 2, "samples": 6, "right": 0, "kept": 0, "solved": 0},
    ]
    assert found["not_kept"] == {
        "even": {"its programs are those of another sample": 2},
        "odd": {"the answer is not the gold one": 6},
    }
    assert (found["examples"], found["unscored"]) == (4, 0)
    assert json.loads((tmp_path / "statistics.json").read_text()) == found
    # The file is a source of a mix as it is.
    read = list(load(tmp_path / "examples.jsonl", "mine", ADAPTERS["raymath"]))
    assert [example.id for example in read] == ["p/2#teacher-0", "p/2#teacher-1", "p/4#teacher-0", "p/4#teacher-1"]


def test_nothing_is_asked_twice(tmp_path: Path) -> None:
    killed = Teacher(until=5)
    with pytest.raises(KeyboardInterrupt):
        annotate(PROBLEMS, killed, "teacher", SETTINGS, tmp_path)
    second = Teacher()
    found = annotate(PROBLEMS, second, "teacher", SETTINGS, tmp_path)
    keys = [request.key for request in (*killed.asked, *second.asked)]
    assert len(keys) == len(set(keys)) == 12
    whole = annotate(PROBLEMS, Teacher(), "teacher", SETTINGS, tmp_path / "undisturbed")
    assert found == whole
    assert (tmp_path / "examples.jsonl").read_bytes() == (tmp_path / "undisturbed" / "examples.jsonl").read_bytes()


def test_more_samples_and_problems_reuse_what_is_there(tmp_path: Path) -> None:
    annotate(PROBLEMS[:2], Teacher(), "teacher", SETTINGS.model_copy(update={"samples": 1}), tmp_path)
    teacher = Teacher()
    annotate(PROBLEMS[:3], teacher, "teacher", SETTINGS.model_copy(update={"samples": 2}), tmp_path)
    assert len(teacher.asked) == 4


def test_another_way_of_asking_is_refused(tmp_path: Path) -> None:
    annotate(PROBLEMS[:1], Teacher(), "teacher", SETTINGS, tmp_path)
    with pytest.raises(ConfigError, match=r"annotate.temperature = 0.1.*drawn with 0.7"):
        annotate(PROBLEMS[:1], Teacher(), "teacher", SETTINGS.model_copy(update={"temperature": 0.1}), tmp_path)
    with pytest.raises(ConfigError, match=r"annotate\.teacher"):
        annotate(PROBLEMS[:1], Teacher(), "other", SETTINGS, tmp_path)
