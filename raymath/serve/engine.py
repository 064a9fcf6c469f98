"""The door to vLLM: one model as an engine that continues token ids, and vLLM's own OpenAI layer around it.

    engine = Engine.start("mine", "path/to/model", settings.serve, cores=(0, 1))
    written = await engine.write(engine.encode(prompt), Generate(256), Sampling())
    engine.shutdown()

vLLM is imported when an engine is started, after `environment` has been set: some of its switches are read on
import only. An engine has processes of its own, and ends them in `shutdown`. Tool loops and the wire format are
left to `raymath.serve.driver` and `raymath.serve.app`.
"""

from __future__ import annotations

import copy
import logging
import multiprocessing
import os
import sys
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from raymath.config import ServeSettings
from raymath.errors import ConfigError, ModelError
from raymath.serve.adapters import highest_rank
from raymath.serve.driver import Delta, Sampling, Written
from raymath.serve.keeper import Keeper
from raymath.serve.toolloop import Generate
from raymath.serve.wire import MOST_CHOICES, RefusalError

if TYPE_CHECKING:
    from starlette.types import ASGIApp
    from transformers import PreTrainedTokenizerBase
    from vllm import SamplingParams
    from vllm.entrypoints.openai.chat_completion.protocol import ChatCompletionRequest
    from vllm.lora.request import LoRARequest

#: Seconds an engine's processes get to end by themselves.
_SHUTDOWN_S = 20.0


def environment(settings: ServeSettings, cores: Sequence[int]) -> dict[str, str]:
    """The environment that vLLM reads, for an engine with `cores` of its own (none: as many as it may use)."""
    variables = {"VLLM_LOGGING_LEVEL": "ERROR", "VLLM_NO_USAGE_STATS": "1", "VLLM_DO_NOT_TRACK": "1"}
    variables |= {"VLLM_MAX_N_SEQUENCES": str(MOST_CHOICES)}
    if settings.gpus_per_replica:
        return variables
    threads = len(cores) or max(1, round(settings.cpus_per_replica))
    variables |= {"OMP_NUM_THREADS": str(threads)}
    if settings.engine.get("tensor_parallel_size", 1) > 1:
        return variables
    # The model is computed in the engine's one process instead of a worker beside it, which saves the start of
    # another interpreter and two copies a token. vLLM then binds nothing itself; its own "auto" would put every
    # replica of a machine on the first core.
    return variables | {"VLLM_ENABLE_V1_MULTIPROCESSING": "0", "VLLM_CPU_OMP_THREADS_BIND": "nobind"}


def openmp(cores: Sequence[int], library: Path) -> dict[str, str]:
    """The environment of a CPU engine's process before it starts: which OpenMP it has, and on which cores.

    `library` is Intel's, which vLLM's CPU build brings along. The threads of the default one spin while they wait:
    where another program wants the same cores, two of them were slower than one. Where it is missing, the default
    one serves.
    """
    listed = [str(core) for core in cores]
    if not library.is_file():
        return {"GOMP_CPU_AFFINITY": " ".join(listed)} if cores else {}
    # The first one serves all: vLLM has put the default one into the variable by now.
    preload = " ".join(filter(None, [str(library), os.environ.get("LD_PRELOAD")]))
    binding = {"KMP_AFFINITY": f"granularity=fine,explicit,proclist=[{','.join(listed)}]"} if cores else {}
    return {"LD_PRELOAD": preload, "KMP_BLOCKTIME": "1"} | binding


def engine_arguments(model: str, settings: ServeSettings, adapters: int = 0, rank: int = 0) -> dict[str, Any]:
    """Arguments of vLLM's AsyncEngineArgs for a model and some LoRA adapters; `settings.engine` has the last word."""
    arguments: dict[str, Any] = {
        "model": model,
        "dtype": settings.computed_in,
        "max_model_len": settings.max_model_len,
        "enable_prefix_caching": True,
        "disable_log_stats": True,
    }
    if Path(model).is_dir():
        arguments["load_format"] = "safetensors"  # never pickles, which run code when they are opened
    if not settings.gpus_per_replica:
        # Compiling for the processor costs more than a short run wins; without it and with the cache's size
        # given, vLLM also skips its warm-up.
        arguments |= {"enforce_eager": True, "kv_cache_memory_bytes": int(settings.kv_cache_gb * 2**30)}
        # A prompt that is read in two steps makes vLLM turn a seeded generator back, which torch's for the processor
        # cannot ("CPU Generator does not use offset"): the engine would end with the first such prompt.
        batched = max(2048, settings.max_model_len)
        arguments |= {"enable_chunked_prefill": False, "max_num_batched_tokens": batched}
    if adapters:
        # On a processor vLLM 0.25 takes "no adapter" for the last place (vllm-project/vllm#48421): what the model alone
        # writes beside an adapter's request would be wrong, in silence. A place that nothing is loaded into adds zero.
        places = adapters + (not settings.gpus_per_replica)
        arguments |= {"enable_lora": True, "max_loras": places, "max_lora_rank": rank}
    return arguments | settings.engine


