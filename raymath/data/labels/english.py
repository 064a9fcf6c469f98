"""The field of mathematics of an English problem: from its source's label by a table, else by patterns in its text.

    decide("How many ways are there to seat 5 people in a row?")     # ("counting", "how many … ways")

`raymath.data.labels.subject` is what others call.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Final, get_args

from raymath.records import Subject

#: Fragments of labels in lower case, the first that occurs decides; ``|`` leaves several open.
LABELS: Final[tuple[tuple[str, str], ...]] = (
    # MATH, and what is made of it
    ("counting & probability", "counting|probability"),
    ("counting_and_probability", "counting|probability"),
    ("prealgebra", "arithmetic|algebra|geometry|number theory|counting|probability|other"),
    ("precalculus", "algebra|geometry"),
    ("number theory", "number theory"),
    ("number_theory", "number theory"),
    ("calculus", "calculus"),
    # routes of TAL-SCQ5K
    ("statistics and probability", "probability|other"),
    ("probability", "probability"),
    ("counting modules", "counting"),
    ("permutation", "counting"),
    ("average problems", "other"),
    ("geometry", "geometry"),
    ("objects with straight sides", "geometry"),
    ("basic concepts of equation", "algebra"),
    ("equation word problems", "algebra"),
    ("sequences and number tables", "algebra"),
    ("operations through formulas", "algebra"),
    ("calculation modules", "arithmetic"),
    ("word problem", "arithmetic"),
    ("time problem", "arithmetic"),
    ("operations of numbers", "arithmetic"),
    ("logical reasoning", "other"),
    ("combinatorics", "counting|other"),
    # MathQA, ASDiv, SVAMP, Lila's tasks
    ("algebra", "algebra"),
    ("gain", "arithmetic"),
    ("physics", "arithmetic"),
    ("gcd", "number theory"),
    ("lcm", "number theory"),
    ("set-operation", "counting"),
    ("linear_equation", "algebra"),
    ("addition", "arithmetic"),
    ("subtraction", "arithmetic"),
    ("multiplication", "arithmetic"),
    ("division", "arithmetic"),
    ("comparison", "arithmetic"),
    ("tvq-", "arithmetic"),
    ("surplus", "arithmetic"),
    ("gsm8k", "arithmetic"),
    ("svamp", "arithmetic"),
    ("asdiv", "arithmetic"),
    ("addsub", "arithmetic"),
    ("singleop", "arithmetic"),
    ("multiarith", "arithmetic"),
    ("simuleq", "algebra"),
    ("draw", "algebra"),
    ("dolphin", "algebra"),
)
#: Field, weight, what speaks for it.
_TABLE: Final[tuple[tuple[Subject, int, str], ...]] = (
    ("calculus", 9, r"derivative|integral|\\int\b|\\lim\b|differentiat|\bf'\(|converge|infinitesimal|\\partial"),
    ("probability", 9, r"probabilit|\bodds\b|at random|randomly|expected (value|number)|\bchance\b"),
    ("probability", 4, r"\b(dice|die|coin|marbles?|heads)\b.*\b(likely|tails|expect)"),
    (
        "counting",
        8,
        r"how many (different |distinct |possible |of the )?(ways|arrangements|combinations|paths|routes)",
    ),
    (
        "counting",
        7,
        r"in how many|number of (different |distinct |possible )?(ways|arrangements|permutations|subsets)",
    ),
    (
        "counting",
        6,
        r"permutation|combinatori|\bbinom\b|\\binom|choose \d|\barrang(e|ed|ements?)\b|committee|handshake",
    ),
    (
        "counting",
        5,
        r"how many (\w+ ){0,3}(numbers|integers|words|codes|plates|triangles|squares|rectangles|outfits)",
    ),
    ("counting", 4, r"\bdistinct\b|both .* and neither|neither|venn|coefficient of"),
    (
        "number theory",
        8,
        r"remainder|divisib|divisors?\b|\bprimes?\b|\bgcd\b|\blcm\b|\\pmod|modulo|\\equiv|\bmod\b",
    ),
    (
        "number theory",
        8,
        r"(greatest|least|highest|lowest) common|common (multiple|factor|divisor)|\bbase\s?\$?-?(\d|b\b|ten)",
    ),
    (
        "number theory",
        6,
        r"factors? of|multiples? of|(units|tens|ones|last|hundreds) digit|digits?\b.*\b(sum|number)|_\d\b",
    ),
    (
        "number theory",
        5,
        r"perfect (square|cube)|(positive|smallest|least|largest|consecutive)( \w+)? integers?|palindrom",
    ),
    ("number theory", 4, r"\b(odd|even)\b|factorial|\d!"),
    (
        "geometry",
        8,
        r"triangle|circle|rectang|parallelogram|trapezoid|polygon|hexagon|pentagon|octagon|rhombus|quadrilat",
    ),
    (
        "geometry",
        8,
        r"perimeter|\bradius|diameter|circumference|\bangles?\b|\\angle|hypotenuse|\barea\b|volume of|\bcube\b",
    ),
    (
        "geometry",
        6,
        r"\\overline|sphere|cylind|\bcone\b|prism|pyramid|tangent to|perpendicular|midpoint|\[asy\]|\bsquare\b",
    ),
    (
        "geometry",
        5,
        r"square (feet|units|meters|inches|cm)|cubic|\\begin\{pmatrix\}|\\mathbf|degrees|parallel|coordinate",
    ),
    (
        "algebra",
        8,
        r"\bf\(|\bg\(|polynomial|quadratic|\broots?\b|\\log|logarithm|asymptote|complex number|parabola|ellipse",
    ),
    (
        "algebra",
        7,
        r"solve (for|the)|equations?\b|factor (the|completely)|simplif|expand|inequalit|\bfunction|\\sqrt|slope",
    ),
    (
        "algebra",
        6,
        r"sequence|arithmetic (progression|series)|geometric series|(real|satisf\w+) .*\$|\\begin\{cases\}|matrix",
    ),
    (
        "algebra",
        6,
        r"\b[a-z] ?[-+*/^=] ?\d|\d ?[-+*/=] ?[a-z]\b|\d[a-z]\b|\b(sum|difference) of (two|three|the two) numbers",
    ),
    (
        "algebra",
        5,
        r"(one|a|the (first|second|other|larger|smaller)) number (is|and)|\b(find|what are) the (two )?numbers?\b",
    ),
    ("algebra", 3, r"\bx\b|\by\b|\\sin|\\cos|\\tan|operation|defined"),
    (
        "other",
        7,
        r"\bmedian\b|\bmode\b|standard deviation|\bmean of|stem-and-leaf|\brange of the (numbers|data)|survey",
    ),
    ("other", 5, r"who is|true statement|always true|lying|liar|knight|average (of|score|age|weight)|the mean\b"),
    (
        "arithmetic",
        4,
        r"how (much|long|far|old|often)|percent|%|\\\$|dollars?|cents|\brs\b|cost|price|paid|profit|interest",
    ),
    ("arithmetic", 3, r"how many (\w+ ){0,6}(does|did|do|are|will|were|is|can|has|have|left|in all|more|fewer)\b"),
    (
        "arithmetic",
        3,
        r"per (hour|day|week|minute|second)|km/?h|mph|miles|minutes|hours|ratio|speed|train|\bwork|\bsold\b",
    ),
    ("arithmetic", 3, r"\b(calculate|evaluate|compute|round|estimate)\b|\\times|\\div|\\cdot|decimal|fraction"),
    ("arithmetic", 1, r"\d"),
)
PATTERNS: Final = tuple((subject, weight, re.compile(regex, re.IGNORECASE)) for subject, weight, regex in _TABLE)


def open_subjects(label: str) -> tuple[Subject, ...]:
    """The fields that a source's label leaves open; none if it is not in the table."""
    low = label.lower()
    found = next((subjects for fragment, subjects in LABELS if fragment in low), "")
    return tuple(subject for subject in get_args(Subject) if subject in found.split("|"))


def decide(question: str, among: tuple[Subject, ...] = ()) -> tuple[Subject, str]:
    """The field that the patterns of a text speak for, and the heaviest of them; ``other`` where none does.

    With `among`, the strongest of these, the first where none has a pattern.
    """
    sums: dict[Subject, int] = defaultdict(int)
    reasons: dict[Subject, tuple[int, str]] = {}
    for subject, weight, regex in PATTERNS:
        if (among and subject not in among) or regex.search(question) is None:
            continue
        sums[subject] += weight
        reasons[subject] = max(reasons.get(subject, (0, "")), (weight, regex.pattern), key=lambda reason: reason[0])
    if not sums:
        return (among[0] if among else "other"), ""
    best = max(sums, key=sums.__getitem__)
    return best, reasons[best][1]
