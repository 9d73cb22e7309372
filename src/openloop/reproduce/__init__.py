"""The papers' figures and claims, made again: per figure its data, a picture, and a verdict on each claim.

A figure is a module with ``TITLE``, ``PAPER`` and ``run(quick, executor)``, which returns a
:class:`openloop.reproduce.base.Result`. One that can be drawn of given rows too takes their files as ``data``.
"""

FIGURES = {
    "phase-step": "phase_step",
    "pruning-geometry": "pruning_geometry",
    "finite-rows": "finite_rows",
    "gmm-world": "gmm_world",
    "kl-gap": "kl_gap",
    "inequalities": "inequalities",
    "recursion": "recursion",
    "plurality": "plurality",
    "supervision": "supervision",
    "judges": "judges",
    "hacking": "hacking",
    "information-gain": "information_gain",
    "semantic-entropy": "semantic_entropy",
    "dependence": "dependence",
    "similarity-curves": "similarity_curves",
}
"""Name → module. In the order of the papers."""
