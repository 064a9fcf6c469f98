"""Settings: TOML files and ``key=value`` overrides become one frozen, validated `Settings`.

    settings = load("quickstart", ["train.steps=20", "eval.modes=cot,tir"])

A name without ``.toml`` is one of raymath's own files (``jobs/configs/``). What is not given has the default
below. An unknown key or a wrong value is a `ConfigError` that names key, file, what was expected and the nearest
known name. Nothing heavy is imported here: this runs before any stage does.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from raymath.errors import ConfigError
from raymath.machine import computes_bf16
from raymath.presets import EMBEDDED, PRESETS
from raymath.prompts import TemplateName
from raymath.records import Language, Mode, Protocol, Subject
from raymath.storage import holds_credential, redacted

Positive = Annotated[int, Field(gt=0)]
Fraction = Annotated[float, Field(ge=0, le=1)]


class _Section(BaseModel):
    # Defaults are validated too: a number given as 10 is 10.0 then, as it is when it is read back from a run.
    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True, validate_default=True
    )


# Settings are written into every run's record.
def _open_endpoint(value: str, table: str) -> str:
    if "@" in urlsplit(value).netloc:
        raise ValueError(f"{table}.endpoint holds a user or password; put the key into {table}.api_key_env's variable")
    return value


class ModelSettings(_Section):
    name: str = EMBEDDED
    """A hub name, a local directory, or the embedded model's name."""
    template: TemplateName | None = None
    """Prompt template; the model's preset where not given."""


class OnlySettings(_Section):
    """Which examples of a source may be taken; an empty list asks for nothing."""

    modes: tuple[Mode, ...] = ()
    languages: tuple[Language, ...] = ()
    subjects: tuple[Subject, ...] = ()
    topics: tuple[str, ...] = ()
    """Ids of `raymath.data.topics`, or patterns of them: `junior/*`."""
    levels: tuple[str, ...] = ()
    """As the source spells them."""


class SourceSettings(_Section):
    adapter: str = "raymath"
    """How its rows become Examples: a name of `raymath.data.sources.ADAPTERS`; `synthesis` generates them."""
    path: str = ""
    """File, glob or directory, relative to `data.root`; the embedded sample needs none."""
    licence: str | None = None
    """Put on each example that names none itself."""
    hub: str = ""
    """A dataset of the Hugging Face hub, or a local directory in its layout, instead of `path`; it is streamed."""
    hub_config: str | None = None
    """The dataset's configuration, where it has several."""
    split: str = "train"
    """The dataset's split; one that is a test set by its name is refused."""
    fields: dict[str, str] = Field(default_factory=dict)
    """The adapter's name of a field → the rows' own name of it; dots lead into tables: `answer = "meta.gold"`."""
    parts: tuple[str, ...] = ()
    """Sub-sources to keep, of adapters that know them (`mathinstruct`, `lila`); all where not given."""
    only: OnlySettings = OnlySettings()
    """Filter; of a generated source: what it generates."""
    take: Positive | None = None
    """How many examples, drawn with the mix's seed; all of them where neither `take`, `share` nor `fill` is given."""
    share: Annotated[float, Field(gt=0, le=1)] | None = None
    """In place of `take`: this part of `data.total`."""
    fill: Annotated[float, Field(gt=0)] | None = None
    """In place of `take`: what the mix lacks of `data.total`, divided among such sources by this weight."""
    repeat: Positive = 1
    """An example may be taken up to so many times, where the source has too few."""
    cap: Positive | None = None
    """Of a generated source: problems a template gives in a language, at most."""

    @model_validator(mode="after")
    def _one_amount(self) -> SourceSettings:
        given = [name for name in ("take", "share", "fill") if getattr(self, name) is not None]
        if len(given) > 1:
            raise ValueError(f"{' and '.join(given)} are given: one of them says how much")
        return self


