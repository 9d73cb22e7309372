"""Function bodies that the stand-in writes: how often the right one, the right one, and the wrong ones."""

ANSWERS: dict[str, tuple[float, list[str]]] = {
    "second_largest": (
        0.45,
        [
            """\
    found = sorted(set(numbers))
    return found[-2] if len(found) > 1 else None
""",
            """\
    return sorted(numbers)[-2]
""",
            """\
    return sorted(set(numbers))[-2]
""",
            """\
    numbers.remove(max(numbers))
    return max(numbers)
""",
        ],
    ),
    "run_lengths": (
        0.6,
        [
            """\
    from itertools import groupby
    return [(c, len(list(run))) for c, run in groupby(text)]
""",
            """\
    return [(c, text.count(c)) for c in dict.fromkeys(text)]
""",
            """\
    runs = []
    for c in text:
        if runs and runs[-1][0] == c:
            runs[-1][1] += 1
        else:
            runs.append([c, 1])
    return runs
""",
        ],
    ),
    "is_palindrome": (
        0.7,
        [
            """\
    kept = [c.lower() for c in text if c.isalnum()]
    return kept == kept[::-1]
""",
            """\
    return text == text[::-1]
""",
            """\
    kept = text.lower().replace(' ', '')
    return kept == kept[::-1]
""",
            """\
    kept = [c for c in text if c.isalnum()]
    return kept == kept[::-1]
""",
        ],
    ),
    "digits_sum": (
        0.9,
        [
            """\
    return sum(int(d) for d in str(abs(number)))
""",
            """\
    return sum(int(d) for d in str(number))
""",
            """\
    return number % 9
""",
        ],
    ),
    "merge_intervals": (
        0.3,
        [
            """\
    merged = []
    for start, end in sorted(intervals):
        if merged and start <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], end)
        else:
            merged.append([start, end])
    return merged
""",
            """\
    merged = []
    for start, end in sorted(intervals):
        if merged and start <= merged[-1][1]:
            merged[-1][1] = end
        else:
            merged.append([start, end])
    return merged
""",
            """\
    merged = []
    for start, end in intervals:
        if merged and start <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], end)
        else:
            merged.append([start, end])
    return merged
""",
        ],
    ),
    "roman": (
        0.25,
        [
            """\
    signs = [(1000, 'M'), (900, 'CM'), (500, 'D'), (400, 'CD'), (100, 'C'), (90, 'XC'), (50, 'L'), (40, 'XL'),
             (10, 'X'), (9, 'IX'), (5, 'V'), (4, 'IV'), (1, 'I')]
    said = ''
    for value, sign in signs:
        while number >= value:
            said, number = said + sign, number - value
    return said
""",
            """\
    said = ''
    for value, sign in [(1000, 'M'), (500, 'D'), (100, 'C'), (50, 'L'), (10, 'X'), (5, 'V'), (1, 'I')]:
        said += sign * (number // value)
        number %= value
    return said
""",
        ],
    ),
    "median": (
        0.55,
        [
            """\
    found, half = sorted(numbers), len(numbers) // 2
    return found[half] if len(found) % 2 else (found[half - 1] + found[half]) / 2
""",
            """\
    return sorted(numbers)[len(numbers) // 2]
""",
            """\
    half = len(numbers) // 2
    return numbers[half] if len(numbers) % 2 else (numbers[half - 1] + numbers[half]) / 2
""",
        ],
    ),
    "transpose": (
        0.6,
        [
            """\
    return [list(column) for column in zip(*rows)]
""",
            """\
    return list(zip(*rows))
""",
            """\
    return [[rows[j][i] for j in range(len(rows))] for i in range(len(rows))]
""",
        ],
    ),
    "count_words": (
        0.5,
        [
            """\
    import re
    found = {}
    for word in re.findall(r'\\w+', text.lower()):
        found[word] = found.get(word, 0) + 1
    return found
""",
            """\
    found = {}
    for word in text.lower().split():
        found[word] = found.get(word, 0) + 1
    return found
""",
            """\
    return {word: text.count(word) for word in text.lower().split()}
""",
        ],
    ),
    "primes_below": (
        0.65,
        [
            """\
    return [p for p in range(2, n) if all(p % q for q in range(2, int(p**0.5) + 1))]
""",
            """\
    return [p for p in range(2, n + 1) if all(p % q for q in range(2, p))]
""",
            """\
    return [p for p in range(1, n) if all(p % q for q in range(2, p))]
""",
            """\
    return [p for p in range(2, n) if all(p % q for q in range(2, int(p**0.5)))]
""",
        ],
    ),
    "balanced": (
        0.4,
        [
            """\
    pairs, held = {')': '(', ']': '[', '}': '{'}, []
    for c in text:
        if c in '([{':
            held.append(c)
        elif c in pairs and (not held or held.pop() != pairs[c]):
            return False
    return not held
""",
            """\
    return all(text.count(a) == text.count(b) for a, b in ('()', '[]', '{}'))
""",
            """\
    pairs, held = {')': '(', ']': '[', '}': '{'}, []
    for c in text:
        if c in '([{':
            held.append(c)
        elif c in pairs and held.pop() != pairs[c]:
            return False
    return not held
""",
        ],
    ),
    "flatten": (
        0.5,
        [
            """\
    flat = []
    for item in nested:
        flat += flatten(item) if isinstance(item, list) else [item]
    return flat
""",
            """\
    return [x for item in nested for x in (item if isinstance(item, list) else [item])]
""",
            """\
    return sum(nested, [])
""",
        ],
    ),
    "binary_gap": (
        0.35,
        [
            """\
    return max((len(gap) for gap in f'{n:b}'.strip('0').split('1')), default=0)
""",
            """\
    return max(len(gap) for gap in f'{n:b}'.split('1'))
""",
            """\
    return f'{n:b}'.count('0')
""",
        ],
    ),
    "rotate": (
        0.3,
        [
            """\
    if not values:
        return []
    k %= len(values)
    return values[-k:] + values[:-k] if k else list(values)
""",
            """\
    return values[-k:] + values[:-k]
""",
            """\
    k %= len(values)
    return values[-k:] + values[:-k]
""",
            """\
    return values[k:] + values[:k]
""",
        ],
    ),
    "change": (
        0.1,
        [
            """\
    best = [0] + [amount + 1] * amount
    for total in range(1, amount + 1):
        best[total] = min([best[total - c] + 1 for c in coins if c <= total], default=amount + 1)
    return best[amount] if best[amount] <= amount else -1
""",
            """\
    used = 0
    for coin in sorted(coins, reverse=True):
        used += amount // coin
        amount %= coin
    return -1 if amount else used
""",
        ],
    ),
    "anagrams": (
        0.4,
        [
            """\
    groups = {}
    for word in sorted(words):
        groups.setdefault(''.join(sorted(word)), []).append(word)
    return sorted(groups.values())
""",
            """\
    groups = {}
    for word in words:
        groups.setdefault(''.join(sorted(word)), []).append(word)
    return list(groups.values())
""",
            """\
    return [[word] for word in sorted(words)]
""",
        ],
    ),
}
