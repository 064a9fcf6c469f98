"""The embedded sample: the files are what the generator makes, and every word of them holds."""

from __future__ import annotations

import json
import re
import string
from collections import Counter
from dataclasses import fields
from pathlib import Path
from random import Random

import pytest

from raymath import prompts
from raymath.data.sample import HELDOUT, TRAIN, generate
from raymath.data.synthesis.template import NAMES, Telling, Template, spell, tell
from raymath.data.topics import BY_ID
from raymath.records import Example, Language, from_line, to_line

EXAMPLES = [from_line(Example, line) for line in TRAIN.read_bytes().splitlines()]
ITEMS = [json.loads(line) for line in HELDOUT.read_bytes().splitlines()]
LANGUAGES: tuple[Language, ...] = ("en", "zh")
TEMPLATES = {template.name: template for template in generate.TEMPLATES}
by_template = pytest.mark.parametrize("template", generate.TEMPLATES, ids=lambda template: template.name)


def template_of(id_: str) -> str:
    return id_.split("/")[1]


def numbers_in(question: str) -> tuple[str, ...]:
    return tuple(sorted(re.findall(r"\d+", question)))


def code_of(example: Example) -> str:
    (code,) = (segment.text for segment in example.segments if segment.kind == "code")
    return code


def last_boxed(text: str) -> str:
    found = re.findall(r"\\boxed\{([^{}]*)\}", text)
    assert found, text
    return found[-1]


def test_files_are_what_the_generator_makes() -> None:
    # Each output taken as the worked solution's answer: that the programs print it is tested by running them.
    work = generate.drafts()
    train, heldout = generate.build(work, [draft.problem.answer for draft in work])
    assert TRAIN.read_bytes() == train.encode()
    assert HELDOUT.read_bytes() == heldout.encode()


def test_another_seed_makes_another_sample() -> None:
    assert [d.problem for d in generate.drafts(1)] != [d.problem for d in generate.drafts(2)]
    assert generate.drafts(1) == generate.drafts(1)


def test_counts_and_shares() -> None:
    assert len(EXAMPLES) == 480
    assert len(ITEMS) == 120
    assert len(TEMPLATES) == len(generate.TEMPLATES) >= 20
    assert Counter(e.language for e in EXAMPLES) == {"en": 288, "zh": 192}
    assert Counter(i["language"] for i in ITEMS) == {"en": 72, "zh": 48}
    assert Counter(e.mode for e in EXAMPLES) == {"tir": 288, "cot": 120, "pot": 72}
    # Every mode in both languages, and of every kind as many as of the others.
    assert len({(e.language, e.mode) for e in EXAMPLES}) == 6
    assert set(Counter(template_of(e.id) for e in EXAMPLES).values()) == {20}
    assert set(Counter(i["template"] for i in ITEMS).values()) == {5}


def test_records_are_complete() -> None:
    assert len({e.id for e in EXAMPLES} | {i["id"] for i in ITEMS}) == 600
    for row, example in enumerate(EXAMPLES):
        assert example.row == row
        assert example.source == "raymath-sample"
        assert example.licence == "Apache-2.0"
        assert example.topic == TEMPLATES[template_of(example.id)].topic
        assert example.subject == BY_ID[example.topic].subject
        assert example.answer
    for item in ITEMS:
        assert list(item) == ["id", "question", "answer", "language", "template", "topic"]
        assert all(isinstance(value, str) and value for value in item.values())
        assert item["template"] == template_of(item["id"])
        assert item["topic"] == TEMPLATES[item["template"]].topic


def test_lines_are_json_as_records_write_it() -> None:
    assert [to_line(example) for example in EXAMPLES] == TRAIN.read_text(encoding="utf-8").splitlines()
    assert "\\u" not in HELDOUT.read_text(encoding="utf-8")


def test_no_held_out_problem_was_trained() -> None:
    questions = [e.question for e in EXAMPLES] + [i["question"] for i in ITEMS]
    assert len(set(questions)) == 600
    trained = {(template_of(e.id), numbers_in(e.question)) for e in EXAMPLES}
    heldout = {(i["template"], numbers_in(i["question"])) for i in ITEMS}
    assert len(trained) == 480
    assert len(heldout) == 120
    assert trained.isdisjoint(heldout)
    drawn = [draft.problem.key for draft in generate.drafts()]
    assert len(set(drawn)) == 600