class DataSettings(_Section):
    root: str = ""
    """Directory that relative source and benchmark paths start from; the working directory where not given."""
    sources: dict[str, SourceSettings] = Field(default_factory=dict)
    """The mix, by source name."""
    total: Positive | None = None
    """What the sources have to add up to; another number is an error."""
    seed: int = 0
    verify_programs: bool = True
    """Run every program and set aside the examples whose recorded output or answer it does not give."""
    deduplicate: bool = True
    """Set aside the same question in the same format, exact or near, within and across sources."""
    decontaminate: bool = True
    """Set aside what the benchmarks of `eval.benchmarks` and `data.benchmarks` hold."""
    benchmarks: tuple[str, ...] = ()
    """Further benchmark files or globs, relative to `data.root`; training splits among them are left out."""
    context: Positive = 4096
    """Tokens a pack, at most."""
    packing: Literal["random", "best-fit"] = "best-fit"
    """`random` is the paper's (shuffle, append until one does not fit); `best-fit` wastes less."""
    window: Positive = 1024
    """Examples that `best-fit` looks ahead for those that fill a pack."""
    boundaries: Literal["block", "none"] = "block"
    """`block`: examples of a pack do not see each other; `none`: plain concatenation."""
    overlong: Literal["drop", "cut", "refuse"] = "drop"
    """What happens to an example longer than the context; dropped and cut ones are counted."""


class LoraSettings(_Section):
    rank: Annotated[int, Field(ge=0)] = 0
    """Of the two matrices trained beside each layer, in place of its own weights; 0 trains all weights."""
    alpha: Annotated[float, Field(gt=0)] = 16
    """What they add is multiplied by alpha / rank."""
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0
    """Of what goes into them, while training."""
    targets: tuple[str, ...] = ()
    """Names of linear layers (`q_proj`, `down_proj`); all but the head where not given."""


