"""Model, optimizer and gradients over all workers: the only module that imports DeepSpeed.

    join_group(gpu=False)
    engine = Engine(load_model(path, settings), settings)
    for i, batch in enumerate(micro_batches):
        engine.backward(loss(engine.model, batch), last=i == len(micro_batches) - 1)
    norm = engine.step(learning_rate)

The loss given to `backward` is the rank's share of the global loss: the engine sums over ranks and accumulation,
and scales by nothing. Which batches those are is left to `raymath.train.loop`, when to save to
`raymath.train.checkpoint`.
"""

from __future__ import annotations

import atexit
import contextlib
import inspect
import os
import sys
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import IO, Any, cast

import torch
import torch.distributed as dist
from torch import Tensor

from raymath.config import TrainSettings
from raymath.errors import ConfigError, ModelError
from raymath.train import partitions
from raymath.train.checkpoint import File, Hashing
from raymath.train.head import fuse
from raymath.train.job import accumulation
from raymath.train.lora import adapt
from raymath.train.universal import Universal

#: Settings of DeepSpeed that follow from raymath's own and would contradict them.
_OWNED = ("train_batch_size", "train_micro_batch_size_per_gpu", "gradient_accumulation_steps", "scheduler")

#: On processors nothing overlaps with communication, so the large buckets of the default would only take memory.
_SMALL_BUCKETS = {"reduce_bucket_size": 50_000_000, "allgather_bucket_size": 50_000_000}

#: The folder of a checkpoint that DeepSpeed writes into.
STATE = "state"


def configuration(settings: TrainSettings, world: int) -> dict[str, Any]:
    """The DeepSpeed configuration of a run: raymath's settings, then `settings.deepspeed` merged over them.

    Raises:
        ConfigError: `settings.deepspeed` sets what raymath decides, or the batch does not divide.
    """
    taken = [key for key in _OWNED if key in settings.deepspeed]
    if taken:
        raise ConfigError(
            f"train.deepspeed.{taken[0]} contradicts raymath's own settings",
            "use train.batch, train.micro_batch, train.workers and train.schedule",
        )
    own: dict[str, Any] = {
        "train_micro_batch_size_per_gpu": settings.micro_batch,
        "gradient_accumulation_steps": accumulation(settings, world),
        "gradient_clipping": settings.clip,
        "optimizer": {
            "type": "AdamW",
            # torch's own: DeepSpeed's would have to be compiled first. Fused: the other forms hold copies of the state.
            "params": {"lr": settings.learning_rate, "betas": list(settings.betas), "torch_adam": True, "fused": True},
        },
        "zero_optimization": {
            "stage": settings.zero_stage,
            **({} if settings.gpus_per_worker else _SMALL_BUCKETS),
            **_offload(settings),
        },
        # With offload it would want its own optimizer, which would have to be compiled.
        "zero_force_ds_cpu_optimizer": False,
        "bf16": {"enabled": settings.precision == "bf16"},
        # Gradients in bf16 lose more the more micro-batches are added up.
        "data_types": {"grad_accum_dtype": "fp32"},
        "steps_per_print": 2**31,
    }
    return _merged(own, settings.deepspeed)


def _offload(settings: TrainSettings) -> dict[str, Any]:
    """What of the run lies in the machine's memory."""
    if settings.offload == "all" and settings.zero_stage < 3:
        raise ConfigError(
            f'train.offload = "all" needs train.zero_stage = 3, not {settings.zero_stage}: '
            "below it every GPU keeps all weights",
            'set train.zero_stage to 3, or train.offload to "optimizer"',
        )
    names = {"none": (), "optimizer": ("optimizer",), "all": ("optimizer", "param")}[settings.offload]
    # Pinned memory is what copies to and from a GPU are fast with; a processor has no use for it.
    return {f"offload_{name}": {"device": "cpu", "pin_memory": settings.gpus_per_worker > 0} for name in names}


