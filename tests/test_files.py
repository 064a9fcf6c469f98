"""Files by path and URI: where a name leads, what it stands for, and a copy here that follows what is there."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from raymath.config import validate
from raymath.data import inputs, sources, staging
from raymath.errors import DataError, MachineError
from raymath.eval.benchmarks import load
from raymath.files import at, listed, local, name_of
from raymath.storage import Place, below

ROW = json.dumps({"question": "1 + 1?", "solution": "It is \\boxed{2}."}) + "\n"


def test_where_a_name_leads(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/someone")
    assert at("", "a/b.jsonl") == str(tmp_path / "a/b.jsonl")
    assert at("data", "a.jsonl") == str(tmp_path / "data/a.jsonl")
    assert at("~/data", ".") == "/home/someone/data"
    assert at("/data", "/other/a.jsonl") == at("s3://bucket/raw", "/other/a.jsonl") == "/other/a.jsonl"
    assert at("s3://bucket/raw?region=x", "en/*.jsonl") == "s3://bucket/raw/en/*.jsonl?region=x"
    assert at("s3://bucket/raw?region=x", ".") == "s3://bucket/raw?region=x"
    assert at("/data", "s3://bucket/a.jsonl") == "s3://bucket/a.jsonl"
    assert at("", str(Path("s3://bucket/raw"))) == "s3://bucket/raw", "as a command line gives it"
    assert name_of("s3://bucket/raw/test.jsonl?region=x").parts == ("bucket", "raw", "test.jsonl")


@pytest.fixture
def place(uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("RAYMATH_CACHE", str(tmp_path / "cache"))
    for name in ("raw/b.jsonl", "raw/a.jsonl.gz", "raw/notes.md", "raw/old/c.jsonl", "bench/own.jsonl"):
        Place(uri).write(name, gzip.compress(ROW.encode()) if name.endswith(".gz") else ROW.encode())
    return uri


def test_a_directory_a_glob_and_a_file(place: str) -> None:
    raw = below(place, "raw")
    assert list(listed(raw)) == [below(raw, name) for name in ("a.jsonl.gz", "b.jsonl", "notes.md")]
    assert list(listed(raw, (".jsonl",))) == [below(raw, "b.jsonl")]
    assert list(listed(below(raw, "*.jsonl"))) == [below(raw, "b.jsonl")]
    assert list(listed(below(raw, "b.jsonl"))) == [below(raw, "b.jsonl")]
    assert listed(below(raw, "b.jsonl"))[below(raw, "b.jsonl")].size == len(ROW)
    assert listed(below(raw, "none.jsonl")) == listed(below(place, "none", "*.jsonl")) == {}


def test_a_copy_here_follows_what_is_there(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    file = below(place, "raw/b.jsonl")
    assert local(file).read_text() == ROW
    monkeypatch.setattr(Place, "get", lambda *_: pytest.fail("it is here"))
    assert local(file).read_text() == ROW
    monkeypatch.undo()
    before = staging.mark(file)
    Place(place).write("raw/b.jsonl", b"another\n")
    assert local(file).read_text() == "another\n"
    assert staging.mark(file) != before, "what was made of the old one is not gone on with"
    with pytest.raises(FileNotFoundError, match=r"there is no .*none"):
        local(below(place, "none"))


def test_sources_and_benchmarks_below_a_uri(place: str) -> None:
    data = {"root": place, "benchmarks": ["bench/*.jsonl"], "sources": {"mine": {"adapter": "jsonl", "path": "raw"}}}
    own = {"benchmarks": {"own": {"adapter": "jsonl", "path": "bench/own.jsonl"}}}
    Place(place).write("bench/own.jsonl", b'{"question": "2?", "answer": "2"}\n{"question": "no answer"}\n')
    settings = validate({"data": data, "eval": own}, "the test")
    pieces = inputs.pieces(settings)
    assert [piece.file for piece in pieces] == [below(place, "raw", name) for name in ("a.jsonl.gz", "b.jsonl")]
    examples = [example for piece in pieces for example in sources.read(piece)]
    assert [example.question for example in examples if not isinstance(example, sources.Rejected)] == ["1 + 1?"] * 2
    items, files = inputs.benchmarks(settings)
    assert [(item.benchmark, item.question) for item in items] == [("own", "2?")]
    assert files == {"own": {"file": below(place, "bench/own.jsonl"), "items": 1, "unreadable": 1}}
    loaded = load("own", settings.eval.benchmarks["own"], place)
    assert [bad.file for bad in loaded.rejected] == [below(place, "bench/own.jsonl")], "not the copy here"


def test_what_is_wrong_at_a_uri_is_said_as_of_a_file(place: str) -> None:
    Place(place).write("raw/b.jsonl", b"[1]\n")
    Place(place).write("raw/empty.jsonl", b"")
    Place(place).write("raw/math_test.jsonl", ROW.encode())

    def pieces(path: str) -> list[sources.Piece]:
        settings = validate({"data": {"root": place, "sources": {"m": {"adapter": "jsonl", "path": path}}}}, "t")
        return inputs.pieces(settings)

    with pytest.raises(DataError, match=r"has no file .*none\.jsonl"):
        pieces("raw/none.jsonl")
    with pytest.raises(DataError, match=r"empty\.jsonl is empty"):
        pieces("raw/empty.jsonl")
    with pytest.raises(DataError, match="is a test set by its name"):
        pieces("raw/math_test.jsonl")
    with pytest.raises(DataError, match="a format that is not read"):
        pieces("raw/notes.md")
    (bad,) = sources.read(pieces("raw/b.jsonl")[0])
    assert isinstance(bad, sources.Rejected)
    assert (bad.file, bad.reason) == (below(place, "raw/b.jsonl"), "not a JSON object: list")


def test_a_cache_that_cannot_be_written_is_named(place: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "taken").touch()
    monkeypatch.setenv("RAYMATH_CACHE", str(tmp_path / "taken"))
    with pytest.raises(MachineError, match="set RAYMATH_CACHE to another directory"):
        local(below(place, "raw/b.jsonl"))