class TrainSettings(_Section):
    steps: Positive = 500
    batch: Positive = 256
    """Packs a step, over all workers and accumulation."""
    micro_batch: Positive = 1
    """Packs a worker puts through the model at once."""
    max_minutes: Annotated[float, Field(gt=0)] | None = None
    """Stop after the step that passes this training time, even before `steps`."""
    workers: Positive | tuple[Positive, Positive] = 1
    """A number, or `[least, most]`: then a lost node shrinks the run and a new one grows it; the batch stays."""
    grow_every_s: Annotated[float, Field(ge=0)] = 60
    """Of `[least, most]` workers: seconds between two looks for room for more."""
    cpus_per_worker: Annotated[float, Field(gt=0)] = 1
    gpus_per_worker: Annotated[float, Field(ge=0)] = 0
    learning_rate: Annotated[float, Field(gt=0)] = 5e-5
    schedule: Literal["constant", "cosine", "linear"] = "constant"
    warmup_steps: Annotated[int, Field(ge=0)] = 0
    betas: tuple[Fraction, Fraction] = (0.9, 0.95)
    weight_decay: Annotated[float, Field(ge=0)] = 0.1
    """Not on norms and biases."""
    clip: Annotated[float, Field(gt=0)] = 1.0
    """Largest norm of the gradient."""
    precision: Literal["bf16", "fp32"] = Field(
        default_factory=lambda given: "bf16" if given.get("gpus_per_worker") or computes_bf16() else "fp32"
    )
    """Where not given: bf16 on GPUs and on processors with instructions for it, fp32 on others."""
    zero_stage: Literal[1, 2, 3] = 1
    attention: Literal["sdpa", "eager", "flash_attention_2", "flex_attention"] = "sdpa"
    activation_checkpointing: bool = False
    fused_loss: bool = True
    """Head and loss together by chunks: never all logits at once. On GPUs by Liger's kernel where it is installed."""
    offload: Literal["none", "optimizer", "all"] = "none"
    """What lies in the machine's memory instead of the GPU's: the optimizer's state, or (ZeRO 3) the weights too."""
    compile: bool = False
    """Compile each layer by torch.compile; the first steps take minutes longer."""
    lora: LoraSettings = LoraSettings()
    checkpoint_every: Positive = 50
    """Steps between checkpoints; the last step always has one."""
    keep_checkpoints: Positive = 2
    """The newest so many are kept; a disk has to have room for one more."""
    keep_every: Positive | None = None
    """Beside them, the checkpoints of steps that are multiples of this are kept for good."""
    checkpoint_store: str = ""
    """Copies go there, for machines that share no disk or lose it: a directory, s3://, gs://, or a URI of fsspec's."""
    max_failures: Annotated[int, Field(ge=0)] = 3
    """Restarts after a lost worker before the run gives up; one that gave notice before it went is not counted."""
    stop_wait_s: Annotated[float, Field(ge=0)] = 120
    """Longest wait for a last checkpoint when the command is interrupted (Ctrl-C, SIGTERM); 0 ends it at once."""
    seed: int = 0
    validation: Annotated[float, Field(ge=0)] = 0
    """Packs never trained on, whose loss is measured: a number of them, or below 1 a share; 0 holds out none."""
    validate_every: Positive = 50
    """Steps between measurements of that loss; the last step always has one."""
    evaluate_every: Positive | None = None
    """Evaluate checkpoints, so many steps apart, while training goes on, on what it leaves free of the cluster."""
    evaluate_items: Positive = 20
    """Then: the first so many items of each benchmark of `eval`, in its modes."""
    spike: Annotated[float, Field(gt=1)] | None = None
    """Stop before the update of a step whose loss is so many times the median of the last 50."""
    skip_steps: tuple[Annotated[int, Field(ge=0)], ...] = ()
    """Steps whose packs no update sees, as when they stopped the run; the others keep their numbers and packs."""
    trackers: tuple[Literal["tensorboard", "wandb", "mlflow"], ...] = ("tensorboard",)
    """Where the numbers of each step go beside metrics.jsonl; the last two need raymath[wandb] and raymath[mlflow]."""
    deepspeed: dict[str, Any] = Field(default_factory=dict)
    """Merged over the DeepSpeed configuration that raymath builds."""

    @field_validator("checkpoint_store")
    @classmethod
    def _a_place_without_credentials(cls, value: str) -> str:
        parts = urlsplit(value)
        # Settings are written into every run's record.
        if holds_credential(value):
            raise ValueError("train.checkpoint_store holds a credential; put it where the storage's own tools look")
        if value and not parts.scheme and not value.startswith("/"):
            raise ValueError("train.checkpoint_store is read on every machine; write an absolute path or a URI")
        return value

    @model_validator(mode="after")
    def _checkpoints_to_evaluate(self) -> TrainSettings:
        if self.evaluate_every and self.evaluate_every % self.checkpoint_every:
            raise ValueError(
                f"evaluate_every = {self.evaluate_every} is not a multiple of checkpoint_every = "
                f"{self.checkpoint_every}, so there would be no checkpoint to evaluate"
            )
        return self

    @field_validator("validation")
    @classmethod
    def _whole_or_share(cls, value: float) -> float:
        if value > 1 and value != int(value):
            raise ValueError("a number of packs is whole, and a share is below 1")
        return value

    @field_validator("workers", mode="before")
    @classmethod
    def _number_or_pair(cls, given: Any) -> Any:
        pair = given if isinstance(given, (list, tuple)) else (given, given)
        try:
            least, most = (int(n) for n in pair)
        except (TypeError, ValueError):
            raise ValueError("it has to be a number, or two of them: [least, most]") from None
        if not 1 <= least <= most or any(isinstance(n, (bool, float)) for n in pair):
            raise ValueError("it has to be a whole number above 0, or two of them, the smaller one first")
        return (least, most) if pair is given else least

    @property
    def sizes(self) -> tuple[int, ...]:
        """The numbers of workers that may train, ascending: those asked for by which the batch divides."""
        least, most = self.workers if isinstance(self.workers, tuple) else (self.workers, self.workers)
        return tuple(n for n in range(least, most + 1) if self.batch % (n * self.micro_batch) == 0)

    @property
    def most_workers(self) -> int:
        """The largest of `sizes`; of one number that number, whether the batch divides or not."""
        return self.workers if isinstance(self.workers, int) else max(self.sizes, default=self.workers[1])


