"""The array types of measures, theory and selection."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
"""Numbers; where a measure takes them, NaN is a value that is not known."""
Flags = NDArray[np.float64]
"""1 for yes, 0 for no, NaN for not known."""
Codes = NDArray[np.int64]
"""Whole numbers that name groups: prompts, classes, strata."""
Mask = NDArray[np.bool_]
"""Which rows are meant."""
Values32 = NDArray[np.float32]
"""Numbers in single precision, for simulations of many rows."""
