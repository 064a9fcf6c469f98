"""Hub datasets: streamed from a local directory in their layout, refused where they are tests by their name."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from raymath.config import SourceSettings
from raymath.data.sources import Piece, Rejected, pieces, read, refuse_test_name
from raymath.errors import DataError
from raymath.records import Example, from_line, to_line

FIXTURES = Path(__file__).parent / "fixtures"

#: fixture → (adapter, modes, gold answers).
HUB = {
    "gsm8k": ("gsm8k", "cot cot", ["12", "15"]),
    "math": ("math", "cot cot", ["3", "6"]),
    "mathinstruct": ("mathinstruct", "cot pot", [None, None]),
    "lila": ("lila", "pot pot", ["12", "6"]),
    "aqua": ("aqua", "cot cot", ["B", "A"]),
    "mathqa": ("mathqa", "pot pot", ["B", "C"]),
    "svamp": ("svamp", "pot pot", ["12", "15"]),
    "math23k": ("math23k", "pot pot", ["80", "96%"]),
    "tal_scq5k": ("tal_scq5k", "cot cot", ["B", "B"]),
    "openmathinstruct2": ("openmathinstruct2", "cot cot", ["56", "2"]),
}


def hub(root: Path, name: str) -> Path:
    """A dataset directory as `datasets` lays it out: one file a split."""
    (root / name).mkdir()
    shutil.copy(FIXTURES / f"{name}.jsonl", root / name / "train.jsonl")
    return root / name


@pytest.mark.parametrize("name", HUB)
def test_hub_schemas(tmp_path: Path, name: str) -> None:
    adapter, modes, answers = HUB[name]
    hub(tmp_path, name)
    (piece,) = pieces("mine", SourceSettings(adapter=adapter, hub=name, licence="X"), str(tmp_path))
    items = [item for item in read(from_line(Piece, to_line(piece))) if isinstance(item, Example)]
    assert [item.mode for item in items] == modes.split()
    assert [item.answer for item in items] == answers
    assert [(item.source, item.row, item.licence) for item in items] == [("mine", 0, "X"), ("mine", 1, "X")]
    assert len({item.id for item in items}) == 2


def test_hub_programs_print_their_answers(tmp_path: Path) -> None:
    from functools import partial

    from raymath.data.curate import verify
    from raymath.sandbox import run_batch

    examples = []
    for name in ("lila", "mathqa", "svamp", "math23k", "mathinstruct"):
        (piece,) = pieces("mine", SourceSettings(adapter=HUB[name][0], hub=str(hub(tmp_path, name))))
        examples += [item for item in read(piece) if isinstance(item, Example)]
    assert [verdict.reason for verdict in verify(examples, partial(run_batch, parallel=2))] == [""] * 10


def test_options_and_requests_are_spelt_one_way(tmp_path: Path) -> None:
    (piece,) = pieces("mine", SourceSettings(adapter="mathinstruct", hub=str(hub(tmp_path, "mathinstruct"))))
    cot, pot = (item for item in read(piece) if isinstance(item, Example))
    assert cot.question == "What is half of 8?\nA. 2\nB. 4\nC. 16"
    assert cot.segments[0].text == "Let's think.\nHalf of 8 is 4.\nThe answer is \\boxed{B}."
    assert pot.question == "Ada has 3 boxes of 4 pens. How many pens has she?"
    assert (cot.topic, pot.topic) == ("CoT/aqua_rat", "PoT/gsm_gpt4")


def test_parts(tmp_path: Path) -> None:
    source = SourceSettings(adapter="mathinstruct", hub=str(hub(tmp_path, "mathinstruct")), parts=("PoT/gsm_gpt4",))
    (piece,) = pieces("mine", source)
    other, kept = read(piece)
    assert isinstance(kept, Example)
    assert isinstance(other, Rejected)
    assert other.reason == "not of the parts that are asked for: CoT/aqua_rat"
    with pytest.raises(DataError, match=r"'PoT/gsm_gpt5'.*Did you mean 'PoT/gsm_gpt4'"):
        pieces("mine", source.model_copy(update={"parts": ("PoT/gsm_gpt5",)}))
    with pytest.raises(DataError, match="knows no parts"):
        pieces("mine", SourceSettings(adapter="gsm8k", hub="openai/gsm8k", parts=("a",)))


def test_a_field_map(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"prompt": "六乘七？", "out": {"text": "是\\\\boxed{42}", "gold": "42"}}\n{"prompt": "?"}\n')
    fields = {"question": "prompt", "solution": "out.text", "answer": "out.gold"}
    (piece,) = pieces("mine", SourceSettings(adapter="jsonl", path=str(path), fields=fields))
    good, bad = read(piece)
    assert isinstance(good, Example)
    assert (good.question, good.answer, good.language) == ("六乘七？", "42", "zh")
    assert isinstance(bad, Rejected)
    assert "no 'solution'" in bad.reason


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("openai/gsm8k", "test"),
        ("openai/gsm8k", "train+test"),
        ("openai/gsm8k", "test[:10]"),
        ("HuggingFaceH4/MATH-500", "train"),
        ("juletxara/mgsm", "train"),
        ("math-ai/aime24", "train"),
        ("someone/gsm8k-test", "train"),
        ("someone/cmath", "train"),
        ("TIGER-Lab/TheoremQA", "train"),
    ],
)
def test_test_datasets_are_refused_by_name(name: str, split: str) -> None:
    with pytest.raises(DataError, match="test set by its name"):
        pieces("mine", SourceSettings(adapter="gsm8k", hub=name, split=split))


@pytest.mark.parametrize(
    "name", ["openai/gsm8k", "EleutherAI/hendrycks_math", "TIGER-Lab/MathInstruct", "allenai/lila", "allenai/math_qa"]
)
def test_training_datasets_are_not(name: str) -> None:
    refuse_test_name(name, "train")


def test_both_a_path_and_a_dataset() -> None:
    with pytest.raises(DataError, match="both a path and a hub dataset"):
        pieces("mine", SourceSettings(adapter="gsm8k", hub="openai/gsm8k", path="x.jsonl"))


def test_a_dataset_that_cannot_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    import datasets

    # Without a network the library tries again for 24 s; this is what it does where it is told that there is none.
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    (piece,) = pieces("mine", SourceSettings(adapter="gsm8k", hub="nobody/nothing", hub_config="main"))
    with pytest.raises(DataError, match=r"'train' of the dataset 'nobody/nothing' \(main\) cannot be read"):
        list(read(piece))


def test_a_split_that_there_is_not(tmp_path: Path) -> None:
    (piece,) = pieces("mine", SourceSettings(adapter="gsm8k", hub=str(hub(tmp_path, "gsm8k")), split="dev"))
    with pytest.raises(DataError, match=r"'dev'.*cannot be read.*Check name"):
        list(read(piece))
