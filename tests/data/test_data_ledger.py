"""Every row is counted once: taken in, set aside in one stage, or passed on."""

from __future__ import annotations

from raymath.data.ledger import GENERATED, STAGES, Ledger, count
from raymath.data.rows import blank, table_of


def test_counts_of_chunks_add_up() -> None:
    rows = [blank("a", "f", n, f"a-{n}") for n in range(5)]
    rows[1] |= {"stage": "read", "reason": "not valid JSON: line 1"}
    rows[2] |= {"stage": "verify", "reason": "a program fails (timeout): program 1", "programs": 2}
    rows[3]["notes"] = ["verify: an output replaced", "normalise: line ends"]
    hit = {"kind": "suspect", "benchmark": "gsm8k_test", "item": "7", "text": "so", "share": "0.9"}
    rows[4] |= {"hits": [hit], "programs": 1}
    ledger = Ledger(["a", "b"])
    ledger.add(count(table_of(rows)))
    ledger.add(count(table_of(rows[:2])))
    ledger.set_aside("deduplicate", "a", "exact duplicate: of a-0")
    ledger.set_aside("deduplicate", "a", "never", 0)
    ledger.leave("draw", "not drawn", 2)
    stages = {entry["stage"]: entry for entry in ledger.stages()}
    assert list(stages) == [*STAGES, *GENERATED]
    assert stages["read"] == {
        "stage": "read", "in": 7, "out": 5, "set_aside": {"not valid JSON": 2}, "notes": {},
    }  # fmt: skip
    assert stages["normalise"]["notes"] == {"line ends": 1}
    assert stages["verify"]["set_aside"] == {"a program fails (timeout)": 1}
    assert (stages["deduplicate"]["in"], stages["deduplicate"]["out"]) == (4, 3)
    assert stages["draw"]["out"] == 1
    assert all(after["in"] == before["out"] for before, after in zip(*_neighbours(stages), strict=True))
    assert ledger.sources["a"] == {"rows": 7, "rejected": 4, "programs": 3, "outputs_replaced": 1}
    assert ledger.rejected()["a"] == {"not valid JSON": 2, "a program fails (timeout)": 1, "exact duplicate": 1}
    assert ledger.rejected()["b"] == {}
    assert ledger.hits == {"gsm8k_test": {"suspect": 1}}


def _neighbours(stages: dict) -> tuple[list, list]:
    chain = [stages[name] for name in STAGES]
    return chain[:-1], chain[1:]


def test_generated_problems_have_their_own_chain() -> None:
    ledger = Ledger(["made"])
    ledger.told("made", 10)
    ledger.set_aside("generate", "made", "like a real row or a benchmark: gsm8k 1", 3)
    ledger.set_aside("run", "made", "the program ended with error")
    stages = {entry["stage"]: entry for entry in ledger.stages()}
    assert (stages["read"]["in"], stages["draw"]["out"]) == (0, 0)
    assert (stages["generate"]["in"], stages["generate"]["out"], stages["run"]["out"]) == (10, 7, 6)
    assert ledger.sources["made"] == {"rows": 10, "rejected": 4, "programs": 0}
