"""The answer in a response: where a model says it, in its words.

    >>> extract("… so he pays $18.\\nThe answer is: **18 dollars**.")
    ('18',)

``deepseek`` extraction is the published one to the letter, its faults included, and gives the published normal
form. ``raymath`` extraction follows the same order (the final-answer phrase of Minerva, every \\boxed, the phrase
that announces an answer, the last program's output, the last number) and finds whatever the other finds; beyond
it, it knows the Chinese phrases, words and units around a number, ``####``, Markdown, full-width digits,
doubled backslashes, and goes on where a step finds nothing. It keeps brackets and units of what is boxed, as
strict equality has to see them. Which of several answers count is left to `raymath.eval.grade`.
"""

from __future__ import annotations

import re
from typing import Literal

from raymath.eval import units
from raymath.eval.latex import MAX_ANSWER, published, undelimited, widths
from raymath.prompts import ENDED_BY, NO_OUTPUT, NO_PROGRAM, OUTPUT_CUT

Extraction = Literal["raymath", "deepseek"]

#: Of a longer response only the end is searched: no model is asked for more, and patterns stay cheap.
_MAX_RESPONSE = 400_000


def extract(response: str, *, extraction: Extraction = "raymath", question: str | None = None) -> tuple[str, ...]:
    """All answers of a response, in order; the last is the one that counts where one is asked for.

    Args:
        question: one that asks for answers "separated by commas" has each of them found on its own, as published.
    """
    response = response[-_MAX_RESPONSE:]
    found = published_answers(response) if extraction == "deepseek" else _raymath(response)
    return tuple(part for answer in found for part in separated(answer, question))


_AND = re.compile(r"\\text\{\s*and\s*\}")


def separated(answer: str, question: str | None) -> list[str]:
    """One boxed text that holds several answers → each of them, by the published rules."""
    if question and "separated by commas" in question and not any(bracket in answer for bracket in "()[]"):
        return [part.strip() for part in answer.split(",")]
    return [part.strip() for part in _AND.split(answer)]


# --- deepseek -------------------------------------------------------------------------------------------------


def published_answers(response: str) -> list[str]:
    """DeepSeek-Math's extraction (``extract_answer``), reproduced exactly."""
    if "final answer is $" in response and "$. I hope" in response:
        found = [response.split("final answer is $", 1)[1].split("$. I hope", 1)[0].strip()]
    elif "boxed" in response:
        found = _published_boxed(response)
    elif "he answer is" in response:
        found = [response.split("he answer is")[-1].strip()]
    elif output := last_output(response):
        found = [output]
    else:
        found = re.findall(r"-?\d*\.?\d+", response.replace(",", ""))[-1:]
    return [published(_first_line(answer).lstrip(":").rstrip(".").rstrip("/")) for answer in found]


def _published_boxed(response: str) -> list[str]:
    """The published brace matching; a box followed by % keeps its closing brace, as it does there."""
    answers = []
    for piece in response.split("boxed{")[1:]:
        end = _closing(piece)
        if end is not None:
            answers.append(piece[: end + 1] if piece[end + 1 : end + 2] == "%" else piece[:end])
    return answers


def _closing(piece: str) -> int | None:
    """Where the brace closes that was opened just before `piece`."""
    depth = 0
    for brace in re.finditer(r"[{}]", piece):
        depth += 1 if brace.group() == "{" else -1
        if depth < 0:
            return brace.start()
    return None


def last_output(response: str) -> str:
    """The text of the last program output in a transcript, empty where there is none."""
    if "```output" not in response:
        return ""
    return response.split("```output")[-1].split("```")[0].strip()


def _first_line(answer: str) -> str:
    return answer.strip().split("\n")[0]


# --- raymath --------------------------------------------------------------------------------------------------

# All repetitions are bounded or cannot overlap: a response may be megabytes of anything.
_MINERVA = re.compile(r"final answer is\s{0,9}\$([^$]{1,4000})\$\.?\s{0,9}I hope")
_BOX = re.compile(r"f?boxed\s{0,9}(?:\{|(?P<bare>-?[\w.]+))")
_PHRASE = re.compile(
    r"(?i:\banswers?(?:\s{1,9}(?:to\s[^.\n]{1,80}\s)?(?:is|are|will be|would be|should be|equals)\b))"
    r"|(?i:\banswers?\s{0,9}\*{0,4}\s{0,9}[:=：])|he answer is"
    r"|答案(?:应该|应当|应|就|即)?(?:是|为|等于)|答案\s{0,9}\*{0,4}\s{0,9}[：:]|(?<!回)答\s{0,9}[：:]|故选|应选|####"
)
_LAST_LINE_A = re.compile(r"(?:^|\n)\s*\**A\**\s*[:：](?P<tail>[^\n]*)\s*$")
_ERROR_OUTPUT = re.compile(r"(?i)traceback|runtime error|\b\w*(?:Error|Exception)\b|timed? ?out|^\s*$")
_MATH = re.compile(r"\$\$(.+?)\$\$|\$([^$\n]+?)\$|\\\((.+?)\\\)|\\\[(.+?)\\\]", re.DOTALL)
_JOINED_MATH = re.compile(r"\s*(?:,|，|、|and|or|和|或|,\s*and|,\s*or|以及)\s*")
_NUMBER = (
    r"(?<![A-Za-z0-9_.\\}])-?(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)|\d*\.\d+|\d+)(?:\s*/\s*\d+(?:\.\d+)?)?"
    r"|-?\\frac\{-?\d+\}\{-?\d+\}"
)
_NUMBER_THEN = re.compile(rf"(?P<number>{_NUMBER})(?P<percent>\s*(?:\\?%|percent\b))?")
_SENTENCE_END = re.compile(r"(?<=[^\s\d])\.(?=\s|$)|(?<=\d)\.(?=\s+\D|\s*$)|[。；;!！]|\n")
_PROSE = re.compile(r"(?<![\\A-Za-z{])[A-Za-z]{2,}|[\u4e00-\u9fff]")
_ANY_NUMBER = re.compile(r"-?\d*\.?\d+")
_PROGRAM = re.compile(r"```python.*?(?:```|$)", re.DOTALL)
_STOPPED = tuple(ENDED_BY.values())
#: What stands in an output block without having been printed.
_MARKER = re.compile("|".join(map(re.escape, (*_STOPPED, NO_OUTPUT, NO_PROGRAM, OUTPUT_CUT))))


