"""How much the model adds to its prompts: at least the entropy of its completions, from recorded log-probabilities."""

from __future__ import annotations

import numpy as np

from openloop.auditing.recorded_sampling import RecordedSampling, RecordsSampling
from openloop.auditing.row_arrays import RowArrays
from openloop.auditing.section import SectionInput, SectionResult
from openloop.errors import DataError
from openloop.measures.information_gain import information_gain, kept_mass_bound
from openloop.measures.weighted_meanings import length_normalised

NAME = "information gain (nats that the model adds to its prompts)"
EXAMPLE_TOP_P = 0.9
AS_SAMPLED = RecordedSampling(1.0, 1.0, of_model=False)


def measure(given: SectionInput) -> SectionResult:
    """``information.gain``, also a token."""
    arrays, result = given.arrays, SectionResult()
    if arrays.logprob is None or np.isnan(arrays.logprob).all():
        result.unmeasured.append(
            f"{NAME}: no column of log-probabilities (logprob, cumulative_logprob, or a list of token_logprobs)"
        )
        return result
    if given.reader.roles.log is not None:
        result.unmeasured.append(f"{NAME}: a tool's log says how probable answers are, and not that they were drawn so")
        return result
    source = given.reader.source
    recorded = source.samplings if isinstance(source, RecordsSampling) else None
    if recorded is not None and len(recorded) != 1:
        result.unmeasured.append(f"{NAME}: rows were drawn in {len(recorded):,} ways; audit one --arm, --round alone")
        return result
    sampling = AS_SAMPLED if recorded is None else recorded[0]
    try:
        _add(arrays, sampling, given.options.level, result)
    except DataError as error:
        result.unmeasured.append(f"{NAME}: {str(error).removeprefix('information_gain: ').rstrip('.')}")
        return result
    if recorded is None:
        result.said.append(
            f"log-probability of a completion = {arrays.logprob_column}, of the sampler after temperature and top-p; "
            "many servers report the model's before them: then information.gain is too high, under top-p "
            f"{EXAMPLE_TOP_P:g} by up to {kept_mass_bound(EXAMPLE_TOP_P, 1):.3f} nats a token"
        )
    return result


def _add(arrays: RowArrays, sampling: RecordedSampling, level: float, result: SectionResult) -> None:
    assert arrays.logprob is not None
    found = information_gain(
        arrays.logprob,
        arrays.prompt,
        n_tokens=arrays.n_tokens,
        cut_off=arrays.cut_off,
        temperature=sampling.temperature,
        top_p=sampling.top_p,
        of_model=sampling.of_model,
        level=level,
    )
    result.add("information.gain", found.completion)
    if found.token is not None:
        result.add("information.gain", found.token, "unit=token")
    if arrays.n_tokens is not None and not (arrays.n_tokens < 1).any():
        normalised = length_normalised(arrays.logprob, arrays.n_tokens, arrays.prompt, level)
        result.add("entropy.length_normalised", normalised)