class ServeSettings(_Section):
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    min_replicas: Annotated[int, Field(ge=0)] = 1
    max_replicas: Positive = 1
    target_ongoing_requests: Positive = 32
    """Requests a replica should have in flight; more of them start another replica."""
    max_ongoing_requests: Positive = 128
    """Requests a replica takes at once; further ones wait."""
    max_queued_requests: Positive = 1024
    """Requests that wait before new ones are turned away with 503."""
    scale_up_s: Annotated[float, Field(ge=0)] = 10
    """How long there have to be too many requests before a replica is added; the first one starts at once."""
    scale_down_s: Annotated[float, Field(ge=0)] = 120
    """How long a replica has to be one too many before it is stopped."""
    session_affinity: bool = False
    """Send requests with one `prompt_cache_key` to one replica, whose prefix cache has what they have in common."""
    drain_s: Annotated[float, Field(ge=0)] = 60
    """How long requests under way get to end when the server is stopped; new ones are told to ask again."""
    surge_percent: Annotated[int, Field(ge=0, le=100)] = 0
    """Replicas that an update may start beside those of before. 0 needs no spare CPU or GPU: an old one is stopped
    first, and what is asked meanwhile waits for the new one."""
    request_timeout_s: Annotated[float, Field(gt=0)] = 600
    """Longest time of one request; it has to cover a replica's start (about 30 s on CPU)."""
    cpus_per_replica: Annotated[float, Field(gt=0)] = 1
    gpus_per_replica: Annotated[float, Field(ge=0)] = 0
    max_model_len: Positive = 2048
    """Tokens of prompt and transcript together."""
    kv_cache_gb: Annotated[float, Field(gt=0)] = 1.0
    """Key-value cache of a CPU replica, GiB."""
    dtype: Literal["auto", "bfloat16", "float16", "float32"] = "auto"
    """What the model is computed in; `auto` is bfloat16 on GPUs and on processors with instructions for it, float32 on
    others."""
    engine: dict[str, Any] = Field(default_factory=dict)
    """Any further argument of vLLM's AsyncEngineArgs."""
    keys: str = ""
    """File of API keys (`raymath keys add FILE NAME`), on storage that the cluster's head sees."""
    allow_anyone: bool = False
    """Serve without keys also where other machines can ask."""
    origins: tuple[str, ...] = ()
    """Origins of web pages that may ask (CORS), beside the server's own page."""
    max_body_bytes: Positive = 4 * 2**20
    max_tokens: Positive | None = None
    """Most tokens a request may ask for, and its default; a key's own limit goes before this and the next three."""
    max_rounds: Positive | None = None
    max_in_flight: Positive | None = None
    """Requests of one key at once."""
    requests_per_minute: Positive | None = None
    """Requests of one key."""
    start_wait_s: Annotated[float, Field(gt=0)] = 120
    """How long a request waits for a model's first replica before it is answered with 503."""
    log_contents: bool = False
    """Put questions and answers into the log."""
    transcripts: str = ""
    """Directory for requests and answers as JSON lines, on the machine of the gateway; none are kept without."""

    @property
    def computed_in(self) -> str:
        """`dtype`, and where it is `auto` what that is on this machine."""
        if self.dtype != "auto":
            return self.dtype
        return "bfloat16" if self.gpus_per_replica or computes_bf16() else "float32"


class SandboxSettings(_Section):
    timeout_s: Annotated[float, Field(gt=0)] = 10
    """Wall time a program gets."""
    memory_mb: Positive = 1024
    """Address space a program may take, MiB."""
    output_bytes: Positive = 65536
    """Output kept of a program."""
    parallel: Positive = 2
    """Programs that run at once on a replica or supervisor; those that run for long give their place to the next."""
    allow_unisolated: bool = False
    """Run programs also on a machine where nothing can hold them; without, they are refused there."""


