"""Templates of the 30 sub-topics of primary school, three or more for each.

    from raymath.data.synthesis.primary import TEMPLATES

A module holds one or two sub-topics and is named after what it is about; `TEMPLATES` is in the order of the modules.
"""

from __future__ import annotations

from raymath.data.synthesis.primary import (
    ages,
    area,
    averages,
    cages,
    circles,
    clever_calculation,
    decimals,
    enumeration,
    equations,
    factors,
    fraction_problems,
    fractions,
    interest_and_tax,
    percentages,
    perimeter,
    planting,
    ratios,
    remainders,
    shopping,
    solids,
    sums_and_differences,
    surplus_and_deficit,
    time_and_calendar,
    travel,
    unit_rates,
    units,
    whole_numbers,
    word_problems,
    work,
)
from raymath.data.synthesis.template import Template

TEMPLATES: tuple[Template, ...] = (
    *whole_numbers.TEMPLATES,
    *word_problems.TEMPLATES,
    *clever_calculation.TEMPLATES,
    *decimals.TEMPLATES,
    *fractions.TEMPLATES,
    *fraction_problems.TEMPLATES,
    *percentages.TEMPLATES,
    *interest_and_tax.TEMPLATES,
    *ratios.TEMPLATES,
    *factors.TEMPLATES,
    *remainders.TEMPLATES,
    *units.TEMPLATES,
    *time_and_calendar.TEMPLATES,
    *shopping.TEMPLATES,
    *averages.TEMPLATES,
    *sums_and_differences.TEMPLATES,
    *ages.TEMPLATES,
    *planting.TEMPLATES,
    *cages.TEMPLATES,
    *surplus_and_deficit.TEMPLATES,
    *unit_rates.TEMPLATES,
    *travel.TEMPLATES,
    *work.TEMPLATES,
    *perimeter.TEMPLATES,
    *area.TEMPLATES,
    *circles.TEMPLATES,
    *solids.TEMPLATES,
    *equations.TEMPLATES,
    *enumeration.TEMPLATES,
)
