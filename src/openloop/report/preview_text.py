"""A preview of a recipe as text: prompts, replies, items, verdicts, what filters drop, what it cost and gave."""

from __future__ import annotations

from collections import Counter

from openloop.measures.estimate_text import estimate_text
from openloop.recipe.preview import Preview, PreviewedReply
from openloop.report.blocks import Block, EmptyLine, Lines, Table
from openloop.report.plain_text import one_line
from openloop.report.rows_shown import TEXT_COLUMNS, verdict_lines

CUT = 600
"""Characters of a prompt or reply that are shown."""
ITEM = 200


def preview_blocks(shown: Preview) -> list[Block]:
    """Every reply with what became of it, then the sums."""
    blocks: list[Block] = [Lines(list(shown.said))]
    for number, reply in enumerate(shown.replies, 1):
        what = "" if all(one.step == "answer" for one in shown.replies) else f", {reply.step}"
        blocks += [EmptyLine(), Lines([f"{number} of {len(shown.replies)}{what}"], "bold")]
        blocks.append(Table(TEXT_COLUMNS, _lines(reply)))
    return [*blocks, EmptyLine(), Lines(_sums(shown))]


def _lines(reply: PreviewedReply) -> list[list[str]]:
    lines = [["prompt", one_line(reply.prompt, CUT)]]
    if reply.failure:
        return [*lines, ["failed", one_line(reply.failure, CUT)]]
    lines.append(["reply", one_line(reply.reply, CUT) or "(empty)"])
    if reply.parsed and not reply.rows:
        lines.append(["items", "none was found"])
    for row in reply.rows:
        if reply.parsed:
            lines.append(["item", one_line(row.completion, ITEM) or "(empty)"])
        lines += verdict_lines(row)
        lines.append(["→", "kept" if row.fate == "kept" else f"{row.fate}: {one_line(row.reason, ITEM)}"])
    return lines


def _sums(shown: Preview) -> list[str]:
    used = shown.sent.prompt_tokens + shown.sent.completion_tokens
    paid = f"{shown.sent.requests:,} of them paid for now: {used:,} tokens, {shown.money:.4f} in money"
    said = [f"{shown.requests:,} requests, {paid}"]
    if not shown.sent.requests:
        said = [f"{shown.requests:,} requests; none was paid for now"]
    fates = Counter(
        "kept" if row.fate == "kept" else f"{row.fate}: {row.reason}"
        for reply in shown.replies
        if reply.step == "answer"
        for row in reply.rows
    )
    said.append("rows: " + (", ".join(f"{n:,} {one_line(why, 80)}" for why, n in fates.most_common()) or "none"))
    if shown.seen is not None:
        said.append(
            f"yield: {estimate_text(shown.seen.rows)} rows kept per request, over {shown.seen.rows.n:,} requests"
        )
    said.append(
        "next: `openloop plan RECIPE` extrapolates this; `openloop run RECIPE` does not pay for these replies again"
    )
    return said
