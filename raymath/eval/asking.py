"""What an evaluation asks, and how: models, their presets and protocols, and every request with the hash of its terms.

    requests, terms = plan("tuned", Model("/runs/…/model"), benchmarks, settings)

All that could change an answer is in `Terms`; its hash is in each record (``Generation.asked``), and ``asked.json``
has every one in full. Answers under one key that were given on other terms are another measurement: `check` refuses to
go on with them. Who runs and reaches the models is left to `raymath.eval.fleet`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import xxhash

from raymath.config import BenchmarkSettings, EvalSettings, ModelEntrySettings, Settings
from raymath.errors import ConfigError
from raymath.eval.items import Item
from raymath.eval.shots import with_shots
from raymath.models import ADAPTER_CONFIG, adapter, resolve
from raymath.presets import DEFAULT, PRESETS, Preset
from raymath.prompts import TemplateName
from raymath.records import Mode, Protocol
from raymath.rollout.generators import Request, Sampling
from raymath.runs import write_json

#: Of a weights file, what its fingerprint reads at the beginning and at the end.
_READ = 2**16


@dataclass(frozen=True)
class Model:
    """A model of an evaluation, found: see `raymath.config.ModelEntrySettings` for what was asked for.

    ``where`` is a directory, a hub name, or the model's name at its endpoint; ``preset`` a name of `PRESETS`, empty
    for `DEFAULT`; ``template`` goes before the preset's.
    """

    where: str
    preset: str = ""
    template: TemplateName | None = None

    @property
    def known(self) -> Preset:
        """Its preset."""
        return PRESETS.get(self.preset, DEFAULT)


def find(name: str, where: str, settings: Settings, preset: str = "") -> Model:
    """The model under a name: its own preset by its entry, its name or where it is; a directory's is the run's model's.

    Args:
        name: in the results.
        where: a directory, a hub name, or its name at an endpoint.
        settings: of the run.
        preset: of a model whose origin is known, after what the settings say.
    """
    entry = settings.eval.models.get(name, ModelEntrySettings())
    own = settings.model.name if where.startswith("/") and not settings.eval.models else ""
    candidates = (entry.preset, name, entry.model, where, preset, own)
    return Model(where, next((one for one in candidates if one in PRESETS), ""), settings.model.template)


def protocol_of(name: str, known: Preset, settings: EvalSettings) -> Protocol:
    """Whose tool loop and extraction: the entry's, the sweep's, the preset's."""
    entry = settings.models.get(name, ModelEntrySettings())
    return entry.protocol or settings.protocol or known.protocol


@dataclass(frozen=True)
class Terms:
    """How a model is asked in a mode. Greedy decoding has temperature 0, top-p 1 and no seed."""

    weights: str
    endpoint: str
    preset: str
    template: str | None
    mode: Mode
    protocol: Protocol
    max_tokens: int
    temperature: float
    top_p: float
    seed: int | None
    serving: Mapping[str, Any] | None
    """What of ``serve`` can change an answer; None of an endpoint's model."""
    programs: Mapping[str, Any] | None
    """How programs run; None without them."""

    @property
    def hash(self) -> str:
        """16 hexadecimal digits."""
        return blake2b(json.dumps(asdict(self), sort_keys=True).encode(), digest_size=8).hexdigest()


def plan(
    name: str, model: Model, benchmarks: Mapping[str, Sequence[Item]], settings: Settings
) -> tuple[list[Request], dict[str, Terms]]:
    """All requests to one model, benchmark by benchmark, mode by mode, sample by sample; their terms by hash."""
    entry = settings.eval.models.get(name, ModelEntrySettings())
    requests: list[Request] = []
    terms: dict[str, Terms] = {}
    weights = model.where if entry.endpoint else fingerprint(model.where)
    for benchmark, items in benchmarks.items():
        own = settings.eval.benchmarks.get(benchmark, BenchmarkSettings(adapter="jsonl"))
        samples = own.samples or settings.eval.samples
        for mode in entry.modes or own.modes or settings.eval.modes:
            agreed = _terms(name, model, weights, mode, samples, settings)
            terms[agreed.hash] = agreed
            requests += [
                Request(
                    model=name,
                    benchmark=benchmark,
                    mode=mode,
                    item=item.id,
                    message=_message(model.known, item, mode),
                    sampling=_sampling(agreed, sample),
                    protocol=agreed.protocol,
                    sample=sample,
                    asked=agreed.hash,
                )
                for item in items
                for sample in range(samples)
            ]
    return requests, terms


