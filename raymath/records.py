"""The words that all stages share, with their Arrow schemas.

A record is frozen, validated where it is built, and travels without loss between Python, JSON lines and Arrow:

    >>> rows = [Segment(kind="text", text="So 2 + 2 = 4.")]
    >>> from_table(Segment, to_table(Segment, rows)) == rows
    True

The Arrow schema is derived from the fields, so there is one definition of each record. Reading files, and what
happens to rows that do not validate, is left to the rooms that read them (`raymath.data.sources`).
"""

from __future__ import annotations

import math
import types
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    import pyarrow as pa

Language = Literal["en", "zh"]
#: How a solution is written, and how a model is asked: chain of thought; one program; both interleaved with
#: the program's output ("tool-integrated reasoning").
Mode = Literal["cot", "pot", "tir"]
#: How a program ended. Only ``infra`` is the fault of raymath or the machine: it is never a wrong answer.
Status = Literal["ok", "error", "timeout", "memory", "output_limit", "killed", "infra"]
#: The field of mathematics that a problem belongs to.
Subject = Literal[
    "algebra", "arithmetic", "calculus", "counting", "geometry", "number theory", "probability", "other"
]  # fmt: skip
#: Whose tool loop (see `raymath.serve.toolloop`).
Protocol = Literal["raymath", "deepseek", "tora"]

Int64 = Annotated[int, Field(ge=-(2**63), lt=2**63)]
Int32 = Annotated[int, Field(ge=-(2**31), lt=2**31)]


def _encodable(text: str) -> str:
    # A lone surrogate is a Python str that neither JSON nor Arrow can hold; encode() names its position.
    text.encode()
    return text


Text = Annotated[str, AfterValidator(_encodable)]


