"""Labels: tables hold real topics, rules say why, and the accuracy on rows never tuned on is what is reported."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from data_makers import example, segments
from label_rows import held_out, tuning

from raymath.data import labels
from raymath.data.labels import Label, assign, chinese_rules, chinese_sources, english
from raymath.data.topics import BY_ID, TOPICS, UNKNOWN
from raymath.records import Example


def zh(question: str, **fields: object) -> Example:
    return example(language="zh", question=question, **fields)


def test_there_are_76_sub_topics() -> None:
    assert len(TOPICS) == len(BY_ID) == len({topic.zh for topic in TOPICS}) == 76


def test_tables_name_sub_topics_that_exist() -> None:
    for fragment, topics in (*chinese_sources.ROUTES, *chinese_sources.EXAM_POINTS):
        assert set(topics.split("|")) <= set(BY_ID), fragment
    fields = {topic.subject for topic in TOPICS} | {subject for subject, _, _ in english.PATTERNS}
    for fragment, subjects in english.LABELS:
        assert set(subjects.split("|")) <= fields, fragment


def test_no_fragment_hides_behind_an_earlier_one() -> None:
    for table in (chinese_sources.ROUTES, chinese_sources.EXAM_POINTS, english.LABELS):
        for at, (fragment, _) in enumerate(table):
            hidden = [earlier for earlier, _ in table[:at] if earlier in fragment]
            assert not hidden, f"{fragment} is never reached: {hidden}"


@pytest.mark.parametrize(
    ("label", "topics"),
    [
        ("拓展思维->拓展思维->数论模块->余数问题->余数性质", ("primary/remainders-cycles",)),
        ("课内体系->知识点->方程与不等式->一元二次方程->根的判别式", ("junior/quadratic-equations",)),
        ("竞赛->知识点->解析几何->椭圆", ("senior/conics",)),
        ("拓展思维->拓展思维->应用题模块->分百应用题->认识单位1", ("primary/fraction-problems", "primary/percentages")),
        ("拓展思维->能力->运算求解", ()),
        ("课内体系->能力->运算能力; 竞赛->知识点->数列与数学归纳法->等比数列", ("senior/geometric-sequences",)),
        ("一元一次方程的应用——行程问题", ("junior/linear-equation-problems",)),
        ("圆柱的侧面积、表面积和体积", ("primary/volume",)),
        ("被描述; 等式方程求解", ()),
        ("", ()),
    ],
)
def test_labels_of_chinese_sources(label: str, topics: tuple[str, ...]) -> None:
    assert chinese_sources.topics_of(label) == topics


def test_a_label_goes_before_the_text() -> None:
    text = "一个长方形的长是8厘米，宽是5厘米，周长是多少厘米？"
    assert assign(zh(text, topic="平均数的意义")) == Label("primary/averages-charts", "label", "平均数的意义")
    assert assign(zh(text, topic="junior/circles")) == Label("junior/circles", "label", "junior/circles")


def test_an_open_label_is_narrowed_by_the_text() -> None:
    label = "拓展思维->拓展思维->应用题模块->分百应用题"
    percent = assign(zh("水果店有苹果200千克，卖出25%，卖出多少千克？", topic=label))
    assert (percent.value, percent.how) == ("primary/percentages", "rule")
    assert label in percent.reason
    assert (
        assign(zh("水果店的苹果卖出了全部的1/4，剩下的是卖出的几倍？", topic=label)).value
        == "primary/fraction-problems"
    )


@pytest.mark.parametrize(
    ("question", "topic", "why"),
    [
        ("一个长方形的长是8厘米，宽是5厘米，周长是多少厘米？", "primary/perimeter", "周长"),
        ("已知复数$z=\\frac{1+i}{1-i}$，则$|z|=$", "senior/complex-numbers", "复数"),
        (
            "甲乙两车同时从两地相向而行，每小时分别行40千米和50千米，3小时后相遇，两地相距多少千米？",
            "primary/travel",
            "速度",
        ),
        ("把2000元存入银行，年利率是2.5%，两年后利息是多少元？", "primary/interest-tax", "利率"),
        ("椭圆$\\frac{x^2}{4}+y^2=1$的离心率是", "senior/conics", "离心率"),
        ("今年爸爸36岁，小明8岁，几年后爸爸的年龄是小明的3倍？", "primary/ages", "岁"),
    ],
)
def test_a_rule_says_which_pattern_spoke(question: str, topic: str, why: str) -> None:
    found = assign(zh(question))
    assert (found.value, found.how) == (topic, "rule")
    assert why in found.reason


def test_nothing_said_is_unknown_and_said_so() -> None:
    assert assign(zh("好")) == Label(UNKNOWN, None, "")
    assert labels.subject(zh("好")) == Label("other", None, "")
    assert labels.labelled(zh("好")).topic == UNKNOWN


def test_length_alone_decides_nothing() -> None:
    assert assign(zh("好" * 200)).value == UNKNOWN


def test_chinese_examples_have_the_subject_of_their_topic() -> None:
    found = labels.labelled(zh("袋里有红球3个、白球5个，任取一个，是红球的概率是多少？"))
    assert found.topic == "junior/probability"
    assert found.subject == "probability"


@pytest.mark.parametrize(
    ("topic", "subject"),
    [
        ("Number Theory", "number theory"),
        ("Intermediate Algebra", "algebra"),
        ("Geometry", "geometry"),
        ("gain", "arithmetic"),
        ("Overseas Competition->Knowledge Point->Number Theory Modules->Remainder Problems", "number theory"),
        ("primary/volume", "geometry"),
        ("amps_calculus", "calculus"),
    ],
)
def test_english_labels(topic: str, subject: str) -> None:
    found = labels.subject(example(topic=topic))
    assert (found.value, found.how) == (subject, "label")


@pytest.mark.parametrize(
    ("question", "topic", "subject"),
    [
        ("How many ways are there to seat 5 people in a row?", "Counting & Probability", "counting"),
        ("What is the probability of rolling a six with a fair die?", "Counting & Probability", "probability"),
        ("What is the probability of rolling a six with a fair die?", None, "probability"),
        ("Find the derivative of $x^3$ at 2.", None, "calculus"),
        ("A triangle has sides 3, 4 and 5. What is its area?", None, "geometry"),
        ("What is the remainder when $2^{10}$ is divided by 7?", None, "number theory"),
        ("Jane has 3 apples and buys 4 more. How many apples does she have?", None, "arithmetic"),
        ("Solve the equation $x^2 - 5x + 6 = 0$ for $x$.", None, "algebra"),
        ("Hm.", None, "other"),
    ],
)
def test_english_rules(question: str, topic: str | None, subject: str) -> None:
    assert labels.subject(example(question=question, topic=topic)).value == subject


def test_english_examples_keep_their_label_as_topic() -> None:
    found = labels.labelled(example(topic="Geometry"))
    assert (found.topic, found.subject) == ("Geometry", "geometry")


def test_a_broken_table_is_an_error() -> None:
    with pytest.raises(KeyError):
        chinese_rules.read("primary/nothing\n  3 甲\n")
    with pytest.raises(ValueError, match="invalid literal"):
        chinese_rules.read("primary/ages\n  many 岁\n")


def test_every_sub_topic_has_patterns() -> None:
    assert {pattern.topic for pattern in chinese_rules.PATTERNS} == set(BY_ID)


@pytest.mark.data
def test_halves_do_not_meet(data_dir: Path) -> None:
    rows = held_out(data_dir)
    held, tuned = {row.id for row in rows}, {row.id for row in tuning(data_dir)}
    assert len(rows) == 500
    assert held.isdisjoint(tuned)


@pytest.mark.data
def test_accuracy_on_rows_never_tuned_on(data_dir: Path) -> None:
    rows = held_out(data_dir)
    hidden = [
        assign(zh(row.question, segments=segments(("text", row.solution or "略")), topic=None)).value for row in rows
    ]
    right = sum(topic == row.topic for topic, row in zip(hidden, rows, strict=True)) / len(rows)
    stage = sum(
        topic.partition("/")[0] == row.topic.partition("/")[0] for topic, row in zip(hidden, rows, strict=True)
    ) / len(rows)
    # Measured: 0.574 and 0.798.
    assert right > 0.55
    assert stage > 0.77
    # Without their solutions, as an evaluation has them, 0.544 and 0.778: the report says so.
    alone = [(chinese_rules.decide(row.question)[0], row.topic) for row in rows]
    assert sum(found == topic for found, topic in alone) / len(rows) == pytest.approx(0.54, abs=0.005)
    stages = [(found.partition("/")[0], topic.partition("/")[0]) for found, topic in alone]
    assert sum(found == topic for found, topic in stages) / len(rows) == pytest.approx(0.78, abs=0.005)


@pytest.mark.data
def test_english_accuracy(data_dir: Path) -> None:
    with gzip.open(data_dir / "bench" / "math_train.jsonl.gz", "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file][1::8]
    open_ = [(row["question"], english.open_subjects(row["subject"])) for row in rows]
    sure = [
        (question, subjects) for question, subjects in open_ if len(subjects) <= 2 and "geometry" not in subjects[:1]
    ]
    right = sum(english.decide(question)[0] in subjects for question, subjects in sure)
    assert right / len(sure) > 0.65