def _merged(own: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    out = dict(own)
    for key, value in over.items():
        inner = out.get(key)
        out[key] = _merged(inner, value) if isinstance(inner, dict) and isinstance(value, Mapping) else value
    return out


def join_group(*, gpu: bool) -> None:
    """Join the group of all workers: the one that Ray Train made, torchrun's, or a group of this process alone.

    It lasts as long as the process: DeepSpeed keeps hold of the first one it sees.
    """
    if dist.is_initialized():
        return
    backend = "nccl" if gpu else "gloo"
    if "RANK" in os.environ:
        dist.init_process_group(backend, timeout=timedelta(minutes=30))
    else:
        store = dist.HashStore()  # type: ignore[attr-defined]
        dist.init_process_group(backend, store=store, rank=0, world_size=1)
    atexit.register(dist.destroy_process_group)


def leads() -> bool:
    """Whether this rank is its machine's first: it does what is done once on a disk."""
    return int(os.environ.get("LOCAL_RANK", "0")) == 0


def load_model(path: str | Path, settings: TrainSettings) -> Any:
    """A causal language model from a Hugging Face directory, ready to train. No code of the model's is run.

    Raises:
        ModelError: it cannot be loaded, or its architecture cannot compute logits for chosen positions.
        ConfigError: the attention does not go with the precision, or LoRA names what is not there.
    """
    from transformers import AutoModelForCausalLM

    if settings.attention == "flash_attention_2" and settings.precision != "bf16":
        raise ConfigError(
            f'train.attention = "{settings.attention}" computes in bf16, and train.precision is "{settings.precision}"',
            'set train.precision to "bf16", or train.attention to "sdpa"',
        )
    dtype = torch.bfloat16 if settings.precision == "bf16" else torch.float32
    try:
        model = AutoModelForCausalLM.from_pretrained(
            path,
            dtype=dtype,
            attn_implementation=settings.attention,
            trust_remote_code=False,
            # Of a directory no pickles; of the hub what the model offers, through torch's restricted unpickler.
            use_safetensors=True if Path(path).is_dir() else None,
        )
    except (OSError, ValueError, ImportError) as error:
        reason = str(error).strip().splitlines()[0]
        fix = "give a complete model"
        if isinstance(error, ImportError):
            fix = f'install what is missing, or set train.attention to "sdpa" instead of "{settings.attention}"'
        raise ModelError(f"no model can be loaded from {path}: {reason}", fix) from None
    if "logits_to_keep" not in inspect.signature(model.forward).parameters:
        raise ModelError(
            f"{type(model).__name__} cannot compute logits for chosen positions", "use a decoder like Llama or Qwen"
        )
    if settings.activation_checkpointing:
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    if settings.fused_loss:
        fuse(model)
    if settings.lora.rank:
        model = adapt(model, settings.lora, settings.seed)
    if settings.compile:
        compile_layers(model)
    return model.train()


def compile_layers(model: Any) -> None:
    """Have torch compile each layer when it is first called: they are alike, so one is compiled for all.

    What is around them (the search for segments, head and loss) gains nothing by it.
    """
    for layer in model.get_decoder().layers:
        layer.compile()


def parameter_groups(model: torch.nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """The trainable parameters in two groups: matrices, and norms and biases, which do not decay."""
    named = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    plain = [p for _, p in named if p.ndim < 2]
    matrices = [p for _, p in named if p.ndim >= 2]
    groups = [{"params": matrices, "weight_decay": weight_decay}, {"params": plain, "weight_decay": 0.0}]
    return [group for group in groups if group["params"]]


class Engine:
    """A model under DeepSpeed, after `join_group`.

    ``model`` is called like the model itself; ``rank``, ``world`` and ``device`` say where this worker stands.
    """

    def __init__(self, model: Any, settings: TrainSettings) -> None:
        deepspeed = _deepspeed(gpu=settings.gpus_per_worker > 0)
        self.rank, self.world = dist.get_rank(), dist.get_world_size()
        self.model: Any
        self.model, _, _, _ = deepspeed.initialize(
            model=model,
            model_parameters=parameter_groups(model, settings.weight_decay),
            config=configuration(settings, self.world),
        )
        self.device: torch.device = self.model.device
        self._zero_stage = settings.zero_stage
        self._saved: dict[str, File] = {}
        self._stopped: OSError | None = None
        self.model.checkpoint_engine.save = self._write
        # A script to read checkpoints with, in each of them; raymath exports.
        self.model._copy_recovery_script = lambda _: None

    def backward(self, loss: Tensor, *, last: bool) -> None:
        """Add a micro-batch's gradient; the last one of a step adds up over the ranks.

        DeepSpeed averages over ranks: a loss that is to be summed over them has to carry the factor `world`.
        """
        self.model.set_gradient_accumulation_boundary(last)
        # Of a gradient that reaches the model's output DeepSpeed takes the accumulation's share, unless a hook that it
        # puts on the loss ran before. Where the loss is that output, as a fused head's is, it would run behind.
        self.model.backward(loss.clone(), scale_wrt_gas=False)
        if not last:
            self.model.step()

    def step(self, rate: float) -> float:
        """Clip, update the weights at this learning rate, forget the gradient. Returns its norm before clipping."""
        for group in self.model.optimizer.param_groups:
            group["lr"] = rate
        self.model.step()
        return float(self.model.get_global_grad_norm())

    def save(self, directory: Path) -> tuple[dict[str, File], OSError | None]:
        """Write everything that `load` needs; all ranks call it, and have written when it returns.

        Returns:
            This rank's files by their path in `directory`, and what stopped it from writing them. That is not
            raised, because the other ranks are waiting for this one.
        """
        self._saved, self._stopped = {}, None
        self.model.save_checkpoint(str(directory), tag=STATE, save_latest=False)
        return self._saved, self._stopped

    def _write(self, state_dict: Any, path: str) -> None:
        """In place of DeepSpeed's writing: computes checksums, and keeps an error for `save` to give back."""
        file = Path(path)
        hashing: Hashing | None = None
        if self._stopped is not None:
            return
        try:
            with file.open("wb") as out:
                hashing = Hashing(out)
                torch.save(state_dict, cast(IO[bytes], hashing))
        except (OSError, RuntimeError) as error:  # torch puts its own in the place of the file's
            reason = error if isinstance(error, OSError) else hashing.error if hashing else None
            if reason is None:
                raise
            self._stopped = reason
            return
        # Below stage 3 rank 0 alone writes the model, which all ranks hold whole.
        shared = self._zero_stage < 3 and "model_states" in file.name
        self._saved[f"{STATE}/{file.name}"] = hashing.file(self.rank, shared=shared)

    def load(self, directory: Path) -> None:
        """Go on from what `save` wrote, with the same number of ranks and the same ZeRO stage."""
        path, _ = self.model.load_checkpoint(str(directory), tag=STATE)
        if path is None:
            raise FileNotFoundError(f"{directory} holds no state of a training run")

    def load_universal(self, universal: Universal) -> None:
        """Go on from what any number of ranks saved in any stage.

        Raises:
            ValueError: it was saved from a model with other parameters.
        """
        trained = {name for name, parameter in self.model.module.named_parameters() if parameter.requires_grad}
        if differing := sorted(trained ^ universal.names):
            raise ValueError(f"its parameters are not the model's: {', '.join(differing[:3])}")
        partitions.fill(self.model.optimizer, universal, self.rank, self.world)

    def close(self) -> None:
        """Release what DeepSpeed holds."""
        self.model.destroy()


def weights(directory: Path, zero_stage: int) -> dict[str, Tensor]:
    """The model's weights out of what `Engine.save` wrote, by their Hugging Face names; needs no process group.

    They are those the model computes with: bf16 of a bf16 run, or (stage 3) the float32 that those are rounded from.
    The files are pickles: only those of this user's own runs may be read.
    """
    if zero_stage < 3:
        # Every stage below 3 keeps the whole model on each rank, and rank 0 saved it.
        saved = torch.load(
            directory / "state" / "mp_rank_00_model_states.pt", map_location="cpu", mmap=True, weights_only=False
        )
        whole: dict[str, Tensor] = saved["module"]
        return whole
    _deepspeed(gpu=False)
    from deepspeed.utils.zero_to_fp32 import get_fp32_state_dict_from_zero_checkpoint

    with contextlib.redirect_stdout(sys.stderr):  # it prints, and stdout is for results
        joined: dict[str, Tensor] = get_fp32_state_dict_from_zero_checkpoint(str(directory), tag="state")
    return joined


def _deepspeed(*, gpu: bool) -> Any:
    """DeepSpeed, without the communication extension that it would compile for minutes on a CPU."""
    os.environ.setdefault("LOCAL_RANK", "0")
    if not gpu:
        # It would otherwise choose any GPU it finds; read at its import.
        os.environ["DS_ACCELERATOR"] = "cpu"
    import deepspeed
    from deepspeed import ops

    # With it gone, gloo carries the gradients. A compile that is killed leaves a lock, on which the next run hangs.
    ops.__compatible_ops__["deepspeed_shm_comm"] = False
    return deepspeed
