"""Records travel without loss between Python, JSON lines and Arrow."""

import json

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from raymath import records as r

RECORDS = [r.Segment, r.Example, r.Pack, r.Program, r.ProgramError, r.Execution, r.Generation, r.Score]

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
some_text = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
real = st.floats(allow_nan=False, allow_infinity=False)
int64 = st.integers(-(2**63), 2**63 - 1)
int32 = st.integers(-(2**31), 2**31 - 1)
optional = st.none() | text
segments = st.builds(r.Segment, kind=st.sampled_from(["text", "code", "output"]), text=text)
errors = st.builds(r.ProgramError, type=text, message=text, traceback=text)
executions = st.builds(
    r.Execution, stdout=text, stderr=text, error=st.none() | errors, seconds=real, cpu_seconds=real,
    isolation=text, id=optional,
)  # fmt: skip
STRATEGIES = {
    r.Segment: segments,
    r.Example: st.builds(
        r.Example, id=text, source=text, row=int64, question=some_text,
        segments=st.lists(segments, min_size=1, max_size=4).map(tuple),
        answer=optional, topic=optional, level=optional, licence=optional,
    ),
    r.Pack: st.builds(
        r.Pack, index=int64, rows=st.lists(int64).map(tuple), lengths=st.lists(int32).map(tuple),
        input_ids=st.lists(int32).map(tuple), loss_mask=st.lists(int32).map(tuple),
    ),
    r.Program: st.builds(
        r.Program, code=text, replay=st.lists(text).map(tuple), id=optional,
        timeout_s=st.none() | st.floats(0.001, 1e6),
    ),
    r.ProgramError: errors,
    r.Execution: executions,
    r.Generation: st.builds(
        r.Generation, model=text, benchmark=text, item=text, sample=int32, seed=st.none() | int64, prompt=text,
        text=text, executions=st.lists(executions, max_size=2).map(tuple), error=optional, prompt_tokens=int64,
        completion_tokens=int64, tool_tokens=int64, rounds=int32, seconds=real,
    ),
    r.Score: st.builds(r.Score, extracted=st.lists(text).map(tuple), reason=text),
}  # fmt: skip


@pytest.mark.parametrize("record", RECORDS, ids=lambda c: c.__name__)
@given(data=st.data())
@settings(max_examples=30, deadline=None)
def test_round_trips_are_lossless(record: type[r.Record], data: st.DataObject) -> None:
    rows = data.draw(st.lists(STRATEGIES[record], max_size=3))
    table = r.to_table(record, rows)
    assert r.from_table(record, table) == rows
    lines = [r.to_line(row) for row in rows]
    assert all("\n" not in line for line in lines)
    assert [r.from_line(record, line) for line in lines] == rows
    assert table.schema == r.schema(record)


def test_every_record_has_a_strategy() -> None:
    assert set(STRATEGIES) == {c for c in vars(r).values() if isinstance(c, type) and issubclass(c, r.Record)} - {
        r.Record
    }


def test_schema_types_and_nullability() -> None:
    schema = r.schema(r.Example)
    assert schema.field("answer").nullable
    assert not schema.field("question").nullable
    assert r.schema(r.Pack).field("input_ids").type.value_type == pa.int32()
    assert r.schema(r.Generation).field("seed").type == pa.int64()


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"question": ""}, "question"),
        ({"question": None}, "question"),
        ({"segments": []}, "segments"),
        ({"mode": "tool"}, "mode"),
        ({"extra": 1}, "extra"),
        ({"row": 2**63}, "row"),
        ({"question": "\ud800"}, "question"),
    ],
)
def test_a_bad_row_is_refused_and_the_field_named(change: dict[str, object], key: str) -> None:
    good = {
        "id": "a", "source": "s", "row": 0, "language": "en", "mode": "cot", "question": "q",
        "segments": [{"kind": "text", "text": "t"}],
    }  # fmt: skip
    assert r.from_line(r.Example, json.dumps(good)).question == "q"
    with pytest.raises(ValidationError, match=key):
        r.Example.model_validate(good | change)


def test_records_are_frozen() -> None:
    segment = r.Segment(kind="text", text="a")
    with pytest.raises(ValidationError, match="frozen"):
        segment.text = "b"  # type: ignore[misc]
