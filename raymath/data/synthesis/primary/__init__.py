"""Templates of the primary sub-topics."""

from raymath.data.synthesis.template import Template

TEMPLATES: tuple[Template, ...] = ()