class BenchmarkSettings(_Section):
    """A table, or one text for most of it: ``mine = "my.jsonl"`` is a file, ``svamp = "svamp"`` an adapter."""

    adapter: str
    """A name of `raymath.eval.benchmarks.BENCHMARKS`, or `jsonl` (question, answer, id?)."""
    path: str = ""
    """File of JSON lines (also .gz), relative to `data.root`; the Hugging Face hub where not given."""
    limit: Positive | None = None
    """The first so many items."""
    samples: Positive | None = None
    """In place of `eval.samples`: 1 is greedy Top-1, k > 1 samples k times and votes."""
    modes: tuple[Mode, ...] | None = None
    """In place of `eval.modes`."""
    language: Language | None = None
    """Of a `jsonl` benchmark whose rows do not say."""

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, given: Any) -> Any:
        if not isinstance(given, str):
            return given
        is_file = given.endswith((".jsonl", ".jsonl.gz")) or "/" in given
        return {"adapter": "jsonl", "path": given} if is_file else {"adapter": given}


class ModelEntrySettings(_Section):
    """A table, or one text: ``tuned = "runs/tuned-…"``."""

    model: str = ""
    """A hub name, a directory, a LoRA adapter or a run, or the name at `endpoint`; the entry's own where not given."""
    preset: str = ""
    """A name of `raymath.presets.PRESETS`, of which the prompt and the tool loop are; by the model where not given."""
    modes: tuple[Mode, ...] | None = None
    """In place of `eval.modes`."""
    protocol: Protocol | None = None
    """In place of `eval.protocol`."""
    serve: dict[str, Any] = Field(default_factory=dict)
    """Settings of `serve` for this model alone: `{gpus_per_replica = 8, engine = {tensor_parallel_size = 8}}`."""
    endpoint: str = ""
    """An OpenAI-compatible API, its address ending in /v1; the model is served here where not given."""
    tools: Literal["here", "endpoint"] = "here"
    """Who runs the programs of an `endpoint`'s model: raymath here, or a raymath there (`NAME:tir`)."""
    api_key_env: str = "OPENAI_API_KEY"
    """The environment variable that holds the endpoint's key."""
    requests_per_minute: Positive | None = None
    """Of the endpoint; as many as it takes where not given."""
    tokens_per_minute: Positive | None = None
    """Of the endpoint, prompts and answers together; a request counts with all that it may write until it ends."""
    prompt_price: Annotated[float, Field(ge=0)] = 0
    """What the endpoint charges for a million tokens of prompts."""
    completion_price: Annotated[float, Field(ge=0)] = 0
    """What it charges for a million tokens of answers."""
    budget: Annotated[float, Field(gt=0)] | None = None
    """Nothing more is asked once the answers of this evaluation have cost so much."""

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, given: Any) -> Any:
        return {"model": given} if isinstance(given, str) else given

    @field_validator("preset")
    @classmethod
    def _known(cls, value: str) -> str:
        if value and value not in PRESETS:
            close = difflib.get_close_matches(value, PRESETS, n=1, cutoff=0)
            raise ValueError(f"there is no preset '{value}'; the nearest is '{close[0]}'")
        return value

    @field_validator("endpoint")
    @classmethod
    def _without_credentials(cls, value: str) -> str:
        return _open_endpoint(value, "eval.models.*")


class EvalSettings(_Section):
    benchmarks: dict[str, BenchmarkSettings] = Field(default_factory=dict)
    models: dict[str, ModelEntrySettings] = Field(default_factory=dict)
    """By their names in the results, or a list of hub names, directories and runs; a run's own two where not given."""
    modes: Annotated[tuple[Mode, ...], Field(min_length=1)] = ("cot", "tir")
    protocol: Protocol | None = None
    """Whose tool loop and extraction: a model's preset says it where not given."""
    max_tokens: Positive = 1024
    """Tokens the model may write: in all rounds together (`raymath`), or in each (`deepseek`, `tora`)."""
    samples: Positive = 1
    """1 is greedy Top-1; k > 1 samples k times and votes."""
    temperature: Annotated[float, Field(ge=0)] = 0.7
    """Of sampling; Top-1 is always greedy."""
    top_p: Annotated[float, Field(gt=0, le=1)] = 0.95
    seed: int = 0
    concurrency: Positive | None = None
    """Requests in flight to one model; `serve.target_ongoing_requests` of each replica where not given."""

    @field_validator("models", mode="before")
    @classmethod
    def _from_list(cls, given: Any) -> Any:
        if isinstance(given, str):
            given = [given]
        return {name: {"model": name} for name in given} if isinstance(given, (list, tuple)) else given


