"""All templates that problems are generated from, by name and by sub-topic.

    BY_NAME["senior-triangle-side"].topic        # senior/solving-triangles
    BY_TOPIC["senior/solving-triangles"]         # its templates

Problems of a template are made in `generate`; the embedded sample has templates of its own.
"""

from __future__ import annotations

from raymath.data.synthesis import junior, primary, senior
from raymath.data.synthesis.template import Template
from raymath.data.topics import TOPICS

#: In the order of the sub-topics.
TEMPLATES: tuple[Template, ...] = (*primary.TEMPLATES, *junior.TEMPLATES, *senior.TEMPLATES)
BY_NAME: dict[str, Template] = {template.name: template for template in TEMPLATES}
#: Every sub-topic's templates.
BY_TOPIC: dict[str, tuple[Template, ...]] = {
    topic.id: tuple(template for template in TEMPLATES if template.topic == topic.id) for topic in TOPICS
}