def test_language_is_the_one_named() -> None:
    for language, question in [(e.language, e.question) for e in EXAMPLES] + [
        (i["language"], i["question"]) for i in ITEMS
    ]:
        assert (re.search(r"[\u4e00-\u9fff]", question) is not None) == (language == "zh"), question


def test_solutions_keep_their_mode_s_shape() -> None:
    shape = {"cot": ["text"], "pot": ["code"], "tir": ["text", "code", "output", "text"]}
    closing = {"en": r"The answer is \$\\boxed\{[^{}]+\}\$\.", "zh": r"答案是 \$\\boxed\{[^{}]+\}\$。"}
    for example in EXAMPLES:
        assert [segment.kind for segment in example.segments] == shape[example.mode]
        text = example.segments[-1].text
        if example.mode == "tir":
            assert example.segments[0].text.endswith("\n")
            assert re.fullmatch(closing[example.language], text)
        elif example.mode == "cot":
            assert re.search(f"{closing[example.language]}$", text)
        if example.mode != "pot":
            assert last_boxed(text) == example.answer
        rendered = "".join(piece.text for piece in prompts.render_solution(example.segments))
        assert prompts.parse_solution(rendered) == example.segments


def test_programs_are_short_and_regular() -> None:
    programs = [code_of(example) for example in EXAMPLES if example.mode != "cot"]
    for code in programs:
        assert "```" not in code
        assert code == code.strip()
        assert 3 <= len(code.splitlines()) <= 5
        assert code.splitlines()[-1].startswith("print(")
    with_sympy = sum("sympy" in code for code in programs) / len(programs)
    assert 0.05 < with_sympy < 0.2
    assert {t.name for t in generate.TEMPLATES if t.sympy} == {
        template_of(e.id) for e in EXAMPLES if e.mode != "cot" and "sympy" in code_of(e)
    }


def test_every_equation_of_a_worked_solution_holds() -> None:
    number = r"\(?\d+(?:\.\d+)?\)?"
    side = rf"{number}(?: ?[-+*/] ?{number})*"
    checked = 0
    for example in EXAMPLES:
        if example.mode != "cot":
            continue
        for chain in re.findall(rf"{side}(?: = {side})+", example.segments[0].text):
            first, *others = (eval(term, {}) for term in chain.split(" = "))
            assert all(other == pytest.approx(first, rel=1e-12) for other in others), chain
            checked += 1
    assert checked >= 200


@by_template
def test_template_is_told_in_several_ways(template: Template) -> None:
    for telling in (template.en, template.zh):
        assert len(set(telling.questions)) >= 2
        assert len(set(telling.plans)) >= 2
        assert len({tuple(scene.items()) for scene in telling.scenes}) == len(telling.scenes)
    assert len(NAMES["en"]) >= 10


@by_template
def test_words_of_a_template_do_not_hide_each_other(template: Template) -> None:
    # Numbers, steps, scene and name are filled into one text: a name used twice would be lost in silence.
    numbers = template.draw(Random(0))
    for telling in (template.en, template.zh):
        for scene in telling.scenes:
            names = [*numbers, *template.work(numbers), *scene, "name"]
            assert len(set(names)) == len(names)
            assert scene.keys() == telling.scenes[0].keys()


@by_template
def test_every_number_given_is_told_and_used(template: Template) -> None:
    given = set(template.draw(Random(0)))
    assert set(_placeholders(template.code)) == given
    for telling in (template.en, template.zh):
        for question in telling.questions:
            assert given <= set(_placeholders(question)), question


def _placeholders(text: str) -> list[str]:
    return [name for _, name, _, _ in string.Formatter().parse(text) if name]


def test_telling_has_no_field_that_is_not_tested() -> None:
    assert [field.name for field in fields(Telling)] == ["questions", "plans", "cot", "scenes"]


def test_an_answer_the_program_does_not_print_ends_the_generation() -> None:
    work = generate.drafts()[:3]
    printed = [draft.problem.answer for draft in work]
    with pytest.raises(ValueError, match=f"{work[1].id}.*printed '-1'"):
        generate.build(work, [printed[0], "-1", printed[2]])


def test_an_exhausted_template_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    few = Template(
        "few",
        "none",
        draw=lambda rng: {"a": rng.randint(1, 3)},
        work=lambda v: {"answer": v["a"]},
        code="print({a})",
        en=Telling(questions=("{a}?",), plans=("",), cot=""),
        zh=Telling(questions=("{a}？",), plans=("",), cot=""),
    )
    monkeypatch.setattr(generate, "TEMPLATES", (few,))
    with pytest.raises(ValueError, match="few has no more problems"):
        generate.drafts()


