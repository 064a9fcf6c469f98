"""Asking many: each once, resumably; lost ones again, and never as answers."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from raymath.errors import ModelError
from raymath.records import Generation
from raymath.rollout import Request, Sampling, Store, run


class Echo:
    """A deterministic model in this process: answers with the message; loses what it is told to lose.

    ``losses`` item → how often it is lost before it is answered; ``stop_after`` so many answers, the power fails.
    """

    def __init__(self, losses: dict[str, int] | None = None, stop_after: int | None = None) -> None:
        self.asked: Counter[str] = Counter()
        self.in_flight = self.most_in_flight = 0
        self.losses, self.stop_after = losses or {}, stop_after

    async def generate(self, request: Request) -> Generation:
        self.asked[request.item] += 1
        if self.stop_after is not None and sum(self.asked.values()) > self.stop_after:
            raise asyncio.CancelledError
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        await asyncio.sleep(0)
        self.in_flight -= 1
        if self.asked[request.item] <= self.losses.get(request.item, 0):
            return request.lost("replica gone")
        return request.lost("").model_copy(
            update={"text": request.message, "status": "ok", "error": None, "finish": "stop"}
        )


def requests(n: int) -> list[Request]:
    return [Request("m", "b", "cot", str(i), f"question {i}", Sampling(16)) for i in range(n)]


def test_every_request_is_asked_once_and_stored(tmp_path: Path) -> None:
    model, seen = Echo(), []
    with Store(tmp_path / "g.jsonl") as store:
        outcome = asyncio.run(
            run(requests(50), model, store, concurrency=7, progress=lambda *state: seen.append(state[:2]))
        )
        assert {row.item: row.text for row in store} == {str(i): f"question {i}" for i in range(50)}
    assert (outcome.done, outcome.skipped, outcome.lost) == (50, 0, ())
    assert set(model.asked.values()) == {1}
    assert model.most_in_flight == 7
    assert seen[0] == (0, 50)
    assert seen[-1] == (50, 50)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


def test_a_stopped_run_goes_on_without_asking_again(tmp_path: Path) -> None:
    first, second = Echo(stop_after=20), Echo()
    with Store(tmp_path / "g.jsonl") as store, pytest.raises(asyncio.CancelledError):
        asyncio.run(run(requests(50), first, store, concurrency=4))
    before = (tmp_path / "g.jsonl").read_bytes()
    finished = before.count(b"\n")
    assert 0 < finished <= 20
    with Store(tmp_path / "g.jsonl") as store:
        outcome = asyncio.run(run(requests(50), second, store, concurrency=4))
        assert len(store) == 50
    assert (outcome.done, outcome.skipped) == (50 - finished, finished)
    assert sum(second.asked.values()) == 50 - finished
    assert (tmp_path / "g.jsonl").read_bytes().startswith(before)


def test_lost_samples_are_asked_again_and_reported_if_they_stay_lost(tmp_path: Path) -> None:
    model = Echo(losses={"3": 1, "5": 2, "8": 99})
    with Store(tmp_path / "g.jsonl") as store:
        outcome = asyncio.run(run(requests(10), model, store, concurrency=3, passes=3, pause_s=0))
        assert ("m", "b", "cot", "8", 0) not in store
        assert len(store) == 9
    assert outcome.done == 9
    assert [(row.item, row.status, row.error) for row in outcome.lost] == [("8", "infra", "replica gone")]
    assert model.asked["8"] == 3
    assert model.asked["3"] == 2
    assert model.asked["0"] == 1


def test_what_the_user_has_to_put_right_ends_the_run_and_keeps_the_rest(tmp_path: Path) -> None:
    class Refusing(Echo):
        async def generate(self, request: Request) -> Generation:
            if request.item == "5":
                raise ModelError("no such model", "name another")
            return await super().generate(request)

    with Store(tmp_path / "g.jsonl") as store:
        with pytest.raises(ModelError, match="no such model"):
            asyncio.run(run(requests(10), Refusing(), store, concurrency=1))
        assert [row.item for row in store] == ["0", "1", "2", "3", "4"]


def test_two_requests_with_one_key_are_refused(tmp_path: Path) -> None:
    with Store(tmp_path / "g.jsonl") as store, pytest.raises(ValueError, match="same key"):
        asyncio.run(run(requests(2) + requests(1), Echo(), store))
