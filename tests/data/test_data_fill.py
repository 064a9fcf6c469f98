"""What fills a mix: the right number of problems, spread over sub-topics, none twice, none like a real one."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest

from raymath.config import SourceSettings
from raymath.data import fill
from raymath.data.fill import Filler, accept, choose
from raymath.data.synthesis.catalogue import BY_NAME
from raymath.data.synthesis.generate import problems
from raymath.errors import DataError


def source(**fields: Any) -> SourceSettings:
    return SourceSettings.model_validate({"adapter": "synthesis", "fill": 1} | fields)


def run(filler: Filler, near: Any = lambda _: None, lose: Any = lambda *_: False) -> list[dict[str, Any]]:
    """Everything that a build does with a filler, but for running programs: the requests that are made of problems."""
    made: list[dict[str, Any]] = []
    known = np.zeros(0, np.int64)
    for _ in range(10):
        asked = filler.requests()
        if not asked:
            return made
        known, _ = accept([filler], asked, [choose(job, near) for job in asked], known)
        for job in filler.jobs():
            assert sum(len(one["numbers"]) for one in job) <= fill.PROBLEMS_PER_PART
            for one in job:
                kept = [n for n in one["numbers"] if not lose(one, n)]
                made.append(one | {"numbers": kept})
                filler.made([{"templates": [one | {"examples": len(kept) * len(one["modes"])}]}])
    raise AssertionError("it never ends")


def examples(made: list[dict[str, Any]]) -> int:
    return sum(len(one["numbers"]) * len(one["modes"]) for one in made)


@pytest.mark.parametrize("wanted", [1, 7, 1000, 3001])
def test_as_many_examples_as_asked(wanted: int) -> None:
    made = run(Filler("made", source(only={"languages": ["zh"]}), wanted, seed=0))
    assert examples(made) == wanted
    told = [(one["template"], number) for one in made for number in one["numbers"]]
    assert len(set(told)) == len(told), "no problem is told twice"


def test_sub_topics_share_evenly() -> None:
    made = run(Filler("made", source(only={"levels": ["senior"], "modes": ["cot"]}), 2100, seed=0))
    topics = Counter(BY_NAME[one["template"]].topic for one in made for _ in one["numbers"])
    assert len(topics) == 21
    assert set(topics.values()) == {100}
    assert {one["language"] for one in made} == {"en", "zh"}


def test_a_cap_holds_and_is_the_end() -> None:
    capped = source(only={"topics": ["junior/linear-equations"], "languages": ["en"]}, cap=5)
    room = fill.capacity("made", capped)
    assert room
    made = run(Filler("made", capped, room, seed=0))
    assert set(Counter(one["template"] for one in made for _ in one["numbers"]).values()) == {5}
    with pytest.raises(DataError, match=f"asked for {room + 1} generated examples and has {room}"):
        run(Filler("made", capped, room + 1, seed=0))


def test_what_is_like_a_real_row_is_told_by_others() -> None:
    only = {"topics": ["primary/travel"], "languages": ["zh"]}
    first = {one["template"] for one in run(Filler("made", source(only=only), 40, seed=0))}
    shunned = min(first)
    begins = {
        problem.question for problem, _ in zip(problems(BY_NAME[shunned], "zh", _seed(only)), range(999), strict=False)
    }
    made = run(
        Filler("made", source(only=only), 40, seed=0), near=lambda question: "a row" if question in begins else None
    )
    assert examples(made) == 40
    assert shunned not in {one["template"] for one in made}


def _seed(only: dict[str, Any]) -> int:
    return int(Filler("made", source(only=only), 1, seed=0).requests()[0]["seed"])


def test_what_is_lost_is_made_up_for() -> None:
    made = run(Filler("made", source(), 500, seed=3), lose=lambda one, number: number % 7 == 3)
    assert examples(made) == 500


def test_the_same_for_the_same_seed_and_name() -> None:
    def numbers(name: str, seed: int) -> list[Any]:
        return [(one["template"], one["seed"], one["numbers"]) for one in run(Filler(name, source(), 300, seed))]

    assert numbers("a", 0) == numbers("a", 0)
    assert numbers("a", 0) != numbers("a", 1)
    assert numbers("a", 0) != numbers("b", 0)


def test_a_problem_that_two_sources_tell_is_taken_once() -> None:
    only = {"topics": ["primary/travel"], "languages": ["en"]}
    one, two = (Filler(name, source(only=only), 30, seed=0) for name in ("one", "two"))
    asked = [*one.requests(), *two.requests()]
    found = [choose(job, lambda _: None) for job in asked]
    twin = next(at for at, job in enumerate(asked) if job["source"] == "two")
    found[twin]["hashes"][0] = found[0]["hashes"][0]
    known, aside = accept([one, two], asked, found, np.zeros(0, np.int64))
    assert [line["source"] for line in aside] == ["two"]
    assert aside[0]["reason"] == "another template tells the same problem"
    assert known.size == sum(len(job["hashes"]) for job in found) - 1


def test_a_filter_that_lets_nothing_pass() -> None:
    with pytest.raises(DataError, match="'made' generates problems, and its filter lets no template"):
        Filler("made", source(only={"topics": ["juniors/*"]}), 1, seed=0)
