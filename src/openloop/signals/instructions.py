"""The 25 verifiable instructions of IFEval (Zhou et al. 2023), each a function of a response and its arguments.

    FOLLOWED["keywords:frequency"]("to be or not to be", keyword="be", frequency=2, relation="at least")

What counts as a paragraph, a bullet or a title is what that benchmark counts as one, faults included: a keyword also
matches inside a word, forbidden words only as a whole. Lengths are words, sentences, paragraphs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

Instruction = Callable[..., bool]
MARKS = ".,?!'\""
ANSWERS = ("My answer is yes.", "My answer is no.", "My answer is maybe.")


def exists(said: str, *, keywords: list[str]) -> bool:
    return all(re.search(re.escape(keyword), said, re.IGNORECASE) for keyword in keywords)


def frequency(said: str, *, keyword: str, frequency: int, relation: str) -> bool:
    return _holds(len(re.findall(re.escape(keyword.strip()), said, re.IGNORECASE)), relation, frequency)


def forbidden(said: str, *, forbidden_words: list[str]) -> bool:
    return not any(re.search(rf"\b{re.escape(word)}\b", said, re.IGNORECASE) for word in forbidden_words)


def letters(said: str, *, letter: str, let_frequency: int, let_relation: str) -> bool:
    return _holds(said.lower().count(letter.lower()), let_relation, let_frequency)


def language(said: str, *, language: str) -> bool:
    return _language(said) in (language, None)


def sentences(said: str, *, num_sentences: int, relation: str) -> bool:
    from nupunkt import sent_tokenize

    return _holds(len(sent_tokenize(said)), relation, num_sentences)


def paragraphs(said: str, *, num_paragraphs: int) -> bool:
    """Parted by ``***``; none but the first and the last may be empty."""
    return _inner(re.split(r"\s?\*\*\*\s?", said), num_paragraphs)


def words(said: str, *, num_words: int, relation: str) -> bool:
    return _holds(len(re.findall(r"\w+", said)), relation, num_words)


def first_word(said: str, *, num_paragraphs: int, nth_paragraph: int, first_word: str) -> bool:
    """Paragraphs are parted by an empty line here, and empty ones do not count."""
    parts = said.split("\n\n")
    count = sum(bool(part.strip()) for part in parts)
    if not nth_paragraph <= count:
        return False
    opening = parts[nth_paragraph - 1].split()
    said_first = re.split(f"[{MARKS}]", opening[0].lstrip("'").lstrip('"'))[0] if opening else ""
    return count == num_paragraphs and said_first.lower() == first_word.lower()


def placeholders(said: str, *, num_placeholders: int) -> bool:
    found = 0
    for line in said.split("\n"):  # by hand: a pattern takes a square of the steps on a text of open brackets
        opened = line.find("[")
        while opened >= 0 and (closed := line.find("]", opened)) >= 0:
            found, opened = found + 1, line.find("[", closed)
    return found >= num_placeholders


def postscript(said: str, *, postscript_marker: str) -> bool:
    spelled = {"P.P.S": r"p\.\s?p\.\s?s", "P.S.": r"p\.\s?s\."}
    pattern = spelled.get(postscript_marker.strip(), re.escape(postscript_marker.lower()))
    return re.search(pattern, said.lower()) is not None


def bullets(said: str, *, num_bullets: int) -> bool:
    starred, dashed = r"^[^\S\n]*\*[^\*].*$", r"^[^\S\n]*-.*$"
    return sum(len(re.findall(p, said, re.MULTILINE)) for p in (starred, dashed)) == num_bullets


def answered(said: str) -> bool:
    return any(answer in said for answer in ANSWERS)


def highlights(said: str, *, num_highlights: int) -> bool:
    once, twice = re.findall(r"\*([^\n\*]*)\*", said), re.findall(r"\*\*([^\n\*]*)\*\*", said)
    return sum(bool(part.strip()) for part in once + twice) >= num_highlights


def sections(said: str, *, section_spliter: str, num_sections: int) -> bool:
    return len(re.findall(rf"{re.escape(section_spliter.strip())}\s?\d+", said)) >= num_sections


def is_json(said: str) -> bool:
    said = re.sub(r"^\s*```(?:json|Json|JSON)?|```\s*$", "", said)
    try:
        json.loads(said)
    except (ValueError, RecursionError):
        return False
    return True


def title(said: str) -> bool:
    for line in said.split("\n"):
        opened, closed = line.find("<<"), line.rfind(">>")
        if 0 <= opened < closed - 2 and line[opened : closed + 2].strip("<>").strip():
            return True
    return False


def repeats(said: str, *, prompt_to_repeat: str) -> bool:
    return said.strip().lower().startswith(prompt_to_repeat.strip().lower())


def two_responses(said: str) -> bool:
    parts = said.split("******")
    return _inner(parts, 2) and len({part.strip() for part in parts if part.strip()}) == 2


def ends(said: str, *, end_phrase: str) -> bool:
    return said.strip().strip('"').lower().endswith(end_phrase.strip().lower())


def quoted(said: str) -> bool:
    said = said.strip()
    return len(said) > 1 and said[0] == said[-1] == '"'


def no_comma(said: str) -> bool:
    return "," not in said


def capitals(said: str) -> bool:
    return said.isupper() and language(said, language="en")


def lowercase(said: str) -> bool:
    return said.islower() and language(said, language="en")


def capital_words(said: str, *, capital_frequency: int, capital_relation: str) -> bool:
    from nltk.tokenize import NLTKWordTokenizer

    count = sum(word.isupper() for word in NLTKWordTokenizer().tokenize(said))
    return _holds(count, capital_relation, capital_frequency)


FOLLOWED: Mapping[str, Instruction] = {
    "keywords:existence": exists,
    "keywords:frequency": frequency,
    "keywords:forbidden_words": forbidden,
    "keywords:letter_frequency": letters,
    "language:response_language": language,
    "length_constraints:number_sentences": sentences,
    "length_constraints:number_paragraphs": paragraphs,
    "length_constraints:number_words": words,
    "length_constraints:nth_paragraph_first_word": first_word,
    "detectable_content:number_placeholders": placeholders,
    "detectable_content:postscript": postscript,
    "detectable_format:number_bullet_lists": bullets,
    "detectable_format:constrained_response": answered,
    "detectable_format:number_highlighted_sections": highlights,
    "detectable_format:multiple_sections": sections,
    "detectable_format:json_format": is_json,
    "detectable_format:title": title,
    "combination:repeat_prompt": repeats,
    "combination:two_responses": two_responses,
    "startend:end_checker": ends,
    "startend:quotation": quoted,
    "punctuation:no_comma": no_comma,
    "change_case:english_capital": capitals,
    "change_case:english_lowercase": lowercase,
    "change_case:capital_word_frequency": capital_words,
}
"""By the benchmark's name."""


