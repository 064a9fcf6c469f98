"""Tokenizers made in a moment, with the rules of real ones: Qwen2's, Llama's, and plain bytes."""

from __future__ import annotations

from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

#: What the merges are learnt from: both languages, code, fences and numbers.
CORPUS = [
    "What is 6 times 7? First multiply 6 by 7. The answer is $\\boxed{42}$. So the sum of the numbers is 19.",
    "六乘七是多少？先算 6 乘 7。答案是 $\\boxed{42}$。所以一共有十九个苹果，请通过逐步推理来解答问题。",
    "```python\na = 6\nprint(a * 7)\n```\n```output\n42\n```\n",
    "Please reason step by step, and put your final answer within \\boxed{}.\n\nUser: Question: Answer: Assistant:",
    "from sympy import *\n\nx = symbols('x')\nfor i in range(10):\n    print(solve(x**2 - i, x))\n",
] * 4

#: Qwen2.5's rule: a run of signs takes the line ends behind it, digits stand alone.
_QWEN_SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_QWEN_CHAT = (
    "{%- if messages[0]['role'] == 'system' %}{%- set first = messages[0]['content'] %}"
    "{%- else %}{%- set first = 'You are Qwen, created by Alibaba Cloud. You are a helpful assistant.' %}{%- endif %}"
    "{{- '<|im_start|>system\\n' + first + '<|im_end|>\\n' }}{%- for message in messages %}"
    "{%- if message.role == 'user' %}{{- '<|im_start|>user\\n' + message.content + '<|im_end|>\\n' }}{%- endif %}"
    "{%- endfor %}{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}"
)
_LLAMA_CHAT = (
    "{{ bos_token }}{% for message in messages %}{% if message['role'] == 'user' %}"
    "{{ '[INST] ' + message['content'] + ' [/INST]' }}{% else %}{{ ' ' + message['content'] + eos_token }}"
    "{% endif %}{% endfor %}"
)


def qwen(path: Path) -> Path:
    """Byte-level BPE with Qwen2.5's normaliser, splitting rule, special tokens and chat template; no BOS."""
    raw = Tokenizer(models.BPE())
    raw.normalizer = normalizers.NFC()
    raw.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_QWEN_SPLIT), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    raw.decoder = decoders.ByteLevel()
    raw.post_processor = processors.ByteLevel(trim_offsets=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    raw.train_from_iterator(CORPUS, trainers.BpeTrainer(vocab_size=600, initial_alphabet=alphabet, show_progress=False))
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=raw, eos_token="<|im_end|>", pad_token="<|endoftext|>")
    # As in Qwen's file: special, and without a role of their own.
    tokenizer.backend_tokenizer.add_special_tokens(["<|im_start|>", "<|fim_prefix|>", "<|file_sep|>"])
    tokenizer.chat_template = _QWEN_CHAT
    return _saved(tokenizer, path)


def llama(path: Path) -> Path:
    """Characters, with bytes to fall back on; white space is ``▁``, one of which is put before every text."""
    letters = sorted(set("".join(CORPUS[:1] + CORPUS[2:5])) - {" ", "\n"})
    names = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256)), "▁", *letters, "▁T", "he", "▁The"]
    merges = [("▁", "T"), ("h", "e"), ("▁T", "he")]
    vocab = {name: number for number, name in enumerate(names)}
    raw = Tokenizer(models.BPE(vocab=vocab, merges=merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    raw.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    raw.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    raw.post_processor = processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A $B", special_tokens=[("<s>", vocab["<s>"])]
    )
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=raw, bos_token="<s>", eos_token="</s>", unk_token="<unk>")
    tokenizer.chat_template = _LLAMA_CHAT
    return _saved(tokenizer, path)


def _saved(tokenizer: PreTrainedTokenizerFast, path: Path) -> Path:
    """As a model's directory, whose weights nobody reads."""
    tokenizer.save_pretrained(path)
    (path / "config.json").write_text('{"model_type": "llama"}')
    (path / "model.safetensors").touch()
    return path
