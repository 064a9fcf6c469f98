"""Every row of every real file through its adapter: how many are Examples, and why the others are not."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from raymath.config import SourceSettings
from raymath.data.sources import Rejected, pieces, read
from raymath.records import Example

#: adapter, file, Examples by language and mode, other rows by kind of reason. A change of an adapter shows here.
CENSUS: list[tuple[str, str, dict[str, int], dict[str, int]]] = [
    ("gsm8k", "bench/gsm8k_train.jsonl.gz", {"en cot": 7473}, {}),
    ("math", "bench/math_train.jsonl.gz", {"en cot": 7500}, {}),
    ("aqua", "train/en_aqua_dev.jsonl.gz", {"en cot": 254}, {}),
    ("mathqa", "train/en_mathqa_dev.jsonl.gz", {"en pot": 4202}, {"the right option is no number": 273}),
    ("tabmwp", "train/en_tabmwp_2k.jsonl.gz", {"en cot": 1000}, {"a row of a test set by its subset": 1000}),
    (
        "loong",
        "train/en_loong_math_pot.jsonl.gz",
        {"en pot": 1607},
        {"not known to be a question of MATH's training set": 4},
    ),
    ("openmathinstruct2", "train/en_openmathinstruct2_sample.jsonl.gz", {"en cot": 100}, {}),
    ("mathinstruct", "train/en_mathinstruct_schema_2rows.jsonl", {"en cot": 1, "en pot": 1}, {}),
    ("svamp", "train/en_svamp_train.jsonl.gz", {"en pot": 800}, {}),
    ("mawps", "train/en_mawps_train.jsonl.gz", {"en pot": 1897}, {"not an equation": 1}),
    ("asdiv", "train/en_asdiv_a_train.jsonl.gz", {"en pot": 974}, {}),
    (
        "asdiv",
        "train/en_asdiv_full.jsonl.gz",
        {"en pot": 2009},
        {
            "a formula cannot be read": 102,
            "the gold answer is not a number": 47,
            "a step is not the arithmetic that it says": 13,
            "a ratio says no computation": 95,
            "not an equation": 11,
            "not as many unknowns as gold answers": 28,
        },
    ),
    ("draw", "train/en_draw_train.jsonl.gz", {"en pot": 600}, {}),
    ("alg514", "train/en_alg514_train.jsonl.gz", {"en pot": 411}, {}),
    (
        "dolphin1878",
        "train/en_dolphin1878_train.jsonl.gz",
        {"en pot": 1337},
        {
            "the gold answer is not a number": 3,
            "several sets of answers are right": 116,
            "no gold answer": 15,
            "not as many unknowns as gold answers": 7,
            "a formula cannot be read": 14,
            "not an equation": 5,
            "no equation to solve": 5,
            "a bracket is not closed": 1,
            "a function of an unknown": 1,
        },
    ),
    ("tora", "train/en_tora_examples.jsonl.gz", {"en tir": 25, "en cot": 5}, {}),
    (
        "tal_scq5k",
        "train/zh_tal_scq5k_train.jsonl.gz",
        {"zh cot": 2958},
        {
            "the solution is left out": 35,
            "'options' are not lettered in order": 6,
            "the solution chooses another option than the answer": 1,
        },
    ),
    ("tal_scq5k", "train/en_tal_scq5k_train.jsonl.gz", {"en cot": 2813}, {"the solution is left out": 187}),
    ("carp", "train/zh_carp_dev.jsonl.gz", {"zh cot": 500}, {}),
    ("carp", "train/zh_carp_train_retrieved.jsonl.gz", {"zh cot": 2646}, {}),
    (
        "gaokao",
        "train/zh_gaokao_math.jsonl.gz",
        {"zh cot": 596},
        {
            "the answer is no single formula": 3,
            "an open question without one final answer": 235,
            "'solution' is empty or not a text": 10,
        },
    ),
    (
        "cm17k",
        "train/zh_cm17k_valid.jsonl.gz",
        {"zh pot": 1701},
        {"a formula cannot be read": 1, "not as many unknowns as gold answers": 1},
    ),
    (
        "cm17k_tir",
        "train/zh_cm17k_valid.jsonl.gz",
        {"zh tir": 879},
        {"no explanation to begin with": 822, "a formula cannot be read": 1, "not as many unknowns as gold answers": 1},
    ),
    ("ape210k", "train/zh_ape210k_valid.jsonl.gz", {"zh pot": 4989}, {"not an equation": 11}),
    ("math23k", "train/zh_math23k_valid.jsonl.gz", {"zh pot": 2316}, {}),
    (
        "hmwp",
        "train/zh_hmwp.jsonl.gz",
        {"zh pot": 5447},
        {
            "no gold answer": 20,
            "a bracket is not closed": 4,
            "a formula cannot be read": 3,
            "not as many unknowns as gold answers": 16,
            "not an equation": 1,
        },
    ),
    (
        "zh_tir",
        "train/zh_tir_*.jsonl.gz",
        {"zh tir": 2062, "zh cot": 490, "en tir": 883, "en cot": 239},
        {
            "no final answer in a box": 16,
            "text between a program and its output": 2,
            "the turns do not alternate between user and model": 1,
        },
    ),
]


@pytest.mark.data
@pytest.mark.parametrize(("name", "path", "kinds", "reasons"), CENSUS, ids=[f"{c[0]}-{c[1]}" for c in CENSUS])
def test_real_rows(data_dir: Path, name: str, path: str, kinds: dict[str, int], reasons: dict[str, int]) -> None:
    found = pieces(name, SourceSettings(adapter=name, path=path), str(data_dir))
    items = [item for piece in found for item in read(piece)]
    examples = [item for item in items if isinstance(item, Example)]
    assert Counter(f"{one.language} {one.mode}" for one in examples) == kinds
    assert Counter(one.reason.partition(": ")[0] for one in items if isinstance(one, Rejected)) == reasons
    assert len({one.id for one in examples}) == len(examples)
    for one in examples:
        words = one.segments[-1].text
        assert one.licence or name == "zh_tir", "who may use it is known, if only that nobody says"
        assert one.mode == "pot" or "boxed" in words or name == "math"
        assert "<<" not in words or one.mode == "pot"
        assert one.mode != "pot" or "print(" in words
