"""Problems that raymath writes itself: templates over all sub-topics, in Chinese and English.

`template` says what a template is; the packages named after school stages hold them, `catalogue` all of them;
`generate` makes distinct problems and examples of one. `raymath.data.topics` has the sub-topics.
"""