def _terms(name: str, model: Model, weights: str, mode: Mode, samples: int, settings: Settings) -> Terms:
    asked = settings.eval
    entry = asked.models.get(name, ModelEntrySettings())
    serve = settings.serve_of(name)
    greedy = samples == 1
    return Terms(
        weights=weights,
        endpoint=entry.endpoint,
        preset=model.preset,
        template=model.template,
        mode=mode,
        protocol=protocol_of(name, model.known, asked),
        max_tokens=asked.max_tokens,
        temperature=0.0 if greedy else asked.temperature,
        top_p=1.0 if greedy else asked.top_p,
        seed=None if greedy else asked.seed,
        serving=None
        if entry.endpoint
        else {"max_model_len": serve.max_model_len, "dtype": serve.computed_in, "engine": serve.engine},
        programs=None
        if mode == "cot"
        else settings.sandbox.model_dump(include={"timeout_s", "memory_mb", "output_bytes"})
        | ({"tools": entry.tools} if entry.endpoint else {}),
    )


def _sampling(terms: Terms, sample: int) -> Sampling:
    seed = None if terms.seed is None else terms.seed + sample
    return Sampling(terms.max_tokens, terms.temperature, terms.top_p, seed)


def _message(known: Preset, item: Item, mode: Mode) -> str:
    asked = known.message(item.question, mode, item.language)
    return with_shots(asked, item.adapter or item.benchmark, item.language, known.shots, mode)


def fingerprint(where: str) -> str:
    """A hub name as it is; of a directory what its configuration and weights are, wherever it lies, and its base."""
    path = Path(where)
    if not path.is_dir():
        return where
    found = xxhash.xxh3_64()
    for file in sorted([path / "config.json", path / "tokenizer.json", *path.glob("*.safetensors")]):
        if file.is_file():
            with file.open("rb") as content:
                size = content.seek(0, 2)
                found.update(f"{file.name} {size}\n".encode())
                for at in (0, size // 2, max(0, size - _READ)):
                    content.seek(at)
                    found.update(content.read(_READ))
    if (known := adapter(path)) is not None:
        config = json.loads((path / ADAPTER_CONFIG).read_bytes())
        config["base_model_name_or_path"] = fingerprint(resolve(known.base, fetch=False))
        found.update(json.dumps(config, sort_keys=True).encode())
    return found.hexdigest()


def check(file: Path, requests: Iterable[Request], terms: Mapping[str, Terms], kept: Mapping[Any, str]) -> None:
    """Write down how is asked; refuse to go on with answers that were given on other terms.

    Args:
        file: ``asked.json``.
        requests: what is planned.
        terms: by hash.
        kept: key of an answer → the hash of its terms.

    Raises:
        ConfigError: an answer to one of the requests was given on other terms.
    """
    written: dict[str, dict[str, Any]] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    for request in requests:
        before = kept.get(request.key, request.asked)
        # Terms of one meaning may have been hashed in another spelling, such as 10 for 10.0.
        if before != request.asked and written.get(before) != asdict(terms[request.asked]):
            changed = _changed(written.get(before), terms[request.asked])
            raise ConfigError(
                f"{request.model}, {request.benchmark}, {request.mode}: {changed} in {file.parent}",
                "keep it, or evaluate into a new run",
            )
    wanted = written | {one: asdict(agreed) for one, agreed in terms.items()}
    if wanted != written:
        write_json(file, wanted)


def _changed(before: Mapping[str, Any] | None, now: Terms) -> str:
    if before is None:
        return "nobody wrote down how the answers were asked for"
    current = asdict(now)
    name = next(name for name in (*current, *before) if before.get(name) != current.get(name))
    if name in ("temperature", "top_p", "seed") and (before["temperature"] == 0) != (now.temperature == 0):
        return f"samples are {'greedy' if now.temperature == 0 else 'drawn'} now, and were not for the answers"
    return f"{name} is {current.get(name)!r} now, and was {before.get(name)!r} for the answers"


def read_protocols(file: Path) -> dict[str, Protocol]:
    """Hash → protocol, of an ``asked.json``; nothing where there is none."""
    if not file.is_file():
        return {}
    written: dict[str, dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))
    return {one: terms["protocol"] for one, terms in written.items()}