class Engine:
    """A running model. Make one with `start`."""

    def __init__(self, client: Any, name: str, model: str, keeper: Keeper | None = None) -> None:
        self.client = client
        self._keeper = keeper
        self.name, self.model = name, model
        self._adapter: LoRARequest | None = None
        self._adapters: list[LoRARequest] = []
        self.tokenizer: PreTrainedTokenizerBase = client.get_tokenizer()
        self._defaults: dict[str, Any] = client.model_config.get_diff_sampling_param()

    @classmethod
    def start(
        cls,
        name: str,
        model: str,
        settings: ServeSettings,
        cores: Sequence[int] = (),
        adapters: Mapping[str, str] | None = None,
    ) -> Engine:
        """Load `model` (a directory or hub name), to be called `name`. Takes 20 s and more.

        Call it in the event loop that will use the engine. It has room for `adapters` (name → directory), each of which
        is loaded by `adapted`.

        Raises:
            ConfigError: `settings.engine` has a key that vLLM does not know, or a value that it refuses.
        """
        os.environ.update(environment(settings, cores))
        # Configuring its logging vLLM closes the files of all others: Serve would have no log of this replica any more,
        # and a new controller could not take it over.
        with _environ({"VLLM_CONFIGURE_LOGGING": "0"}):
            from vllm.engine.arg_utils import AsyncEngineArgs
            from vllm.v1.engine.async_llm import AsyncLLM

            logging.getLogger("vllm").setLevel(logging.ERROR)
            try:
                room = (len(adapters), highest_rank(adapters)) if adapters else ()
                arguments = AsyncEngineArgs(**engine_arguments(model, settings, *room))
                config = arguments.create_engine_config()
            except (TypeError, ValueError) as error:
                raise ConfigError(
                    f"vLLM refuses the settings for {name}: {_reason(error)}", "change [serve] or serve.engine"
                ) from None
        before = {child.pid for child in multiprocessing.active_children()}
        # For the engine's process alone: here it would bind the event loop to the first core.
        with _environ({} if settings.gpus_per_replica else openmp(cores, Path(sys.prefix) / "lib" / "libiomp5.so")):
            client = AsyncLLM.from_vllm_config(config, disable_log_stats=arguments.disable_log_stats)
        started = {child.pid for child in multiprocessing.active_children()} - before
        return cls(client, name, model, Keeper([pid for pid in started if pid is not None]))

    async def adapted(self, name: str, directory: str) -> Engine:
        """This engine as it answers with a LoRA adapter: the same processes under another name; they end with this one.

        Raises:
            ModelError: vLLM cannot use the adapter with this model.
        """
        from vllm.lora.request import LoRARequest

        # vLLM's OpenAI layer counts those that it is given in the same way, and so takes them for the same.
        request = LoRARequest(name, len(self._adapters) + 1, directory)
        try:
            await self.client.add_lora(request)
        except Exception as error:  # whatever vLLM finds wrong with what others wrote
            raise ModelError(
                f"the adapter {directory} cannot be used with {self.model}: {_reason(error)}",
                "give one that was trained from that model",
            ) from None
        self._adapters.append(request)
        other = copy.copy(self)
        other.name, other._adapter = name, request
        return other

    @property
    def context(self) -> int:
        """Tokens of prompt and continuation together, at most."""
        return int(self.client.model_config.max_model_len)

    def encode(self, text: str) -> list[int]:
        """Text → token ids; no token is added."""
        ids: list[int] = self.tokenizer.encode(text, add_special_tokens=False)
        return ids

    def decode(self, ids: Sequence[int]) -> str:
        """Token ids → all that they spell."""
        return str(self.tokenizer.decode(list(ids), clean_up_tokenization_spaces=False))

    async def write(self, ids: list[int], ask: Generate, sampling: Sampling, delta: Delta | None = None) -> Written:
        """Continue `ids`. Cancelling the call ends the generation in the engine too.

        `delta` hears the text as it comes.

        Raises:
            RefusalError: the engine does not accept the sampling parameters.
            RuntimeError: the engine gave the request up.
        """
        from vllm.exceptions import VLLMClientError
        from vllm.inputs.engine import tokens_input

        last, text, written, cached = None, "", [], 0
        try:
            parameters = self._parameters(ask, sampling, stream=delta is not None)
            prompt, identity = tokens_input(ids), uuid.uuid4().hex
            async for output in self.client.generate(prompt, parameters, identity, lora_request=self._adapter):
                last, cached = output.outputs[0], output.num_cached_tokens or 0
                text += last.text
                written += last.token_ids
                if delta is not None and last.text:
                    delta(last.text)
        except VLLMClientError as error:
            raise RefusalError(400, str(error).splitlines()[0]) from None
        if last is None:
            raise RuntimeError("the engine ended a request without an answer")
        block = self.client.vllm_config.cache_config.block_size
        return replace(self._written(last, ask, text, len(written)), cached=cached, block=block, ids=tuple(written))

    def _written(self, output: Any, ask: Generate, text: str, tokens: int) -> Written:
        """The text, of which what only ends the turn is no part; `output` is vLLM's last."""
        if output.finish_reason in ("abort", "error"):
            raise RuntimeError(f"the engine gave a request up: {output.finish_reason}")
        stop = output.stop_reason
        if output.finish_reason == "length":
            return Written(text, "length", tokens)
        if stop in ask.stop:
            return Written(text, "stop", tokens)
        if ask.include_stop:  # vLLM includes all stops or none; the end token's (None) has no text
            closing = self.tokenizer.decode([stop], skip_special_tokens=True) if isinstance(stop, int) else stop
            text = text.removesuffix(closing or "")
        return Written(text, "eos", tokens)

    def _parameters(self, ask: Generate, sampling: Sampling, stream: bool) -> SamplingParams:
        from vllm import SamplingParams
        from vllm.sampling_params import RequestOutputKind

        return SamplingParams(
            max_tokens=ask.max_tokens,
            temperature=sampling.temperature,
            top_p=sampling.top_p,
            seed=sampling.seed,
            stop=[*ask.stop, *sampling.stop],
            include_stop_str_in_output=ask.include_stop,
            output_kind=RequestOutputKind.DELTA if stream else RequestOutputKind.FINAL_ONLY,
            **dict(sampling.extra),
        )

    async def check(self) -> None:
        """Raise where the engine's processes are gone."""
        await self.client.check_health()

    @property
    def dead(self) -> bool:
        """The engine's processes are gone."""
        return self.client is None or bool(self.client.errored)

    def shutdown(self) -> None:
        """End the engine's processes; calling it again does nothing."""
        client, self.client = self.client, None
        if client is not None:
            client.shutdown(timeout=_SHUTDOWN_S)
        if self._keeper is not None:
            self._keeper.release()

    async def openai(self, chat_template: str | None = None) -> ASGIApp:
        """vLLM's own OpenAI application around this engine, answering for its name and those of its adapters.

        Args:
            chat_template: Jinja text in place of the tokenizer's template.
        """
        from vllm.entrypoints.launchers.api_server.app_state import init_app_state
        from vllm.entrypoints.launchers.app import build_app
        from vllm.entrypoints.launchers.cli_args import make_arg_parser
        from vllm.entrypoints.openai.models.protocol import LoRAModulePath
        from vllm.utils.argparse_utils import FlexibleArgumentParser

        arguments = make_arg_parser(FlexibleArgumentParser()).parse_args([])
        arguments.model, arguments.served_model_name = self.model, [self.name]
        arguments.chat_template = chat_template
        arguments.lora_modules = [LoRAModulePath(one.lora_name, one.lora_path) for one in self._adapters] or None
        tasks = await self.client.get_supported_tasks()
        app = build_app(arguments, tasks, self.client.model_config)
        await init_app_state(self.client, app.state, arguments, tasks)
        # vLLM's handler of engine errors asks the HTTP server whether to stop; there is none of its own here.
        app.state.server = _NoServer()
        wrapped: ASGIApp = app
        return wrapped

    def read_chat(self, data: Mapping[str, Any]) -> tuple[ChatCompletionRequest, SamplingParams]:
        """A request for a chat completion as vLLM reads it, and how it wants tokens drawn (its length left out).

        Raises:
            RefusalError: it is not one.
        """
        from pydantic import ValidationError
        from vllm.entrypoints.openai.chat_completion.protocol import ChatCompletionRequest
        from vllm.exceptions import VLLMClientError

        try:
            request = ChatCompletionRequest.model_validate(data)
            return request, request.to_sampling_params(1, self._defaults)
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False)[0]
            where = next((str(part) for part in first["loc"]), None)
            raise RefusalError(400, f"{where}: {first['msg']}" if where else first["msg"], where) from None
        except (VLLMClientError, ValueError, OverflowError) as error:
            raise RefusalError(400, str(error).splitlines()[0]) from None
        except (TypeError, AttributeError, KeyError, IndexError):
            # vLLM looks into some fields before it checks their types.
            raise RefusalError(400, "a field of the request has a type that it cannot have") from None


@contextmanager
def _environ(variables: Mapping[str, str]) -> Iterator[None]:
    """Set environment variables for the processes that are started within the block."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


class _NoServer:
    """Stands where vLLM expects the HTTP server it would stop; Serve replaces a replica whose engine is gone."""

    should_exit = False


def _reason(error: Exception) -> str:
    """The line of an error that says what is wrong: the first, but after a heading with pydantic, and the field."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if not lines:
        return type(error).__name__
    if "validation error" not in lines[0]:
        return lines[0]
    told = lines[1 : next((at for at, line in enumerate(lines) if "[type=" in line), 1) + 1]
    return ": ".join(told).split(" [type=")[0].removeprefix("Value error, ")