def test_check_tells_a_changed_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [draft.problem.answer for draft in generate.drafts()]
    monkeypatch.setattr(generate, "run_programs", lambda programs: answers)
    train = tmp_path / "train.jsonl"
    monkeypatch.setattr(generate, "TRAIN", train)
    assert generate.main(["--check"]) == 1
    train.write_bytes(TRAIN.read_bytes())
    assert generate.main(["--check"]) == 0
    train.write_bytes(TRAIN.read_bytes().replace(b"dollars", b"euros", 1))
    assert generate.main(["--check"]) == 1


def test_spell_writes_what_python_prints() -> None:
    from decimal import Decimal
    from fractions import Fraction

    assert [spell(v) for v in (7, Fraction(3, 4), Fraction(4, 2), Decimal(300), Decimal("12.50"), "as it is")] == [
        "7", "3/4", "2", "300", "12.5", "as it is",
    ]  # fmt: skip


def test_recorded_outputs_are_reproduced() -> None:
    _reproduce(_spread(2), _held_out(1))


@pytest.mark.slow
def test_every_recorded_output_is_reproduced() -> None:
    _reproduce([e for e in EXAMPLES if e.mode != "cot"], _held_out(5))


@pytest.mark.slow
def test_every_worked_answer_is_what_its_program_prints() -> None:
    # Worked solutions carry no program: theirs come from the generator.
    work = [draft for draft in generate.drafts() if draft.mode == "cot"]
    assert generate.run_programs([d.problem.code for d in work]) == [d.problem.answer for d in work]


@pytest.mark.parametrize("language", LANGUAGES)
def test_problems_beyond_the_files_agree_too(language: Language) -> None:
    # Draws that are in no file: a template that is right by luck of the seed fails here.
    quick = [template for template in generate.TEMPLATES if not template.sympy]
    problems = [tell(template, language, Random(f"other/{template.name}")) for template in quick]
    assert generate.run_programs([p.code for p in problems]) == [p.answer for p in problems]


def _spread(per_template: int) -> list[Example]:
    """Of each template the first examples with a program; of those that need sympy (slow to import) one."""
    taken: Counter[str] = Counter()
    chosen = []
    for example in EXAMPLES:
        name = template_of(example.id)
        if example.mode != "cot" and taken[name] < (1 if TEMPLATES[name].sympy else per_template):
            taken[name] += 1
            chosen.append(example)
    return chosen


def _held_out(per_template: int) -> list[generate.Draft]:
    taken: Counter[str] = Counter()
    chosen = []
    for draft in generate.drafts():
        name = draft.problem.template
        if draft.mode is None and taken[name] < per_template and (per_template > 1 or not TEMPLATES[name].sympy):
            taken[name] += 1
            chosen.append(draft)
    return chosen


def _reproduce(examples: list[Example], heldout: list[generate.Draft]) -> None:
    printed = generate.run_programs([code_of(e) for e in examples] + [d.problem.code for d in heldout])
    for example, output in zip(examples, printed, strict=False):
        assert output == example.answer, example.id
        recorded = [segment.text for segment in example.segments if segment.kind == "output"]
        assert recorded == ([output] if example.mode == "tir" else []), example.id
    gold = {item["id"]: item["answer"] for item in ITEMS}
    for draft, output in zip(heldout, printed[len(examples) :], strict=True):
        assert output == gold[draft.id], draft.id


def test_token_lengths_fit_the_quickstart(embedded_model: Path) -> None:
    """The quickstart trains on 512 tokens a sequence and about 100 K in all; the model answers within 256."""
    from raymath.models import chat_template, load_tokenizer

    tokenizer = load_tokenizer(embedded_model)
    template = chat_template(tokenizer)
    total, written = [], []
    for example in EXAMPLES:
        message = prompts.user_message(example.question, example.mode, example.language)
        prompt = prompts.render_prompt(message, chat_template=template)
        pieces = prompts.render_solution(example.segments)
        solution = len(tokenizer("".join(piece.text for piece in pieces), add_special_tokens=False).input_ids)
        total.append(len(tokenizer(prompt, add_special_tokens=False).input_ids) + solution + 1)
        written.append(solution)
    assert max(total) <= 300
    assert max(written) <= 150
    assert 60_000 < sum(total) < 100_000