class Record(BaseModel):
    """Base of all records: frozen, no unknown fields, finite floats, text that UTF-8 can hold."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


SegmentKind = Literal["text", "code", "output"]


class Segment(Record):
    """One stretch of a solution: what the model reasons, the code it writes, or what a program printed.

    ``text`` holds no fence: the markers around code and output are added by `raymath.prompts`.
    """

    kind: SegmentKind
    text: Text


class Example(Record):
    """One training example: a problem and one solution of it.

    ``id`` is unique within a mix. ``source`` and ``row`` (0-based) name where it came from; ``answer`` is the
    gold answer where the source has one. ``topic`` is a K-12 sub-topic (an id of `raymath.data.topics`, or
    ``unknown``), ``subject`` the field of mathematics.
    """

    id: Text
    source: Text
    row: Int64
    language: Language
    mode: Mode
    question: Annotated[Text, Field(min_length=1)]
    segments: Annotated[tuple[Segment, ...], Field(min_length=1)]
    answer: Text | None = None
    topic: Text | None = None
    subject: Subject | None = None
    level: Text | None = None
    licence: Text | None = None


class Pack(Record):
    """Examples concatenated into one training sequence.

    ``input_ids`` and ``loss_mask`` (1: the model should write this token) have the pack's length, at most the
    context; ``lengths`` are the examples' token counts in order and sum to it; ``rows`` are the examples'
    positions in the token shards. Position ids restart at each example and follow from ``lengths``.
    """

    index: Int64
    rows: tuple[Int64, ...]
    lengths: tuple[Int32, ...]
    input_ids: tuple[Int32, ...]
    loss_mask: tuple[Int32, ...]


class Program(Record):
    """A program to run in the sandbox. ``replay`` are earlier blocks whose state it continues from."""

    code: Text
    replay: tuple[Text, ...] = ()
    timeout_s: Annotated[float, Field(gt=0)] | None = None
    id: Text | None = None


class ProgramError(Record):
    """The exception that ended a program; ``traceback`` holds neither paths nor source lines."""

    type: Text
    message: Text
    traceback: Text


class Execution(Record):
    """What came of one program: the sandbox's verdict and everything it printed until then.

    ``seconds`` is wall time, ``cpu_seconds`` user plus system time of all its processes; ``truncated`` says
    that output went over the cap; ``isolation`` names what held the program
    (``full``, ``strong``, ``basic``, ``process``, ``none``).
    """

    status: Status
    stdout: Text = ""
    stderr: Text = ""
    error: ProgramError | None = None
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    truncated: bool = False
    isolation: Text = "none"
    id: Text | None = None


class Generation(Record):
    """One sample of one item from one model: the whole transcript and what it cost.

    ``text`` is the transcript after the prompt, with markers, exactly as the model saw it. ``executions`` are
    its programs' runs in order. ``finish`` is why it ended: ``stop`` (end token), ``length`` (token budget),
    ``rounds`` (no further generation allowed), ``boxed`` (ToRA's rule), ``error``. With ``status`` ``infra``
    the sample was lost to infrastructure, ``error`` says how, and it is to be asked again. ``asked`` is the hash of
    how it was asked (`raymath.eval.asking`), empty where nobody said; ``cost`` what an endpoint charged for it.
    """

    model: Text
    benchmark: Text
    mode: Mode
    item: Text
    sample: Int32 = 0
    seed: Int64 | None = None
    prompt: Text
    text: Text
    executions: tuple[Execution, ...] = ()
    finish: Literal["stop", "length", "rounds", "boxed", "error"]
    status: Literal["ok", "infra"] = "ok"
    error: Text | None = None
    prompt_tokens: Int64 = 0
    completion_tokens: Int64 = 0
    tool_tokens: Int64 = 0
    rounds: Int32 = 1
    seconds: float = 0.0
    asked: Text = ""
    cost: float = 0.0

    @property
    def key(self) -> tuple[str, str, str, str, int]:
        """What makes a sample the same sample: (model, benchmark, mode, item, sample)."""
        return (self.model, self.benchmark, self.mode, self.item, self.sample)


class Score(Record):
    """The grader's verdict on one response.

    ``extracted`` are the answers found (several for a gold with several); ``correct`` is `deepseek` equality,
    ``correct_strict`` ours. ``unscored``: infrastructure failed, so both are False and count in no accuracy.
    """

    extracted: tuple[Text, ...]
    correct: bool
    correct_strict: bool
    status: Literal["scored", "unscored"] = "scored"
    reason: Text = ""


R = TypeVar("R", bound=Record)


def schema(record: type[Record]) -> pa.Schema:
    """The Arrow schema of a record class: one field a column, optional ones nullable."""
    import pyarrow as pa

    return pa.schema(_fields(record))


def to_table(record: type[R], rows: Iterable[R]) -> pa.Table:
    """Records → Arrow table with `schema(record)`."""
    import pyarrow as pa

    return pa.Table.from_pylist([row.model_dump() for row in rows], schema=schema(record))


def from_table(record: type[R], table: pa.Table) -> list[R]:
    """Arrow table → records; raises `pydantic.ValidationError` for a row that is not one."""
    return [record.model_validate(row) for row in table.to_pylist()]


def to_line(row: Record) -> str:
    """A record as one JSON line, without the line end; text stays readable (no ASCII escapes)."""
    return row.model_dump_json()


def from_line(record: type[R], line: str | bytes) -> R:
    """One JSON line → record; raises `pydantic.ValidationError`."""
    return record.model_validate_json(line)


def finite(number: str) -> float:
    """A number of JSON text as a float, for json's ``parse_float``.

    Raises:
        ValueError: it is too large: json would read infinity, and write it as ``Infinity``, which is not JSON.
    """
    value = float(number)
    if not math.isfinite(value):
        raise ValueError(f"{number[:40]} is too large a number")
    return value


def _fields(record: type[Record]) -> list[pa.Field]:
    import pyarrow as pa

    out = []
    for name, field in record.model_fields.items():
        kind, nullable = _strip_optional(field.annotation)
        # pydantic moves the bounds of Annotated fields into metadata: they tell int32 from int64.
        out.append(pa.field(name, _arrow(kind, field.metadata), nullable=nullable))
    return out


def _strip_optional(kind: Any) -> tuple[Any, bool]:
    if get_origin(kind) in (Union, types.UnionType):
        rest = [k for k in get_args(kind) if k is not type(None)]
        assert len(rest) == 1, f"a record field is one type or None, not {kind}"
        return rest[0], True
    return kind, False


def _arrow(kind: Any, metadata: Iterable[Any] = ()) -> pa.DataType:
    import pyarrow as pa

    origin = get_origin(kind)
    if origin is Annotated:
        base, *extra = get_args(kind)
        bounds = [m for e in extra for m in getattr(e, "metadata", [e])]
        return _arrow(base, bounds)
    if origin is tuple:
        return pa.list_(pa.field("item", _arrow(get_args(kind)[0]), nullable=False))
    if origin is Literal:
        return pa.string()
    if isinstance(kind, type) and issubclass(kind, Record):
        return pa.struct(_fields(kind))
    if kind is int:
        narrow = any(getattr(m, "lt", None) == 2**31 for m in metadata)
        return pa.int32() if narrow else pa.int64()
    plain: dict[Any, pa.DataType] = {str: pa.string(), float: pa.float64(), bool: pa.bool_()}
    return plain[kind]
