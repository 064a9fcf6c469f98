"""Templates of the senior high school sub-topics."""

from raymath.data.synthesis.template import Template

TEMPLATES: tuple[Template, ...] = ()