def loosened(said: str) -> list[str]:
    """The forms of which one must follow, when read loosely: without a first or last line, without asterisks."""
    lines = said.split("\n")
    cut = [said, *("\n".join(part).strip() for part in (lines[1:], lines[:-1], lines[1:-1]))]
    return [form for text in cut for form in (text, text.replace("*", ""))]


def _holds(count: int, relation: str, bound: int) -> bool:
    if relation not in ("at least", "less than"):
        raise ValueError(f"relation must be 'at least' or 'less than', got {relation!r}")
    return count >= bound if relation == "at least" else count < bound


def _inner(parts: list[str], wanted: int) -> bool:
    """So many parts that are not empty, where only the outer two may be."""
    full = [bool(part.strip()) for part in parts]
    return all(full[1:-1]) and sum(full) == wanted


@cache
def _detectors() -> Any:
    from langdetect.detector_factory import PROFILES_DIRECTORY, DetectorFactory

    factory = DetectorFactory()
    factory.load_profile(PROFILES_DIRECTORY)
    return factory


def _language(said: str) -> str | None:
    """ISO code as langdetect guesses it, the same each time; None where nothing in the text tells."""
    from langdetect.lang_detect_exception import LangDetectException

    detector = _detectors().create()
    detector.seed = 0
    detector.append(said)
    try:
        return str(detector.detect())
    except LangDetectException:
        return None