class AnnotateSettings(_Section):
    teacher: str = ""
    """A hub name, directory or run, served here; with `endpoint`, the model's name there."""
    endpoint: str = ""
    """An OpenAI-compatible API, its address ending in /v1; the teacher is served here where not given."""
    tools: Literal["here", "endpoint"] = "here"
    """Who runs the programs of an `endpoint`'s model: raymath here, or a raymath there (`NAME:tir`)."""
    api_key_env: str = "OPENAI_API_KEY"
    """The environment variable that holds the endpoint's key."""
    samples: Positive = 4
    """Solutions asked for of each problem."""
    keep: Positive = 2
    """Solutions kept of each problem, at most; they differ in their programs."""
    max_tokens: Positive = 1024
    temperature: Annotated[float, Field(ge=0)] = 0.7
    top_p: Annotated[float, Field(gt=0, le=1)] = 0.95
    seed: int = 0
    """Sample n of a problem is drawn with seed + n."""
    protocol: Protocol = "raymath"
    concurrency: Positive = 32
    """Requests in flight to the teacher."""

    @field_validator("endpoint")
    @classmethod
    def _without_credentials(cls, value: str) -> str:
        return _open_endpoint(value, "annotate")


class PlaceSettings(_Section):
    """Which nodes of a cluster do a kind of work: any that have the CPUs and GPUs, where nothing is said.

    In place of a table a text is enough: the resource.
    """

    resource: str = ""
    """A custom resource that stands for CPUs there: as much of it is taken, and no CPU, so that nothing else comes."""
    labels: dict[str, str] = Field(default_factory=dict)
    """Labels that a node has to have, as Ray selects by them: `h200`, `!spot`, `in(a100, h100)`."""

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, given: Any) -> Any:
        return {"resource": given} if isinstance(given, str) else given

    @field_validator("resource")
    @classmethod
    def _custom(cls, value: str) -> str:
        if value in ("CPU", "GPU", "memory", "object_store_memory"):
            raise ValueError(f"{value} is Ray's own; write the name of a custom resource, such as sandbox")
        return value

    def options(self, cpus: float, gpus: float = 0) -> dict[str, Any]:
        """What a task or actor that takes so many CPUs and GPUs asks Ray for."""
        asked: dict[str, Any] = {"num_cpus": 0 if self.resource else cpus}
        if self.resource:
            asked["resources"] = {self.resource: cpus}
        if gpus:
            asked["num_gpus"] = gpus
        if self.labels:
            asked["label_selector"] = dict(self.labels)
        return asked


class ClusterSettings(_Section):
    address: str | None = None
    """Of a running Ray cluster; a local one is started where not given and none is in the environment."""
    cpus: Positive | None = None
    """CPUs of the local cluster; all of the machine's where not given."""
    driver_cpus: Annotated[float, Field(ge=0)] = 0
    """CPUs that a submitted command reserves for itself; above 0 it starts on a worker where the head has none."""
    data: PlaceSettings = PlaceSettings()
    """Nodes that read, label and tokenise; Ray's own steps between need a CPU there too."""
    sandbox: PlaceSettings | None = None
    """Nodes that run the programs of models and of training data; beside those who ask for them where not given."""
    train: PlaceSettings = PlaceSettings()
    """Nodes that train."""
    serve: PlaceSettings = PlaceSettings()
    """Nodes that models are served on."""


