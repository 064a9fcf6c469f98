"""Settings: what is given, what is refused, and what the message says."""

from pathlib import Path

import pytest

from raymath.config import Settings, find, keys, load, validate
from raymath.errors import ConfigError

OWN = [
    *("quickstart", "quickstart-data", "deepseekmath-7b", "mix-776k", "mix-offline"),
    *("sweep-small", "table-deepseekmath"),
]


@pytest.mark.parametrize("name", OWN)
def test_own_configurations_load(name: str) -> None:
    settings = load(name)
    assert settings.name == name
    assert Settings.model_validate(settings.model_dump(mode="json")) == settings


def test_every_toml_in_the_folder_is_tested() -> None:
    assert {p.stem for p in find("quickstart").parent.glob("*.toml")} == set(OWN)


def test_the_papers_numbers() -> None:
    s = load("deepseekmath-7b")
    assert s.model.name == "deepseek-ai/deepseek-math-7b-base"
    assert (s.data.total, s.data.context, s.data.packing) == (776_000, 4096, "random")
    assert (s.train.steps, s.train.batch, s.train.learning_rate, s.train.schedule) == (500, 256, 5e-5, "constant")
    stated = {
        "model.name",
        "data.total",
        "data.context",
        "data.packing",
        "train.steps",
        "train.batch",
        "train.learning_rate",
    }
    assert not stated & set(s.unstated)
    assert {"train.betas", "data.boundaries", "train.zero_stage"} <= set(s.unstated)


def test_overrides_are_read_as_toml_or_text() -> None:
    s = load("quickstart", ["train.steps=7", "model.name=/a/b", "eval.modes=cot", "data.sources.mine.path=x.jsonl"])
    assert s.train.steps == 7
    assert s.model.name == "/a/b"
    assert s.eval.modes == ("cot",)
    assert s.data.sources["mine"].path == "x.jsonl"
    assert "sample" in s.data.sources
    assert load(None, ["eval.modes=cot,tir"]).eval.modes == ("cot", "tir")
    assert load(None, ['eval.modes=["tir"]']).eval.modes == ("tir",)
    assert load(None, ["train.betas=0.8,0.9"]).train.betas == (0.8, 0.9)


