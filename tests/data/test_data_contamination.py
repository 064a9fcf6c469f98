"""Contamination: planted and real benchmark problems are found, near misses are not, phrases are no evidence."""

from __future__ import annotations

import gzip
import json
import pickle
from collections import Counter
from pathlib import Path

import pytest

from raymath.data.contamination import Benchmarks, Hit, Item, is_training_split, read
from raymath.data.sources import Rejected

EN = "A robe takes 2 bolts of blue fiber and half that much white fiber. How many bolts in total does it take?"
ZH = "制作一件袍子需要 2 匹蓝色纤维布料和这个数量一半的白色纤维布料。它一共需要用掉多少匹布料？"
INDEX = Benchmarks([Item("gsm8k", "e1", EN), Item("mgsm", "z1", ZH), Item("short", "s1", "876 × 543 = ?")])


def kinds(index: Benchmarks, question: str) -> list[tuple[str, str, str]]:
    return [(hit.kind, hit.benchmark, hit.item) for hit in index.hits(question)]


@pytest.mark.parametrize(
    "question",
    [EN, EN.upper(), EN.replace(".", " ;"), EN.replace("2", "two"), "  " + EN.replace(" ", "\n"), f"${EN}$"],
)
def test_exact_whatever_the_writing(question: str) -> None:
    assert kinds(INDEX, question) == [("exact", "gsm8k", "e1")]


def test_exact_in_chinese() -> None:
    assert kinds(INDEX, ZH.replace("2", "二").replace("。", ".")) == [("exact", "mgsm", "z1")]


def test_ten_units_in_a_row_are_an_overlap() -> None:
    (hit,) = INDEX.hits("Yesterday: a robe takes 2 bolts of blue fiber and half of nothing")
    assert hit == Hit("ngram", "gsm8k", "e1", "a robe takes 2 bolts of blue fiber and half", hit.share)
    assert hit.removes
    assert 0 < hit.share < 0.2
    assert not INDEX.hits("Yesterday: the robe takes 2 bolts of blue fiber and half of nothing")
    (hit,) = INDEX.hits("已知这个数量一半的白色纤维布料，求面积")
    assert (hit.kind, hit.text) == ("ngram", "这个数量 1 半的白色纤维布料")
    assert not INDEX.hits("这个数量一半的白色纸")


def test_a_changed_number_is_a_suspect() -> None:
    item = "The sum of two numbers is 52, and their difference is 6. What are they?"
    index = Benchmarks([Item("simuleq", "1", item)])
    (hit,) = index.hits("The sum of two numbers is 39 and their difference is 7. What are they?")
    assert (hit.kind, hit.text, hit.removes) == ("suspect", item, False)
    assert hit.share == 1.0
    (hit,) = Benchmarks([Item("zh", "1", "一个数除以88，商是160，这个数是多少")]).hits(
        "一个数除以5，商是24，这个数是多少？"
    )
    assert hit.kind == "suspect"
    assert not index.hits("The product of two numbers is 39 and their ratio is 7. What are they?")


def test_short_items_count_where_they_are_half_of_a_row() -> None:
    assert kinds(INDEX, "876*543 =") == [("exact", "short", "s1")]
    assert kinds(INDEX, "Calculate: 876 × 543 = ( )") == [("ngram", "short", "s1")]
    assert not INDEX.hits("A hall has 30 rows of seats. What do 876 × 543 = 475668 tickets cost at 3 dollars each?")


def test_notation_and_common_wording_are_no_evidence() -> None:
    sums = "Ada adds 1 + 2 + 3 + 4 + 5 + 6 + 7 + 8"
    phrase = "what is the area of this garden in square metres"
    items = [Item("b", str(i), f"{name} has {i} {thing}, {phrase}") for i, (name, thing) in enumerate(PAIRS)]
    index = Benchmarks([*items, Item("b", "sum", sums)])
    assert index.summary.notation > 0
    assert index.summary.common == 1
    assert index.summary.examples == (f"{len(PAIRS)} × {phrase}",)
    assert not index.hits(f"Zoe owns some land; {phrase}?")
    assert not index.hits("Compute 2 + 3 + 4 + 5 + 6 + 7 + 8 + 9 quickly")
    assert Benchmarks([*items, Item("b", "sum", sums)], common=99).hits(f"Zoe owns some land; {phrase}?")


PAIRS = [(f"{name} Smith", thing) for name in ("Ann", "Bob", "Cy") for thing in ("cats", "dogs", "hens", "cows")]


def test_each_benchmark_gives_its_gravest_hit() -> None:
    index = Benchmarks(
        [Item("a", "1", EN), Item("b", "1", f"{EN} And why?"), Item("b", "2", f"{EN} Or so."), Item("c", "1", ZH)]
    )
    assert kinds(index, EN) == [("exact", "a", "1"), ("ngram", "b", "1")]
    assert [hit.share for hit in index.hits(EN)] == [1.0, round(13 / 15, 3)]


