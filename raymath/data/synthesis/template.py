"""What a problem template is, and how one becomes a problem.

    Template("area", "geometry", draw=..., work=..., code="print({a} * {b})", en=Telling(...), zh=Telling(...))

A template draws the numbers, works the solution out in exact arithmetic, and tells the problem in two languages,
each with wordings of its own. Its program is text, run elsewhere: `work` and the program reach the answer by
separate computations, and whoever runs the program holds one against the other (`raymath.data.synthesis.generate`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from random import Random

from raymath.records import Language

#: Given quantities of a problem, by the name that the wordings and the program use.
Numbers = dict[str, int]
#: What a step or the answer of a worked solution can be; a string is a step already spelt.
Value = int | Fraction | Decimal | str

NAMES: dict[Language, tuple[str, ...]] = {
    "en": ("Emma", "Noah", "Maya", "Omar", "Ivy", "Leo", "Ana", "Kofi", "Ruth", "Sam", "Nina", "Paul"),
    "zh": ("小明", "小红", "小华", "小军", "小丽", "小林", "小芳", "小天"),
}
CLOSING: dict[Language, str] = {"en": "The answer is $\\boxed{{{0}}}$.", "zh": "答案是 $\\boxed{{{0}}}$。"}


@dataclass(frozen=True)
class Telling:
    """One language's words for a template; ``{…}`` stands for numbers, steps, ``{name}`` and the scene's words.

    ``questions`` are wordings of the problem, ``plans`` of the sentence that comes before the program, ``cot``
    the worked solution without its closing sentence, ``scenes`` the interchangeable things it can be about.
    """

    questions: tuple[str, ...]
    plans: tuple[str, ...]
    cot: str
    scenes: tuple[Mapping[str, str], ...] = ({},)


@dataclass(frozen=True)
class Template:
    """A kind of problem: how its numbers are drawn, worked out, computed by a program, and told.

    ``work`` gives the steps that ``cot`` mentions and the ``answer``. ``forms`` writes the numbers in other ways
    (a polynomial, a signed term) for all texts, the program included, and so never gives a step away. ``sympy`` says
    that the program needs it.
    """

    name: str
    topic: str
    draw: Callable[[Random], Numbers]
    work: Callable[[Numbers], Mapping[str, Value]]
    code: str
    en: Telling
    zh: Telling
    sympy: bool = False
    forms: Callable[[Numbers], Mapping[str, Value]] = lambda _: {}


@dataclass(frozen=True)
class Problem:
    """One problem with everything said about it; ``answer`` comes from the worked solution."""

    template: str
    topic: str
    numbers: tuple[int, ...]
    language: Language
    question: str
    plan: str
    code: str
    cot: str
    answer: str

    @property
    def key(self) -> tuple[str, tuple[int, ...]]:
        """Template and the given numbers in any order: what two problems must not share."""
        return self.template, tuple(sorted(self.numbers))


def scenes(fields: str, *rows: str) -> tuple[Mapping[str, str], ...]:
    """Rows of words separated by ``/`` under the field names: ``scenes("one/many", "box/boxes", "bag/bags")``."""
    names = fields.split("/")
    return tuple(dict(zip(names, row.split("/"), strict=True)) for row in rows)


def spell(value: Value) -> str:
    """A value as an answer is written, and as Python prints it: ``7``, ``3/4``, ``12.5``."""
    return format(value.normalize(), "f") if isinstance(value, Decimal) else str(value)


def tell(template: Template, language: Language, rng: Random) -> Problem:
    """Draw one problem of a template in one language."""
    telling = template.en if language == "en" else template.zh
    numbers = template.draw(rng)
    worked = template.work(numbers)
    answer = spell(worked["answer"])
    name = rng.choice(NAMES[language])
    scene = rng.choice(telling.scenes)
    given = {**numbers, **{form: spell(value) for form, value in template.forms(numbers).items()}}
    words = {"name": name, **scene, **given, **{step: spell(value) for step, value in worked.items()}}
    return Problem(
        template=template.name,
        topic=template.topic,
        numbers=tuple(numbers.values()),
        language=language,
        question=rng.choice(telling.questions).format(**words),
        plan=rng.choice(telling.plans).format(**words),
        code=template.code.format(**given),
        cot=f"{telling.cot.format(**words)}{' ' if language == 'en' else ''}{close(answer, language)}",
        answer=answer,
    )


def close(answer: str, language: Language) -> str:
    """The sentence a solution ends with."""
    return CLOSING[language].format(answer)
