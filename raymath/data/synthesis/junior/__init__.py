"""Templates of the junior sub-topics."""

from raymath.data.synthesis.template import Template

TEMPLATES: tuple[Template, ...] = ()
