"""A real Ray Data build: the same shards however the work is split, bad rows reported, and a feed on top."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from data_makers import example

from raymath.config import Settings, validate
from raymath.data import flat, parts, shards, tasks
from raymath.data.feed import Feed
from raymath.data.pipeline import build
from raymath.data.show import example_text, overview, pack_text
from raymath.data.sources import SAMPLE
from raymath.errors import DataError
from raymath.models import load_tokenizer
from raymath.records import Example, from_table, to_line


def settings(sources: dict[str, Any], **data: Any) -> Settings:
    return validate({"data": {"sources": sources, "context": 512} | data}, "the test")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two files of own rows with planted faults."""
    path = tmp_path_factory.mktemp("rows")
    kinds = [(mode, language) for mode in ("cot", "tir") for language in ("en", "zh")]
    asked = {"en": "What is 6 times 7, asked for time {}?", "zh": "第{}次问：六乘七是多少？"}
    good = [example(*kind, id=f"{i}-{kind}", question=asked[kind[1]].format(i)) for i in range(12) for kind in kinds]
    lines = [to_line(one) for one in good]
    lines[3] = '{"id": '
    lines[9] = lines[9].replace('"question":"', '"query":"')
    lines[20] = lines[16]
    lines[24] = lines[24].replace("7。", "7<|im_end|>").replace("by 7", "by 7<|im_end|>")
    lines[26] = lines[26].replace("print(a * 7)", "print(a * 8)")
    (path / "a.jsonl").write_text("\n".join(lines[:30]) + "\n", encoding="utf-8")
    (path / "b.jsonl").write_text("\n".join(lines[30:]) + "\n", encoding="utf-8")
    own = SAMPLE.read_text(encoding="utf-8").splitlines(keepends=True)
    (path.parent / f"{path.name}-sample.jsonl").write_text("".join(own[:40]), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def built(local_ray: None, folder: Path, tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    chosen = settings(
        {"own": {"path": str(folder), "take": 25}, "sample": {"path": f"{folder}-sample.jsonl", "take": 15}}
    )
    out = tmp_path_factory.mktemp("built")
    seen: list[tuple[int, int, str]] = []
    manifest = build(chosen, tiny_model, out, lambda *now: seen.append(now))
    return chosen, out, manifest, seen


def test_counts_add_up(built: Any) -> None:
    _, out, manifest, seen = built
    own, sample = manifest["sources"]["own"], manifest["sources"]["sample"]
    assert (own["rows"], own["accepted"], own["rejected"], own["taken"]) == (48, 43, 5, 25)
    assert (sample["rows"], sample["accepted"], sample["taken"]) == (40, 40, 15), "the embedded sample holds whole"
    assert 10 < sample["programs"] <= 40
    assert sample["outputs_replaced"] == 0
    assert manifest["examples"] == sum(cell["examples"] for cell in manifest["counts"]) == 40
    assert manifest["tokens"] == sum(cell["tokens"] for cell in manifest["counts"])
    assert manifest == shards.manifest(out)
    assert seen[-1] == (40, 40, "examples made")
    assert not (out / "staging").exists()


def test_each_bad_row_is_reported_with_its_place(built: Any, folder: Path) -> None:
    _, out, _, _ = built
    lines = [json.loads(line) for line in (out / "rejected.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [(line["file"], line["row"]) for line in lines] == [(str(folder / "a.jsonl"), n) for n in (3, 9, 20, 24, 26)]
    for line, reason in zip(lines, ("JSON", "question", "already taken", "special token", "not '48'"), strict=True):
        assert reason in line["reason"]


def test_shards_and_examples_are_the_same_rows(built: Any, tiny_model: Path) -> None:
    import pyarrow.parquet as pq

    _, out, _, _ = built
    examples = [one for part in shards.parts(out, "examples") for one in from_table(Example, pq.read_table(part))]
    tokens = flat.Tokens(out)
    ids = shards.columns(out, "id").column("id").to_pylist()
    assert [one.id for one in examples] == ids
    renderer = parts.renderer(str(tiny_model), "chat")
    for row, (expected, mask) in enumerate(renderer.render(examples)):
        got = tokens.row(row)
        assert got[0].tolist() == expected.tolist()
        assert got[1].tolist() == mask.tolist()


def test_the_same_shards_however_the_work_is_split_and_handed_over(
    built: Any, tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen, out, manifest, _ = built
    monkeypatch.setattr(tasks, "ROWS_PER_CHUNK", 7)
    store = tmp_path / "store"
    again = build(chosen, tiny_model, tmp_path, lambda *_: None, exchange=f"file://{store}")
    assert again["fingerprint"] == manifest["fingerprint"]
    assert (tmp_path / "rejected.jsonl").read_bytes() == (out / "rejected.jsonl").read_bytes()
    assert [file for file in store.rglob("*") if file.is_file()] == [], "what was handed over is gone at the end"
    one, two = (Feed.open(path, batch=4, seed=1) for path in (out, tmp_path))
    assert [one.batch_hash(step) for step in range(20)] == [two.batch_hash(step) for step in range(20)]


def test_a_feed_and_a_look_at_it(built: Any, tiny_model: Path) -> None:
    from rich.console import Console

    _, out, manifest, _ = built
    feed = Feed.open(out, batch=2, seed=0)
    assert (feed.packs, feed.tokens) == (manifest["packing"]["packs"], manifest["packing"]["tokens"])
    console = Console(width=120, record=True, file=io.StringIO())
    console.print(overview(out))
    shown = console.export_text()
    assert manifest["fingerprint"] in shown
    assert "sample" in shown
    tokenizer = load_tokenizer(tiny_model)
    first = tokenizer.decode(feed.pack(0).input_ids[: feed.pack(0).lengths[0]].tolist())
    assert first in pack_text(out, 0, tokenizer).plain
    identity = shards.columns(out, "id").column("id")[0].as_py()
    assert "boxed" in example_text(out, identity, tokenizer).plain
    with pytest.raises(DataError, match="no pack 999"):
        pack_text(out, 999, tokenizer)
    with pytest.raises(DataError, match="no example 'x'"):
        example_text(out, "x", tokenizer)


@pytest.mark.parametrize(
    ("text", "source", "said"),
    [
        ('{"answer": 1}\n', {"adapter": "jsonl"}, r"'mine' has no usable row .*1 × no 'solution'"),
        ('{"question": "1?", "solution": "1"}\n', {"adapter": "jsonl", "take": 2}, "mine has 1 of 2"),
        ("\n\n", {"adapter": "jsonl"}, "no row in it"),
        ("", {"adapter": "jsonl"}, "is empty"),
        ("x\n", {"adapter": "json"}, "adapter 'json'"),
    ],
)
def test_a_source_that_gives_nothing(
    local_ray: None, tiny_model: Path, tmp_path: Path, text: str, source: dict, said: str
) -> None:
    (tmp_path / "rows.jsonl").write_text(text)
    with pytest.raises(DataError, match=said):
        build(settings({"mine": {"path": str(tmp_path / "rows.jsonl")} | source}), tiny_model, tmp_path / "out")
    assert not (tmp_path / "out" / "manifest.json").exists()


def test_no_source(tiny_model: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no source"):
        build(settings({}), tiny_model, tmp_path)


def test_over_long_examples_are_refused_when_told(local_ray: None, tiny_model: Path, tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text('{"question": "1?", "solution": "1"}\n')
    with pytest.raises(DataError, match="1 of 1 examples are longer than the context of 16"):
        build(
            settings(
                {"mine": {"adapter": "jsonl", "path": str(tmp_path / "rows.jsonl")}}, context=16, overlong="refuse"
            ),
            tiny_model,
            tmp_path / "out",
        )