def test_an_index_without_items_and_rows_without_words() -> None:
    assert Benchmarks([]).hits(EN) == []
    assert INDEX.hits("?") == INDEX.hits("") == []
    assert Benchmarks([Item("b", "1", "?")]).summary.too_short == 1


def test_drawings_share_nothing() -> None:
    figure = "[asy] draw((0,0)--(8,0)--(8,18)--(2.5,20)--(0,12)--cycle); label the corners of it here please [/asy]"
    index = Benchmarks([Item("math", "1", f"What is the area of the pentagon shown? {figure}")])
    assert not index.hits(f"How many sides has this? {figure}")
    assert kinds(index, f"What is the area of the pentagon shown? {figure}") == [("exact", "math", "1")]


def test_a_pickle_says_the_same() -> None:
    again: Benchmarks = pickle.loads(pickle.dumps(INDEX))
    for question in (EN, ZH, EN.replace("2", "3"), "Calculate: 876 × 543"):
        assert again.hits(question) == INDEX.hits(question) != []


def test_rows_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "mine_test.jsonl.gz"
    rows = [
        {"Body": "Jack has 8.", "Question": "How many left?", "ID": "c-1"},
        {"input": "There were 28 bales.", "idx": 7},
        {"answer": "3"},
        {"problem": "Find x.", "question": None},
    ]
    with gzip.open(file, "wt", encoding="utf-8") as out:
        out.write("".join(f"{json.dumps(row)}\n" for row in rows) + "not json\n")
    found = list(read(file))
    assert [item for item in found if isinstance(item, Item)] == [
        Item("mine_test", "c-1", "Jack has 8. How many left?"),
        Item("mine_test", "7", "There were 28 bales."),
        Item("mine_test", "3", "Find x."),
    ]
    assert [item.row for item in found if isinstance(item, Rejected)] == [2, 4]


def test_training_splits_by_name() -> None:
    assert is_training_split(Path("bench/gsm8k_train.jsonl.gz"))
    assert not is_training_split(Path("bench/math_test.jsonl.gz"))
    assert not is_training_split(Path("bench/constraint_test.jsonl.gz"))


@pytest.fixture(scope="module")
def real(data_dir: Path) -> Benchmarks:
    names = ("gsm8k_test", "math_test", "cmath_test", "agieval_gaokao-mathqa", "agieval_gaokao-mathcloze")
    files = [data_dir / "bench" / f"{name}.jsonl.gz" for name in names]
    files.append(data_dir / "bench" / "extra" / "zh_math23k_test.jsonl.gz")
    return Benchmarks(item for file in files for item in read(file) if isinstance(item, Item))


def questions(file: Path) -> list[dict[str, str]]:
    with gzip.open(file, "rt", encoding="utf-8") as rows:
        return [json.loads(row) for row in rows]


@pytest.mark.data
def test_real_contaminated_rows_are_found(data_dir: Path, real: Benchmarks) -> None:
    loong = {
        hit.item
        for row in questions(data_dir / "train" / "en_loong_math_pot.jsonl.gz")
        for hit in real.hits(row["question"])
        if hit.kind == "exact"
    }
    # MATH has the same problem in both of its splits, and Loong took it from there.
    assert loong == {"test/algebra/636.json"}
    again = [
        row["id"]
        for row in questions(data_dir / "bench" / "math_train.jsonl.gz")
        for hit in real.hits(row["question"])
        if hit.kind == "exact"
    ]
    assert len(again) == 6

    gaokao = Counter(
        hit.benchmark[:7]
        for row in questions(data_dir / "train" / "zh_gaokao_math.jsonl.gz")
        for hit in real.hits(row["question"])
        if hit.kind == "ngram" and hit.share >= 0.5
    )
    assert gaokao["agieval"] > 100

    # The pool of all Math23K questions holds the whole test set.
    pool = {
        hit.item
        for row in questions(data_dir / "train" / "zh_math23k_questions_all.jsonl.gz")
        for hit in real.hits(row["question"])
        if hit.kind == "exact" and hit.benchmark == "zh_math23k_test"
    }
    assert len(pool) / 2317 > 0.95


@pytest.mark.data
def test_real_training_rows_are_mostly_clean(data_dir: Path, real: Benchmarks) -> None:
    rows = questions(data_dir / "bench" / "gsm8k_train.jsonl.gz")[:3000]
    hits = [hit for row in rows for hit in real.hits(row["question"])]
    assert not [hit for hit in hits if hit.kind == "exact"]
    assert len(hits) < 40


@pytest.mark.data
def test_planted_changes_of_real_items(data_dir: Path, real: Benchmarks) -> None:
    for row in questions(data_dir / "bench" / "gsm8k_test.jsonl.gz")[:300]:
        loud = row["question"].upper().replace(",", " ").replace("?", " ?")
        assert real.hits(loud)[0].removes, row["question"]
        doubled = " ".join(str(int(word) * 2 + 1) if word.isdigit() else word for word in row["question"].split())
        assert real.hits(doubled), row["question"]
