"""From an Example to token ids and a loss mask, with the strings of `raymath.prompts` and nothing else.

    render(example, tokenizer, "chat").loss_mask        # 1: the model should write this token

Prompt and solution are encoded apart, each as one text: the ids begin with exactly those that a server encodes
of the prompt, whatever the tokenizer would merge across the boundary. Within the solution a token belongs to the
piece that it starts in; so a token that starts in a program's output and reaches into the reasoning after it is
not trained, and one that starts in what the model writes is. Packing and shards are left to others.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from raymath.errors import ModelError
from raymath.models import chat_template
from raymath.prompts import Piece, TemplateName, render_prompt, render_solution, solution_lead, user_message
from raymath.records import Example

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


class Rendered(NamedTuple):
    """``input_ids`` (int32, [tokens]) and ``loss_mask`` (uint8, [tokens]), the end token included."""

    input_ids: NDArray[np.int32]
    loss_mask: NDArray[np.uint8]


class Renderer:
    """Renders with one tokenizer and template; made once for many examples.

    Args:
        tokenizer: a fast one (`raymath.models.load_tokenizer`); it is not changed.
        template: as in `raymath.prompts`.

    Raises:
        ModelError: the tokenizer has no end token, or no chat template where one is asked for.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase, template: TemplateName) -> None:
        if not tokenizer.eos_token:
            raise ModelError(
                f"the tokenizer of {tokenizer.name_or_path} has no end token",
                "set eos_token in its tokenizer_config.json",
            )
        self._template = template
        self._chat = chat_template(tokenizer) if template == "chat" else None
        self._bos, self._eos = tokenizer.bos_token or "", tokenizer.eos_token
        #: Tokens that text must not hold: they would be read as what they stand for. Most of them have no role that
        #: transformers knows (Qwen's ``<|im_start|>``), so `all_special_tokens` alone does not name them.
        self.specials: tuple[str, ...] = _specials(tokenizer)
        # Without the post-processor no token is added, and offsets are those of the whole token: some
        # post-processors trim white space off them, which would move a line end into the next piece.
        self._encoder = copy.deepcopy(tokenizer.backend_tokenizer)
        self._encoder.post_processor = None
        self._encoder.no_truncation()
        self._encoder.no_padding()

    def prompt(self, example: Example) -> str:
        """What the model is shown: the string a server sends for this question."""
        message = user_message(example.question, example.mode, example.language)
        return render_prompt(message, self._template, bos=self._bos, chat_template=self._chat)

    def pieces(self, example: Example) -> tuple[Piece, ...]:
        """What follows the prompt, with the end token."""
        lead = solution_lead(self._template)
        return (*([Piece(lead, True)] if lead else []), *render_solution(example.segments), Piece(self._eos, True))

    def render(self, examples: Sequence[Example]) -> list[Rendered]:
        """Ids and masks of many examples, in order."""
        pieces = [self.pieces(example) for example in examples]
        texts = [self.prompt(example) for example in examples] + ["".join(p.text for p in ps) for ps in pieces]
        encoded = self._encoder.encode_batch(texts, add_special_tokens=False)
        solutions = encoded[len(examples) :]
        return [
            _join(prompt.ids, solution.ids, solution.offsets, ps)
            for prompt, solution, ps in zip(encoded, solutions, pieces, strict=False)
        ]


def render(example: Example, tokenizer: PreTrainedTokenizerBase, template: TemplateName) -> Rendered:
    """One example; for many, `Renderer.render` is faster."""
    return Renderer(tokenizer, template).render([example])[0]


def _specials(tokenizer: PreTrainedTokenizerBase) -> tuple[str, ...]:
    added = [token.content for token in tokenizer.added_tokens_decoder.values() if token.special]
    return tuple(dict.fromkeys([*tokenizer.all_special_tokens, *added]))


def _join(prompt: list[int], solution: list[int], offsets: list[tuple[int, int]], pieces: Sequence[Piece]) -> Rendered:
    ids = np.array(prompt + solution, dtype=np.int32)
    mask = np.zeros(ids.size, dtype=np.uint8)
    if solution:
        ends = np.cumsum([len(piece.text) for piece in pieces])
        trained = np.array([piece.trained for piece in pieces])
        starts = np.array(offsets, dtype=np.int64)[:, 0]
        mask[len(prompt) :] = trained[np.searchsorted(ends, starts, side="right")]
    return Rendered(ids, mask)
