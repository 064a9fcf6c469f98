"""Are two answers equal? Two rules, one fast path, and a deadline.

    >>> equal("\\\\frac{1}{2}", "0.5")
    True
    >>> equal("75", "7500", mode="deepseek"), equal("75", "7500")
    (True, False)

``deepseek`` is the published rule (`raymath.eval.published`); ``strict`` is ours (`raymath.eval.structure`).
Identical texts and plain numbers are decided here in microseconds; what needs algebra goes to a worker process
(`raymath.eval.workers`), which is killed at the deadline, and then the answers are not equal. Safe in threads
and Ray actors; from async code call it in a thread, as it blocks. Many pairs are fastest in `equal_all`. Finding
answers in a response is left to `raymath.eval.answers`.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NoReturn

from raymath.eval import numbers
from raymath.eval.latex import tidy
from raymath.eval.published import published_equal
from raymath.eval.structure import strict
from raymath.eval.workers import Decision, Mode, shared
from raymath.ordered import in_order

#: Seconds a pair may take before it counts as not equal. 15 is the published code's.
DEADLINE_S: dict[Mode, float] = {"deepseek": 15.0, "strict": 5.0}


_SAME, _OTHER = Decision(True), Decision(False)
_DIGIT = re.compile(r"[0-9]")
#: Pairs that `equal_all` looks at together.
_CHUNK = 4096


class _UndecidedError(Exception):
    """The fast path met something that needs algebra."""


def equal(a: str, b: str, *, mode: Mode = "strict", deadline_s: float | None = None) -> bool:
    """Whether answer `a` (a prediction) equals answer `b` (the gold one).

    Args:
        mode: ``strict`` is symmetric and credits no more than it must; ``deepseek`` is as published and expects
            both in the normal form of `raymath.eval.latex.published`.
        deadline_s: CPU seconds the symbolic part may take; `DEADLINE_S` where not given.
    """
    return decide(a, b, mode, deadline_s).equal


def equal_all(pairs: Iterable[tuple[str, str]], *, mode: Mode = "strict") -> Iterator[bool]:
    """`equal` of many pairs, in their order: what needs no algebra is decided at once, the rest side by side."""
    left = iter(pairs)
    while chunk := list(itertools.islice(left, _CHUNK)):
        found = [_without_algebra(a, b, mode) for a, b in chunk]
        unsure = [at for at, decision in enumerate(found) if decision is None]
        for at, decision in zip(unsure, in_order(lambda at: decide(*chunk[at], mode), unsure), strict=True):
            found[at] = decision
        yield from (decision is not None and decision.equal for decision in found)


def decide(a: str, b: str, mode: Mode = "strict", deadline_s: float | None = None) -> Decision:
    """`equal`, with the reason where the comparison itself failed."""
    decision = _without_algebra(a, b, mode)
    if decision is not None:
        return decision
    return _decide_symbolically(a, b, mode, DEADLINE_S[mode] if deadline_s is None else deadline_s)


def _without_algebra(a: str, b: str, mode: Mode) -> Decision | None:
    """A decision, or None where only algebra tells."""
    try:
        if mode == "deepseek":
            return _SAME if published_equal(a, b, _need_algebra) else _OTHER
        if a == b:
            return _SAME if _DIGIT.search(a) or tidy(a).strip() else _OTHER
        x = numbers.whole(a)
        y = numbers.whole(b) if x is not None else None
        if y is not None:
            return _SAME if x == y else _OTHER
        return _SAME if strict(a, b, _need_algebra) else _OTHER
    except _UndecidedError:
        return None
    except RecursionError:
        # Brackets nested hundreds deep: nobody's answer.
        return Decision(a == b)


# A model that is stuck gives the same answer again and again, and votes compare the same pairs.
@lru_cache(maxsize=4096)
def _decide_symbolically(a: str, b: str, mode: Mode, deadline_s: float) -> Decision:
    return shared().decide(mode, a, b, deadline_s)


def _need_algebra(*_: str) -> NoReturn:
    raise _UndecidedError
