"""Evaluation: benchmarks, answers, equality, votes, tables.

    from raymath.eval import grade
    grade("… \\\\boxed{1/2}", "0.5").correct

Importing this package is cheap; sympy is only ever imported by worker processes.
"""

from raymath.eval.equality import equal, equal_all
from raymath.eval.grade import grade, grade_lines

__all__ = ["equal", "equal_all", "grade", "grade_lines"]
