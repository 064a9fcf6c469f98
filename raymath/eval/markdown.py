"""Markdown of the report: tables, code, numbers. Used by `raymath.eval.report` and `raymath.eval.details`."""

from __future__ import annotations

from collections.abc import Iterable


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    """The lines of a table; cells may hold any text."""
    head = list(head)
    return [line(head), line(["---"] * len(head)), *(line(row) for row in rows)]


def line(cells: Iterable[str]) -> str:
    """One line of a table."""
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def code(text: str, longest: int = 80) -> str:
    """Text as code, cut where it is long; a dash where there is none."""
    text = text if len(text) <= longest else text[: longest - 1] + "…"
    return f"`{text.replace('`', chr(0x2019))}`" if text else "–"


def percent(share: float) -> str:
    """A share in percent."""
    return f"{100 * share:.1f} %"


def points(share: float) -> str:
    """A difference of shares in percentage points, signed."""
    return f"{100 * share:+.1f}"


def p_value(value: float) -> str:
    """A p-value."""
    return f"{value:.3f}" if value >= 0.001 else f"{value:.1e}"


def yes(verdict: bool) -> str:
    """yes or no."""
    return "yes" if verdict else "no"
