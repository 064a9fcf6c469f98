"""Problems that raymath writes itself: templates over all sub-topics, in Chinese and English.

`template` says what a template is; the modules named after school stages hold them; `raymath.data.topics` has the
sub-topics.
"""