@pytest.mark.parametrize(
    ("override", "parts"),
    [
        ("train.step=5", ["'train.step'", "command line", "'train.steps'"]),
        ("trian.steps=5", ["'trian.steps'", "'train.steps'"]),
        ("train.steps=many", ["train.steps", "'many'", "integer"]),
        ("train.steps=0", ["train.steps", "greater than 0"]),
        ("data.packing=tight", ["data.packing", "'random' or 'best-fit'", "paper"]),
        ("train.steps", ["'train.steps'", "key=value"]),
        ("train.steps.x=1", ["train.steps"]),
        ("train.batch=7", ["train.batch = 7"]),
        ("train.workers=0", ["train.workers = 0", "above 0"]),
        ("train.workers=4,2", ["train.workers", "the smaller one first", "[least, most]"]),
        ("train.workers=1.5", ["train.workers = 1.5", "whole number"]),
        ("train.workers=two", ["train.workers = 'two'", "[least, most]"]),
        ("train.workers=[5, 7]", ["not a multiple of train.workers", "any of 5 to 7 × 1"]),
        ('unstated=["data.sed"]', ["'data.sed'"]),
        ("eval.benchmarks.g.adaptr=x", ["eval.benchmarks.g", "adapt"]),
    ],
)
def test_a_wrong_override_names_key_place_and_remedy(override: str, parts: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        load("quickstart", ["train.workers=2", override] if "batch" in override else [override])
    for part in parts:
        assert part in str(caught.value)


def test_workers_are_a_number_or_the_least_and_the_most() -> None:
    fixed = load("quickstart", ["train.workers=2", "train.batch=8"])
    assert (fixed.train.workers, fixed.train.sizes, fixed.train.most_workers) == (2, (2,), 2)
    for written in ("train.workers=1,7", "train.workers=[1, 7]"):
        elastic = load("quickstart", [written, "train.batch=8"])
        assert (elastic.train.workers, elastic.train.sizes, elastic.train.most_workers) == ((1, 7), (1, 2, 4), 4)
        assert validate(elastic.model_dump(mode="json"), "the record") == elastic
    assert load("quickstart", ["train.workers=1,7", "train.batch=8", "train.micro_batch=2"]).train.sizes == (1, 2, 4)
    assert load("quickstart", ["train.workers=1,7", "train.batch=8", "train.micro_batch=4"]).train.sizes == (1, 2)


def test_a_wrong_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("[train]\nstepz = 5\n")
    with pytest.raises(ConfigError, match=r"unknown key 'train.stepz' in .*mine.toml. Did you mean 'train.steps'\?"):
        load(file)
    file.write_text("[train\n")
    with pytest.raises(ConfigError, match=r"mine.toml is not valid TOML: .*line 1"):
        load(file)
    with pytest.raises(ConfigError, match=r"no configuration called 'quickstrat'.*quickstart"):
        load("quickstrat")
    with pytest.raises(ConfigError, match=r"no configuration file .*none.toml"):
        load(tmp_path / "none.toml")


def test_keys_are_dotted_and_documented() -> None:
    known = list(keys())
    assert "train.steps" in known
    assert "data.sources.*.take" in known
    assert len(known) == len(set(known))


def test_settings_read_back_are_spelled_as_before() -> None:
    settings = load("quickstart")
    assert repr(Settings.model_validate_json(settings.model_dump_json())) == repr(settings)


def test_what_is_held_out_is_whole_packs_or_a_share() -> None:
    assert load(None, ["train.validation=0.02"]).train.validation == 0.02
    assert load(None, ["train.validation=12"]).train.validation == 12
    with pytest.raises(ConfigError, match=r"train\.validation = 1\.5.*whole"):
        load(None, ["train.validation=1.5"])
    assert load(None, ["train.trackers="]).train.trackers == ()
    with pytest.raises(ConfigError, match=r"train\.trackers"):
        load(None, ["train.trackers=tensorbord"])


def test_a_wrong_part_of_a_list_came_from_the_command_line_too() -> None:
    with pytest.raises(ConfigError, match=r"train\.trackers\.1 = 'foo' in the command line"):
        load("quickstart", ["train.trackers=tensorboard,foo"])


@pytest.mark.parametrize(("can", "training", "serving"), [(True, "bf16", "bfloat16"), (False, "fp32", "float32")])
def test_a_processor_computes_in_what_it_can(
    can: bool, training: str, serving: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("raymath.config.computes_bf16", lambda: can)
    plain = load(None, ["train.steps=1"])
    assert (plain.train.precision, plain.serve.computed_in) == (training, serving)
    gpus = load(None, ["train.gpus_per_worker=1", "eval.models.a.serve={gpus_per_replica = 1}"])
    assert (gpus.train.precision, gpus.serve_of("a").computed_in) == ("bf16", "bfloat16")
    said = load(None, ["train.precision=bf16", "serve.dtype=float32"])
    assert (said.train.precision, said.serve.computed_in) == ("bf16", "float32")


def test_models_of_an_evaluation() -> None:
    listed = load(None, ['eval.models=["org/a","./b"]']).eval.models
    assert {name: one.model for name, one in listed.items()} == {"org/a": "org/a", "./b": "./b"}
    settings = load(
        "sweep-small", ["eval.models.tuned=runs/x", 'eval.models.qwen-coder={model = "q", serve = {port = 1}}']
    )
    assert settings.eval.models["tuned"].model == "runs/x"
    assert (settings.serve_of("qwen-coder").port, settings.serve_of("tuned").port) == (1, 0)
    engines = {"serve.engine.dtype": "bfloat16", "eval.models.a.serve": "{engine = {seed = 3}}"}
    merged = load(None, [f"{key}={value}" for key, value in engines.items()])
    assert merged.serve_of("a").engine == {"dtype": "bfloat16", "seed": 3}
    for wrong, message in (
        ("eval.models.a.serve={ports = 1}", r"eval\.models\.a\.serve\.ports"),
        ("eval.models.a.preset=GPT4", "there is no preset 'GPT4'; the nearest is 'GPT-4'"),
        ("eval.models.a.endpoint=http://me:word@there/v1", "holds a user or password"),
    ):
        with pytest.raises(ConfigError, match=message) as caught:
            load(None, [wrong])
        assert "word@" not in str(caught.value)
