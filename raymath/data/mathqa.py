"""MathQA's formula language → a Python program: one table says what each operation is.

    formula_program("multiply(n0,n1)|divide(#0,const_100)|", ["30", "250"])

``n0`` is the first number of the question (`numbers_of`), ``#0`` the first step's result, ``const_100`` a constant.
Operations that the table lacks make the formula `NotUnderstood`. The table follows the operation list of the
data set's paper (Amini et al. 2019, MathQA).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from raymath.data.expressions import NotUnderstood

#: Operation → how it is written in Python; the braces take its arguments, in brackets where they need them.
OPERATIONS: Mapping[str, str] = {
    "add": "{} + {}", "subtract": "{} - {}", "multiply": "{} * {}", "divide": "{} / {}", "power": "{} ** {}",
    "negate": "-{}", "inverse": "1 / {}", "sqrt": "math.sqrt({})", "floor": "math.floor({})", "log": "math.log({})",
    "factorial": "math.factorial(round({}))", "choose": "math.comb(round({}), round({}))",
    "permutation": "math.perm(round({}), round({}))", "gcd": "math.gcd(round({}), round({}))",
    "lcm": "math.lcm(round({}), round({}))", "reminder": "{} % {}", "max": "max({}, {})", "min": "min({}, {})",
    "sine": "math.sin({})", "cosine": "math.cos({})", "tangent": "math.tan({})",
    "radians_to_degree": "math.degrees({})", "degree_to_radians": "math.radians({})",
    "speed": "{} / {}", "stream_speed": "({} - {}) / 2",
    "square_area": "{} ** 2", "square_perimeter": "4 * {}", "square_edge_by_area": "math.sqrt({})",
    "square_edge_by_perimeter": "{} / 4", "rectangle_area": "{} * {}", "rectangle_perimeter": "2 * ({} + {})",
    "triangle_area": "{} * {} / 2", "triangle_perimeter": "{} + {} + {}", "rhombus_area": "{} * {} / 2",
    "rhombus_perimeter": "4 * {}", "quadrilateral_area": "{} * ({} + {}) / 2", "diagonal": "math.hypot({}, {})",
    "triangle_area_three_edges": "math.sqrt((s := ({0} + {1} + {2}) / 2) * (s - {0}) * (s - {1}) * (s - {2}))",
    "circle_area": "math.pi * {} ** 2", "circumface": "2 * math.pi * {}", "volume_cube": "{} ** 3",
    "surface_cube": "6 * {} ** 2", "cube_edge_by_volume": "{} ** (1 / 3)", "volume_rectangular_prism": "{} * {} * {}",
    "surface_rectangular_prism": "2 * ({0} * {1} + {0} * {2} + {1} * {2})",
    "volume_cylinder": "math.pi * {} ** 2 * {}", "surface_cylinder": "2 * math.pi * {0} * ({0} + {1})",
    "volume_cone": "math.pi * {} ** 2 * {} / 3", "volume_sphere": "4 / 3 * math.pi * {} ** 3",
    "surface_sphere": "4 * math.pi * {} ** 2", "p_after_gain": "(1 + {} / 100) * {}",
    "original_price_before_gain": "{1} * 100 / (100 + {0})", "original_price_before_loss": "{1} * 100 / (100 - {0})",
}  # fmt: skip
_STEP = re.compile(r"\s*([a-z_]+)\s*\(([^()]*)\)\s*")


def numbers_of(question: str) -> list[str]:
    """The numbers of a question in their order, as ``n0``, ``n1``, … count them; thousands without commas."""
    return [found.replace(",", "") for found in re.findall(r"\d+(?:,\d{3})+(?:\.\d+)?|\d+\.\d+|\.\d+|\d+", question)]


def formula_program(formula: str, numbers: Sequence[str], result: str = "answer") -> tuple[list[str], list[str]]:
    """The imports and the assignments, one a step, the last to `result`.

    Raises:
        NotUnderstood: an operation or argument that the table lacks, a number or step that is not there.
    """
    steps = [step for step in formula.strip().strip("|").split("|") if step.strip()]
    lines: list[str] = []
    for i, step in enumerate(steps):
        match = _STEP.fullmatch(step)
        if match is None or match[1] not in OPERATIONS:
            raise NotUnderstood(f"an operation is not known: {step.strip()[:40]}")
        arguments = [_argument(one.strip(), numbers, i) for one in match[2].split(",")]
        pattern = OPERATIONS[match[1]]
        wanted = len(set(re.findall(r"{\d}", pattern))) or pattern.count("{}")
        if len(arguments) != wanted:
            raise NotUnderstood(f"an operation has {len(arguments)} arguments instead of {wanted}: {match[1]}")
        name = result if i == len(steps) - 1 else f"step{i + 1}"
        lines.append(f"{name} = {pattern.format(*arguments)}")
    if not lines:
        raise NotUnderstood("an empty formula")
    return (["import math"] if any("math." in line for line in lines) else []), lines


def _argument(text: str, numbers: Sequence[str], step: int) -> str:
    kind, digits = text[:1], text[1:]
    if kind == "#" and digits.isdigit() and int(digits) < step:
        return f"step{int(digits) + 1}"
    if kind == "n" and digits.isdigit():
        if int(digits) >= len(numbers):
            raise NotUnderstood(f"the question has no number {text}")
        return _numeral(numbers[int(digits)])
    if text == "const_pi":
        return "math.pi"
    constant = re.fullmatch(r"const_(\d+)(?:[_.](\d+))?", text)
    if constant is None:
        raise NotUnderstood(f"an argument is not known: {text[:40]}")
    return _numeral(f"{constant[1]}.{constant[2]}" if constant[2] else constant[1])


def _numeral(text: str) -> str:
    number = float(text)
    return str(int(number)) if number.is_integer() else repr(number)
