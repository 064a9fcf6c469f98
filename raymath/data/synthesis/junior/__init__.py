"""Templates for junior high school: the 25 sub-topics `junior/…` of `raymath.data.topics`, a module for each.

from raymath.data.synthesis.junior import TEMPLATES
"""

from __future__ import annotations

from raymath.data.synthesis.junior import (
    algebraic_fractions,
    angles,
    circles,
    coordinates,
    expressions,
    factorisation,
    fractional_equations,
    inverse_proportion,
    linear_equation_problems,
    linear_equations,
    linear_functions,
    linear_inequalities,
    linear_systems,
    probability,
    pythagoras,
    quadratic_equations,
    quadratic_functions,
    quadratic_problems,
    quadrilaterals,
    rational_numbers,
    right_triangles,
    roots,
    similarity,
    statistics,
    triangles,
)
from raymath.data.synthesis.template import Template

TEMPLATES: tuple[Template, ...] = (
    *rational_numbers.TEMPLATES,
    *roots.TEMPLATES,
    *expressions.TEMPLATES,
    *factorisation.TEMPLATES,
    *algebraic_fractions.TEMPLATES,
    *linear_equations.TEMPLATES,
    *linear_equation_problems.TEMPLATES,
    *linear_systems.TEMPLATES,
    *quadratic_equations.TEMPLATES,
    *quadratic_problems.TEMPLATES,
    *fractional_equations.TEMPLATES,
    *linear_inequalities.TEMPLATES,
    *coordinates.TEMPLATES,
    *linear_functions.TEMPLATES,
    *inverse_proportion.TEMPLATES,
    *quadratic_functions.TEMPLATES,
    *angles.TEMPLATES,
    *triangles.TEMPLATES,
    *pythagoras.TEMPLATES,
    *quadrilaterals.TEMPLATES,
    *similarity.TEMPLATES,
    *right_triangles.TEMPLATES,
    *circles.TEMPLATES,
    *statistics.TEMPLATES,
    *probability.TEMPLATES,
)
