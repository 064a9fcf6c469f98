"""What an example is about: one of the 76 sub-topics for Chinese, a field of mathematics for both languages.

    assign(example)      # Label("primary/travel", "rule", "速度|相遇|…"); topic "unknown" where nothing speaks
    subject(example)     # Label("geometry", "label", "Geometry")
    labelled(example)    # the example with topic and subject in place

A source's own label (`Example.topic` as its adapter left it) goes first, by the tables of `chinese_sources` and
`english`. Where it says nothing the patterns in the text decide (`chinese_rules`, `english`); where it leaves several
open, they decide between these. What the sub-topics are is in `raymath.data.topics`.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from raymath.data.labels import chinese_rules, chinese_sources, english
from raymath.data.topics import BY_ID, UNKNOWN
from raymath.records import Example


class Label(NamedTuple):
    """What was decided, by a source's ``label`` or a ``rule`` on the text, and because of what: the label, the pattern.

    ``how`` is None where nothing could be said: the topic is ``unknown``.
    """

    value: str
    how: Literal["label", "rule"] | None
    reason: str


def assign(example: Example) -> Label:
    """The sub-topic of an example, of any language; ``unknown`` where neither label nor text says."""
    label = example.topic or ""
    if label in BY_ID:
        return Label(label, "label", label)
    among = chinese_sources.topics_of(label)
    if len(among) == 1:
        return Label(among[0], "label", label)
    if example.language == "en":
        return Label(UNKNOWN, None, "")
    solution = "\n".join(segment.text for segment in example.segments if segment.kind == "text")
    topic, reason = chinese_rules.decide(example.question, solution, among)
    if topic == UNKNOWN:
        return Label(UNKNOWN, None, "")
    return Label(topic, "rule", f"{label}: {reason}" if among else reason)


def subject(example: Example) -> Label:
    """The field of mathematics (a `raymath.records.Subject`): its sub-topic's; ``other`` where nothing says more."""
    if example.subject is not None:
        return Label(example.subject, "label", example.subject)
    topic = assign(example)
    if topic.value != UNKNOWN:
        return topic._replace(value=BY_ID[topic.value].subject)
    if example.language == "zh":
        return Label("other", None, "")
    among = english.open_subjects(example.topic or "")
    if len(among) == 1:
        return Label(among[0], "label", example.topic or "")
    field, reason = english.decide(example.question, among)
    return Label(field, "rule" if reason else None, reason)


def labelled(example: Example) -> Example:
    """The example with its subject, and with its sub-topic in place of the source's label.

    English examples keep their source's label as topic where it is none of the sub-topics.
    """
    topic = assign(example)
    keep = topic.value == UNKNOWN and example.language == "en"
    return example.model_copy(
        update={"topic": example.topic if keep else topic.value, "subject": subject(example).value}
    )
