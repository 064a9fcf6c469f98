"""Units beside an answer: told from the mathematics, and compared.

    >>> split("8\\\\sqrt{3} \\\\text{ square inches}")
    ('8\\\\sqrt{3}', 'in^2')

Two units agree where they name the same one (``cm`` and centimetres, $ and dollars). No conversion: 1 km is not
taken for 1000 m. The input is what `raymath.eval.latex.tidy` gives.
"""

from __future__ import annotations

import re

from raymath.eval.latex import MAX_ANSWER

_ALIASES = {
    "cm": "centimeter centimeters centimetre centimetres 厘米 公分",
    "mm": "millimeter millimeters millimetre millimetres 毫米",
    "dm": "decimeter decimeters 分米",
    "m": "meter meters metre metres 米",
    "km": "kilometer kilometers kilometre kilometres 千米 公里",
    "in": "inch inches 英寸",
    "ft": "foot feet 英尺",
    "yd": "yard yards 码",
    "mi": "mile miles 英里",
    "g": "gram grams 克",
    "kg": "kilogram kilograms 千克 公斤",
    "mg": "milligram milligrams 毫克",
    "t": "ton tons tonne tonnes 吨",
    "lb": "lbs pound pounds 磅",
    "oz": "ounce ounces 盎司",
    "l": "liter liters litre litres 升",
    "ml": "milliliter milliliters millilitre millilitres 毫升",
    "s": "sec second seconds 秒 秒钟",
    "min": "minute minutes mins 分钟",
    "h": "hr hrs hour hours 小时 个小时",
    "day": "days 天 日",
    "week": "weeks 周 星期 个星期",
    "month": "months 月 个月",
    "year": "years 年 岁 yearsold",
    "mph": "milesperhour mi/h",
    "km/h": "kmh kph kilometersperhour 千米/时 千米/小时 公里/小时",
    "dollar": "dollars $ usd 美元",
    "cent": "cents ¢ 美分",
    "yuan": "rmb ￥ ¥ 元 块 元钱 块钱 人民币",
    "jiao": "角",
    "fen": "分",
    "euro": "euros €",
    "pound sterling": "£",
    "deg": "degree degrees ^\\circ 度",
    "%": "percent percents pct percentage 百分比",
    "unit": "units 单位",
    "ha": "hectare hectares 公顷",
}
_CANONICAL = {alias: unit for unit, aliases in _ALIASES.items() for alias in [unit, *aliases.split()]}
#: Chinese measure words: they count things and name no quantity, so 3个 and 3只 do not disagree.
_COUNTERS = set(
    "个只条本支枝张人名位头匹辆架台件颗粒块棵株朵片页盒箱袋包瓶杯碗盘组排行列队班次遍倍种套双对副把根层间座级步题道筐桶堆车艘户家项份节段"
)
_POWERS = (("square", "^2"), ("sq", "^2"), ("cubic", "^3"), ("平方", "^2"), ("立方", "^3"))

_TRAILING_TEXT = re.compile(r"\s*\\text\{\s*(?P<unit>[^{}]*?)\s*\}\s*(?:\^\s*\{?(?P<power>[23])\}?)?$")
_DEGREES = re.compile(r"\s*\^\\circ(?:\s*(?P<scale>[CF]|\\text\{\s*[CF]\s*\}))?$")
_TRIGONOMETRY = re.compile(r"sin|cos|tan|cot|sec|csc")
_CURRENCY = re.compile(r"^(?P<sign>-?)\s*(?P<unit>\\?\$|￥|¥|€|£|\\text\{\s*(?:\\?\$|RMB)\s*\})\s*(?=[\d.\\(-])")
_PERCENT = re.compile(r"\s*\\?%$")
_NUMBER = (
    r"-?(?:\d[\d,]*(?:\.\d+)?|\.\d+|\\frac\{-?\d+\}\{\d+\})"
    r"(?:\s*/\s*\d+|\s*\\frac\{\d+\}\{\d+\}|\\pi|\s*\\sqrt\{\d+\})*"
)
_WORDS = re.compile(
    rf"^(?P<body>{_NUMBER})\s*(?P<unit>(?:[A-Za-z]+\.?(?:[ /-]+[A-Za-z]+\.?)*|[\u4e00-\u9fff]+(?:/[\u4e00-\u9fff]+)?))"
    r"\s*(?:\^\s*\{?(?P<power>[23])\}?)?$"
)
_NOT_UNITS = re.compile(
    r"^(?:sin|cos|tan|cot|sec|csc|log|ln|exp|sqrt|pi|mod|and|or|i|e|x|y|z|n|inf|infinity|to|if|when|for)\b"
)


def split(text: str) -> tuple[str, str]:
    """An answer → (what is left of it, its unit in one spelling); the unit is empty where there is none."""
    if len(text) > MAX_ANSWER:
        return text, ""
    match = _CURRENCY.match(text)
    if match:
        body, _ = split(match["sign"] + text[match.end() :])
        return body, canonical(re.sub(r"\\text\{|[\\{}\s]", "", match["unit"]))
    match = _DEGREES.search(text)
    if match and match.start() and not _TRIGONOMETRY.search(text):
        scale = re.sub(r"\\text|[{}\s]", "", match["scale"] or "")
        return text[: match.start()], "deg" + scale
    match = _PERCENT.search(text)
    if match and match.start():
        return text[: match.start()], "%"
    match = _TRAILING_TEXT.search(text)
    if match and text[: match.start()].strip() and _is_unit(match["unit"]):
        return text[: match.start()].rstrip("\\ ").strip(), canonical(match["unit"], match["power"])
    match = _WORDS.match(text)
    if match and _plain_word_is_unit(match["unit"]):
        return match["body"], canonical(match["unit"], match["power"])
    return text, ""


def agree(a: str, b: str) -> bool:
    """Whether two units (as `split` gives them) are the same, or one side names none."""
    return not a or not b or a == b or (a in _COUNTERS and b in _COUNTERS)


def canonical(unit: str, power: str | None = None) -> str:
    """One spelling of a unit's name."""
    name = re.sub(r"\s+|(?<=[A-Za-z])\.", "", unit.casefold()) if unit != "\\$" else "$"
    suffix = f"^{power}" if power else ""
    for word, raised in _POWERS:
        if name.startswith(word) and len(name) > len(word):
            name, suffix = name[len(word) :], raised
            break
    known = _CANONICAL.get(name)
    if known is None and len(name) > 1 and name.endswith("s"):
        known = _CANONICAL.get(name[:-1], name[:-1])
    return (known or name) + suffix


def _is_unit(words: str) -> bool:
    """``\\text{…}`` after mathematics is a unit unless it joins (and, or) or qualifies."""
    return re.match(r"(?i)\s*(?:and|or|if|for|when|where|或|和|且)\b", words) is None


def _plain_word_is_unit(words: str) -> bool:
    """Letters after a number: ``2xy`` is an expression, ``2 apples``, ``2cm`` and ``2个`` are quantities."""
    if words[0] > "\u4e00":
        return True
    if _NOT_UNITS.match(words):
        return False
    return canonical(words) in _ALIASES or len(words) > 3
