"""From an Example to token ids and a loss mask, with the strings of `raymath.prompts` and nothing else.

    render(example, tokenizer, "chat").loss_mask        # 1: the model should write this token

Prompt and solution are encoded apart, each as one text: the ids begin with exactly those that a server encodes
of the prompt, whatever the tokenizer would merge across the boundary. Within the solution a token belongs to the
piece that it starts in; so a token that starts in a program's output and reaches into the reasoning after it is
not trained, and one that starts in what the model writes is. Packing and shards are left to others.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Sequence
from itertools import chain, compress
from operator import not_
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from raymath.errors import ModelError
from raymath.models import chat_template
from raymath.prompts import (
    Piece,
    SegmentLike,
    TemplateName,
    render_prompt,
    render_solution,
    solution_lead,
    user_message,
)
from raymath.records import Example, Language, Mode

if TYPE_CHECKING:
    from tokenizers import Encoding
    from transformers import PreTrainedTokenizerBase


#: Messages that begin and end in all the ways that a tokenizer could tell apart.
_PROBES = ("a", "A b", " a ", "\na\n", "1", "$x", "中文", "")


#: Examples that are encoded at once: a tokenizer keeps much of each until all are, and slows down with thousands.
_AT_ONCE = 256


class Rendered(NamedTuple):
    """``input_ids`` (int32, [tokens]) and ``loss_mask`` (uint8, [tokens]), the end token included."""

    input_ids: NDArray[np.int32]
    loss_mask: NDArray[np.uint8]


class Told(Protocol):
    """What is rendered of an example: an `Example`, or anything that has these of one."""

    @property
    def question(self) -> str: ...
    @property
    def mode(self) -> Mode: ...
    @property
    def language(self) -> Language: ...
    @property
    def segments(self) -> Sequence[SegmentLike]: ...


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
        self._lead = self._fixed_lead()
        self._lead_ids: list[int] = self._encoder.encode(self._lead, add_special_tokens=False).ids

    def prompt(self, example: Told) -> str:
        """What the model is shown: the string a server sends for this question."""
        return self._prompt(user_message(example.question, example.mode, example.language))

    def pieces(self, example: Told) -> tuple[Piece, ...]:
        """What follows the prompt, with the end token."""
        lead = solution_lead(self._template)
        return (*([Piece(lead, True)] if lead else []), *render_solution(example.segments), Piece(self._eos, True))

    def render(self, examples: Sequence[Told]) -> list[Rendered]:
        """Ids and masks of many examples, in order."""
        parts = (self._render(examples[at : at + _AT_ONCE]) for at in range(0, len(examples), _AT_ONCE))
        return list(chain.from_iterable(parts))

    def _render(self, examples: Sequence[Told]) -> list[Rendered]:
        pieces = [self.pieces(example) for example in examples]
        texts = ["".join(piece.text for piece in own) for own in pieces]
        cut = len(self._lead)
        prompts = [self.prompt(one) for one in examples]
        leads = [self._lead_ids if text.startswith(self._lead) else [] for text in prompts]
        rests = [text[cut:] if ids else text for text, ids in zip(prompts, leads, strict=True)]
        asked = self._encoder.encode_batch_fast(rests, add_special_tokens=False)
        # Where all of a solution is trained it does not matter where its tokens begin.
        mixed = [not all(piece.trained for piece in own) for own in pieces]
        whole = self._encoder.encode_batch_fast(list(compress(texts, map(not_, mixed))), add_special_tokens=False)
        parted = self._encoder.encode_batch(list(compress(texts, mixed)), add_special_tokens=False)
        found = {True: iter(parted), False: iter(whole)}
        return [
            _join(lead + rest.ids, next(found[several]), own if several else None)
            for lead, rest, own, several in zip(leads, asked, pieces, mixed, strict=True)
        ]

    def _prompt(self, message: str) -> str:
        return render_prompt(message, self._template, bos=self._bos, chat_template=self._chat)

    def _fixed_lead(self) -> str:
        """What every prompt begins with, up to the last special token in it; nothing where it matters to the rest.

        A tokenizer cuts its text at special tokens first, so this part (a chat template's system message) has the
        same ids in every prompt, and need not be encoded each time.
        """
        prompts = [self._prompt(message) for message in _PROBES]
        ends = (match.end() for token in self.specials for match in re.finditer(re.escape(token), prompts[0]))
        leads = (prompts[0][:end] for end in sorted(ends, reverse=True))
        lead = next((one for one in leads if all(prompt.startswith(one) for prompt in prompts)), "")
        whole, parted, first = (
            [encoding.ids for encoding in self._encoder.encode_batch_fast(texts, add_special_tokens=False)]
            for texts in (prompts, [text[len(lead) :] for text in prompts], [lead])
        )
        return lead if [first[0] + ids for ids in parted] == whole else ""


def render(example: Example, tokenizer: PreTrainedTokenizerBase, template: TemplateName) -> Rendered:
    """One example; for many, `Renderer.render` is faster."""
    return Renderer(tokenizer, template).render([example])[0]


def _specials(tokenizer: PreTrainedTokenizerBase) -> tuple[str, ...]:
    added = [token.content for token in tokenizer.added_tokens_decoder.values() if token.special]
    return tuple(dict.fromkeys([*tokenizer.all_special_tokens, *added]))


def _join(prompt: list[int], solution: Encoding, pieces: Sequence[Piece] | None) -> Rendered:
    """`pieces`: of the solution, where not all are trained."""
    own = solution.ids
    ids = np.array(prompt + own, dtype=np.int32)
    mask = np.ones(ids.size, dtype=np.uint8)
    mask[: len(prompt)] = 0
    if pieces and own:
        ends = np.cumsum([len(piece.text) for piece in pieces])
        trained = np.array([piece.trained for piece in pieces])
        starts = np.fromiter((start for start, _ in solution.offsets), dtype=np.int64, count=len(own))
        mask[len(prompt) :] = trained[np.searchsorted(ends, starts, side="right")]
    return Rendered(ids, mask)
