"""Answers that would stop a grader which trusts what it reads. None of them equals 17."""

HOSTILE = [
    "10**10**10",
    "10^{10^{10}}",
    "9" * 100_000 + "^2",
    "((((2^9)^9)^9)^9)^9",
    "\\frac{1}{" * 500 + "2" + "}" * 500,
    "\\sqrt{" * 2000,
    "(" * 3000 + "1" + ")" * 3000,
    "x^{" + "9" * 4000 + "}",
    "\\frac{3}{4}" * 200_000,
    "\x00\x00\\frac{\x001}{2\x00}\x00",
    "100000!",
    "\\sum_{n=1}^{10^{12}} \\frac{1}{n}",
    "(x+1)^{3000}",
    "__import__('os').system('touch hostile-was-here')",
    "().__class__.__base__.__subclasses__()",
    "\ud800\\frac{1}{2}",
]
