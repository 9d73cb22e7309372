from __future__ import annotations

import tracemalloc

import numpy as np

from openloop.measures.text_codes import text_codes


def test_equal_texts_have_equal_codes_in_the_order_in_which_they_first_come() -> None:
    np.testing.assert_array_equal(text_codes(["b", "a", "b", "", "a\0", "a"]), [0, 1, 0, 2, 3, 1])
    assert text_codes([]).shape == (0,) and text_codes([]).dtype == np.int64


def test_one_long_text_costs_the_others_nothing() -> None:
    texts = [*(str(i) for i in range(2_000)), "long " * 20_000]
    tracemalloc.start()
    text_codes(texts)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 2_000_000  # 800 million as an array of texts
