"""Many samples of one item → one verdict: majority of k, pass at k, mean at k.

    winner = majority(["1/2", "0.5", "", "2"])      # 0: the group {"1/2", "0.5"} has two members

Answers are grouped by strict equality, not by spelling. The largest group wins; of equally large ones the one
whose first member came first; an empty answer never wins over another. Whether the winner is right is left to
the grader: the group's first member stands for it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from raymath.eval.equality import equal


def groups(answers: Sequence[str], same: Callable[[str, str], bool] = equal) -> list[list[int]]:
    """Indices of equal answers together, in the order of their first members; empty answers are one group."""
    found: list[list[int]] = []
    by_text: dict[str, list[int]] = {}
    for index, answer in enumerate(answers):
        text = answer.strip()
        group = by_text.get(text)
        if group is None and text:
            group = next((g for g in found if answers[g[0]].strip() and same(answer, answers[g[0]])), None)
        if group is None:
            group = []
            found.append(group)
        by_text[text] = group
        group.append(index)
    return found


def majority(answers: Sequence[str], same: Callable[[str, str], bool] = equal) -> int:
    """The index of the answer that stands for the winning group.

    Raises:
        ValueError: there is no answer at all.
    """
    if not answers:
        raise ValueError("a vote needs at least one sample")
    # max() keeps the first of equals, and groups come in the order of their first members.
    winner = max(groups(answers, same), key=lambda group: (bool(answers[group[0]].strip()), len(group)))
    return winner[0]


def pass_at_k(samples: int, correct: int, k: int) -> float:
    """The probability that one of k samples is right, estimated without bias from more samples.

    1 - C(n - c, k) / C(n, k) (Chen et al. 2021, "Evaluating Large Language Models Trained on Code", eq. 1).
    """
    if not 0 <= correct <= samples or not 1 <= k <= samples:
        raise ValueError(f"pass@{k} needs at least {k} samples and 0 ≤ correct ≤ samples, not {correct} of {samples}")
    return 1.0 - math.comb(samples - correct, k) / math.comb(samples, k)


def mean_at_k(correct: Sequence[bool], k: int) -> float:
    """The share of the first k samples that are right."""
    if not 1 <= k <= len(correct):
        raise ValueError(f"mean@{k} needs at least {k} samples, not {len(correct)}")
    return sum(correct[:k]) / k