class Settings(_Section):
    """Everything a run depends on. Written whole into the run's directory."""

    name: str = "run"
    model: ModelSettings = ModelSettings()
    data: DataSettings = DataSettings()
    train: TrainSettings = TrainSettings()
    serve: ServeSettings = ServeSettings()
    sandbox: SandboxSettings = SandboxSettings()
    eval: EvalSettings = EvalSettings()
    annotate: AnnotateSettings = AnnotateSettings()
    cluster: ClusterSettings = ClusterSettings()
    unstated: tuple[str, ...] = ()
    """Keys whose values the paper does not state; `--plan` marks them."""

    @model_validator(mode="after")
    def _consistent(self) -> Settings:
        known = set(keys(type(self)))
        for key in self.unstated:
            if key not in known:
                raise ValueError(f"unstated names the key '{key}', which does not exist")
        if not self.train.sizes:
            raise ValueError(
                f"train.batch = {self.train.batch} is not a multiple of train.workers × train.micro_batch = "
                f"{_spelled(self.train.workers)} × {self.train.micro_batch}"
            )
        if self.train.evaluate_every and not self.eval.benchmarks:
            raise ValueError("train.evaluate_every is set, and eval.benchmarks names nothing to evaluate on")
        if self.serve.min_replicas > self.serve.max_replicas:
            raise ValueError("serve.min_replicas is larger than serve.max_replicas")
        for name in self.eval.models:
            self.serve_of(name)
        return self

    def serve_of(self, model: str) -> ServeSettings:
        """How a model of `eval.models` is served."""
        entry = self.eval.models.get(model)
        if entry is None or not entry.serve:
            return self.serve
        try:
            own = self.serve.model_dump() | entry.serve
            return ServeSettings.model_validate(own | {"engine": self.serve.engine | own["engine"]})
        except ValidationError as error:
            first = error.errors()[0]
            key = ".".join(map(str, first["loc"]))
            raise ValueError(f"eval.models.{model}.serve.{key}: {_decapitalise(first['msg'])}") from None


def _spelled(workers: int | tuple[int, int]) -> str:
    return str(workers) if isinstance(workers, int) else f"any of {workers[0]} to {workers[1]}"


def keys(section: type[BaseModel] = Settings, prefix: str = "") -> Iterator[str]:
    """All dotted keys; the entries of a table keyed by name appear as ``table.*.key``."""
    for name, field in section.model_fields.items():
        inner = _inner_section(field.annotation)
        if inner is None:
            yield prefix + name
        else:
            star = "*." if get_origin(field.annotation) is dict else ""
            yield from keys(inner, f"{prefix}{name}.{star}")


def find(name: str | Path) -> Path:
    """The file of a configuration: a path, or the bare name of one of raymath's own.

    Raises:
        ConfigError: there is no such file.
    """
    path = Path(name)
    if path.suffix == ".toml":
        if path.is_file():
            return path
        raise ConfigError(f"no configuration file {path}", "give the path of a TOML file that exists")
    here = Path(__file__).parent
    shelves = [here / "configs", here.parent / "jobs" / "configs"]
    for shelf in shelves:
        if (shelf / f"{name}.toml").is_file():
            return shelf / f"{name}.toml"
    own = sorted({p.stem for shelf in shelves for p in shelf.glob("*.toml")})
    raise ConfigError(f"no configuration called '{name}'", f"use one of {', '.join(own)}, or a path ending in .toml")


def load(name: str | Path | None = None, overrides: Iterable[str] = ()) -> Settings:
    """Read a TOML file, apply ``key=value`` overrides, validate.

    Args:
        name: a path ending in ``.toml`` or one of raymath's own names; None: defaults only.
        overrides: dotted keys, values as in TOML; bare text is taken as a string, and ``a,b`` as a list where
            the key wants one.

    Raises:
        ConfigError: no such file, broken TOML, unknown key, wrong value.
    """
    origin, tree = "the defaults", {}
    if name is not None:
        path = find(name)
        origin = str(path)
        try:
            tree = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ConfigError(f"{path} is not valid TOML: {error}", "mend that line") from None
    return validate(tree, origin, _override(tree, overrides))


def override(settings: Settings, overrides: Iterable[str]) -> Settings:
    """Settings with ``key=value`` overrides, which are as those of `load`.

    Raises:
        ConfigError: unknown key, wrong value.
    """
    tree = settings.model_dump(mode="json")
    return validate(tree, "the command line", _override(tree, overrides))


