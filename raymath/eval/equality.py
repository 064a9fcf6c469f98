"""Are two answers equal? Two rules, one fast path, and a deadline.

    >>> equal("\\\\frac{1}{2}", "0.5")
    True
    >>> equal("75", "7500", mode="deepseek"), equal("75", "7500")
    (True, False)

``deepseek`` is the published rule (`raymath.eval.published`); ``strict`` is ours (`raymath.eval.structure`).
Identical texts and plain numbers are decided here in microseconds; what needs algebra goes to a worker process
(`raymath.eval.workers`), which is killed at the deadline, and then the answers are not equal. Safe in threads
and Ray actors; from async code call it in a thread, as it blocks. Finding answers in a response is left to
`raymath.eval.answers`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NoReturn

from raymath.eval.published import published_equal
from raymath.eval.structure import strict
from raymath.eval.workers import Decision, Mode, shared

#: Seconds a pair may take before it counts as not equal. 15 is the published code's.
DEADLINE_S: dict[Mode, float] = {"deepseek": 15.0, "strict": 5.0}


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


def decide(a: str, b: str, mode: Mode = "strict", deadline_s: float | None = None) -> Decision:
    """`equal`, with the reason where the comparison itself failed."""
    try:
        if mode == "strict":
            return Decision(strict(a, b, _need_algebra))
        return Decision(published_equal(a, b, _need_algebra))
    except _UndecidedError:
        return _decide_symbolically(a, b, mode, DEADLINE_S[mode] if deadline_s is None else deadline_s)
    except RecursionError:
        # Brackets nested hundreds deep: nobody's answer.
        return Decision(a == b)


# A model that is stuck gives the same answer again and again, and votes compare the same pairs.
@lru_cache(maxsize=4096)
def _decide_symbolically(a: str, b: str, mode: Mode, deadline_s: float) -> Decision:
    return shared().decide(mode, a, b, deadline_s)


def _need_algebra(*_: str) -> NoReturn:
    raise _UndecidedError