def _raymath(response: str) -> list[str]:
    text = widths(response)
    minerva = _MINERVA.findall(text)
    found = [minerva[-1]] if minerva else boxed(text)
    if found:
        return [_cleaned(answer) for answer in found]
    for step in (_announced, _printed, _last_number):
        answer = step(text)
        if answer:
            return [answer]
    # Never less than the published extraction finds; it does not know our protocol's markers.
    return [answer for answer in published_answers(_MARKER.sub("", response)) if answer]


def boxed(text: str) -> list[str]:
    """What stands in each \\boxed{…}, with or without braces, empty ones left out."""
    answers = []
    closing = _brace_pairs(text)
    for match in _BOX.finditer(text):
        answer = ""
        if match["bare"] is not None:
            answer = match["bare"] if text[match.start() - 1 : match.start()] == "\\" else ""
        elif (end := closing.get(match.end() - 1)) is not None:
            answer = text[match.end() : end]
            if re.match(r"\s*\\?%", text[end + 1 : end + 5]):
                answer += "%"
        if answer.strip() and "boxed{" not in answer:
            answers.append(answer)
    return answers


def _brace_pairs(text: str) -> dict[int, int]:
    """Where each brace that is closed closes, in one pass."""
    pairs, waiting = {}, []
    for brace in re.finditer(r"[{}]", text):
        if brace.group() == "{":
            waiting.append(brace.start())
        elif waiting:
            pairs[waiting.pop()] = brace.start()
    return pairs


def _cleaned(answer: str) -> str:
    """A box's content: one line, without decoration, trailing full stops and a leading colon."""
    answer = " ".join(answer.split())
    answer = undelimited(answer.strip("*").strip().lstrip(":：").rstrip("。．/").strip())
    return re.sub(r"(?<![ap]\.m)(?<!\.)\.$", "", answer).strip()


def _announced(text: str) -> str:
    """After the last phrase, outside programs, that announces an answer and is followed by one."""
    text = _PROGRAM.sub("\n", text)  # "answer = a + b" is no announcement
    ends = [match.end() for match in _PHRASE.finditer(text)][-8:]
    tails = [text[end : end + MAX_ANSWER] for end in ends]
    last_line = _LAST_LINE_A.search(text[-400:])
    if last_line:
        tails.append(last_line["tail"])
    return next((answer for tail in reversed(tails) if (answer := _after_phrase(tail))), "")


def _after_phrase(tail: str) -> str:
    tail = tail.lstrip(" \t\r\n*:：=_，,")
    if tail.startswith("```"):
        return ""
    math = _leading_math(tail)
    if math:
        return math
    sentence = _SENTENCE_END.split(tail, maxsplit=1)[0].replace("**", "").replace("`", "").strip(" *_，,、:：")
    inside = [next(filter(None, groups)) for groups in _MATH.findall(sentence)]
    if inside:
        return _cleaned(inside[-1])
    return _from_words(sentence)


def _leading_math(tail: str) -> str:
    """One formula at the start, or several joined by "and": a list."""
    parts, at = [], 0
    while match := _MATH.match(tail, at):
        parts.append(_cleaned(next(filter(None, match.groups()))))
        joined = _JOINED_MATH.match(tail, match.end())
        if not joined:
            break
        at = joined.end()
    if len(parts) == 1 and (unit := re.match(r"\s*(\\?%)", tail[match.end() :] if match else "")):
        return parts[0] + unit[1]
    return ", ".join(parts)


def _from_words(sentence: str) -> str:
    """A number said in words around it, or the sentence as it is where it is no prose."""
    bare, unit = units.split(re.sub(r"^(?:about|approximately|约|大约|共|只)\s*", "", sentence))
    if not _PROSE.search(bare):
        return f"{bare}%" if unit == "%" else bare
    numbers = list(_NUMBER_THEN.finditer(sentence))
    if not numbers or "=" in sentence.split(" ")[0]:
        return sentence
    # "18 apples because 3 of …": what comes first; "he has 18 apples": the only or last one.
    chosen = numbers[0] if not _PROSE.search(sentence[: numbers[0].start()]) else numbers[-1]
    return _number(chosen)


def _number(match: re.Match[str]) -> str:
    return re.sub(r"\s+", "", match["number"]) + ("%" if match["percent"] else "")


def _printed(text: str) -> str:
    """The last line that the last program printed, unless it failed."""
    for output in reversed(text.split("```output")[1:]):
        shown = output.split("```")[0].strip()
        printed = _MARKER.sub("", shown).strip()
        if printed and not shown.endswith(_STOPPED) and not _ERROR_OUTPUT.search(printed):
            line = printed.splitlines()[-1].strip()
            return _from_words(line) or line
    return ""


def _last_number(text: str) -> str:
    """The last number outside program output."""
    prose = re.sub(r"```output.*?(?:```|$)", " ", text, flags=re.DOTALL)[-20_000:]
    found = list(_NUMBER_THEN.finditer(prose))
    if found:
        return _number(found[-1])
    bare = _ANY_NUMBER.findall(text.replace(",", ""))
    return bare[-1] if bare else ""