def _within(key: str, table: str) -> bool:
    return key == table or key.startswith(f"{table}.")


def validate(tree: Mapping[str, Any], origin: str, overridden: Collection[str] = ()) -> Settings:
    """A nested mapping → Settings; `origin` and `overridden` say in messages where a value came from."""
    try:
        return Settings.model_validate(tree)
    except ValidationError as error:
        # A misspelt key often makes a required one missing too: the misspelling is the cause.
        first = min(error.errors(), key=lambda e: e["type"] != "extra_forbidden")
        key = ".".join(str(part) for part in first["loc"])
        where = "the command line" if any(_within(k, key) or _within(key, k) for k in overridden) else origin
        if first["type"] == "extra_forbidden":
            value = first["input"]
            while isinstance(value, dict) and value:  # a misspelt table: name a whole key of it
                name, value = next(iter(value.items()))
                key += f".{name}"
            raise ConfigError(f"unknown key '{key}' in {where}", _nearest(key)) from None
        if first["type"] == "missing":
            raise ConfigError(f"{key} is missing in {where}", _doc(key)) from None
        message = first["msg"].removeprefix("Value error, ")
        if not key:
            raise ConfigError(f"{message} (in {where})", "change one of them") from None
        raise ConfigError(
            f"{key} = {redacted(repr(first['input']))} in {where}: {_decapitalise(message)}", _doc(key)
        ) from None


def _override(tree: dict[str, Any], overrides: Iterable[str]) -> set[str]:
    """Put overrides into a tree of settings; returns their keys."""
    given: set[str] = set()
    for one in overrides:
        key, sep, value = one.partition("=")
        if not sep or not key:
            raise ConfigError(f"'{one}' is not an override", "write key=value, for example train.steps=20")
        _set(tree, key.strip(), value.strip())
        given.add(key.strip())
    return given


def _set(tree: dict[str, Any], key: str, text: str) -> None:
    *parents, leaf = key.split(".")
    for parent in parents:
        tree = tree.setdefault(parent, {})
        if not isinstance(tree, dict):
            raise ConfigError(f"'{key}' on the command line goes through a value that is not a table", _nearest(key))
    try:
        value = tomllib.loads(f"x = {text}")["x"]
    except tomllib.TOMLDecodeError:
        value = text
    field = _field(key)
    if field is not None and not isinstance(value, list):
        kinds = [get_origin(kind) for kind in (field.annotation, *get_args(field.annotation))]
        # Where a single value is allowed too, the comma says which is meant.
        if kinds[0] is tuple or (tuple in kinds and "," in str(value)):
            value = [v for v in str(value).split(",") if v]
    tree[leaf] = value


def _field(key: str) -> Any:
    """The pydantic field of a dotted key, or None; a name within a table keyed by name matches any."""
    section: type[BaseModel] = Settings
    field: Any = None
    parts = iter(key.split("."))
    for part in parts:
        field = section.model_fields.get(part)
        if field is None:
            return None
        inner = _inner_section(field.annotation)
        if inner is None:
            return field
        if get_origin(field.annotation) is dict:
            next(parts, None)
        section = inner
    return field


def _inner_section(kind: Any) -> type[BaseModel] | None:
    for candidate in (kind, *get_args(kind)):
        if isinstance(candidate, type) and issubclass(candidate, _Section):
            return candidate
    return None


def _doc(key: str) -> str:
    field = _field(key)
    if field is None or not field.description:
        return "write a value of that kind"
    return f"it means: {field.description.rstrip('.')}"


def _nearest(key: str) -> str:
    known = list(keys())
    close = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    if not close:
        leaf = key.rsplit(".", 1)[-1]
        by_leaf = {k.rsplit(".", 1)[-1]: k for k in known}
        close = [by_leaf[c] for c in difflib.get_close_matches(leaf, by_leaf, n=1, cutoff=0.6)]
    return f"Did you mean '{close[0]}'?" if close else "Leave it out"


def _decapitalise(message: str) -> str:
    return message[:1].lower() + message[1:]
