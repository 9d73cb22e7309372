"""openloop's first example in one file, without openloop. Read this to see what a loop is.

A tiny transformer learns 3-digit addition from 450 true sums. Then, round by round, it answers fresh problems
and is trained on its own answers as they come (`closed`), on those that a checker accepts (`verified`), or on true
sums (`oracle`), 2,000 rows each. The same loop through the library, with everything that makes it durable, is
addition/recipe.yaml. On one machine both give the same numbers to the last digit.

    python examples/minimal_loop.py            # about 50 seconds a seed on one core

Axis letters: B rows, T tokens, D width, H heads, V vocabulary (12 characters and an end token).
"""

import hashlib
import json
import math
import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

sys.path.insert(0, str(Path(__file__).parent / "addition"))
import task

ALPHABET = "0123456789+="
END = len(ALPHABET)
D, LAYERS, HEADS, CONTEXT = 64, 2, 4, 16
ROUNDS, TRAIN_ROWS, BATCH_PROMPTS, PART, MAX_TOKENS = 3, 2000, 2048, 1024, 5
GENERATOR = {"steps": 800, "lr": 0.003}
STUDENT = {"steps": 250, "lr": 0.001}


# ---- random numbers: a seed for every purpose, so that no draw depends on another -------------------------------


def derive(*parts):
    """A seed in [0, 2⁶³) from the names of what it is for."""
    text = "\x1f".join(map(str, parts)).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big") >> 1


def uniforms(seeds, n):
    """Uniform numbers [N, n]; row i is a function of seeds[i] alone (SplitMix64)."""
    with np.errstate(over="ignore"):
        z = np.asarray(seeds, np.uint64)[:, None]
        z = z + np.uint64(0x9E3779B97F4A7C15) * np.arange(1, n + 1, dtype=np.uint64)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(11)).astype(np.float64) * 2.0**-53


# ---- the model ------------------------------------------------------------------------------------------------


class Block(nn.Module):
    """Pre-norm attention and feed-forward."""

    def __init__(self):
        super().__init__()
        self.norm_attention, self.norm_mlp = nn.LayerNorm(D), nn.LayerNorm(D)
        self.qkv, self.out = nn.Linear(D, 3 * D, bias=False), nn.Linear(D, D, bias=False)
        self.up, self.down = nn.Linear(D, 4 * D), nn.Linear(4 * D, D)

    def forward(self, x, past):
        b, t, _ = x.shape
        q, k, v = self.qkv(self.norm_attention(x)).view(b, t, 3, HEADS, D // HEADS).permute(2, 0, 3, 1, 4)
        if past is not None:
            k, v = torch.cat([past[0], k], 2), torch.cat([past[1], v], 2)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=past is None and t > 1)
        x = x + self.out(y.transpose(1, 2).reshape(b, t, D))
        return x + self.down(F.gelu(self.up(self.norm_mlp(x)))), (k, v)


class Network(nn.Module):
    """Token ids [B, T] to logits [B, T, V], with a cache of keys and values."""

    def __init__(self, seed):
        super().__init__()
        torch.manual_seed(seed)
        self.token, self.position = nn.Embedding(END + 1, D), nn.Embedding(CONTEXT, D)
        self.blocks = nn.ModuleList(Block() for _ in range(LAYERS))
        self.norm, self.head = nn.LayerNorm(D), nn.Linear(D, END + 1, bias=False)
        for parameter in self.parameters():
            if parameter.dim() == 2:
                nn.init.normal_(parameter, std=0.02)

    def forward(self, tokens, past=None):
        start = past[0][0].shape[2] if past else 0
        x, cache = self.token(tokens) + self.position.weight[start : start + tokens.shape[1]], []
        for layer, block in enumerate(self.blocks):
            x, mine = block(x, past[layer] if past else None)
            cache.append(mine)
        return self.head(self.norm(x)), cache


def encode(text):
    """Characters as token ids."""
    return [ALPHABET.index(character) for character in text]


def train(network, rows, seed, steps, lr, batch=128):
    """A copy of the network trained on (prompt, completion) rows; the loss is on completions and their end."""
    student = Network(0)
    student.load_state_dict(network.state_dict())
    t = max(len(prompt) + len(answer) for prompt, answer in rows)
    inputs, targets = np.full((len(rows), t), END), np.full((len(rows), t), -100)
    for i, (prompt, answer) in enumerate(rows):
        p, n = len(prompt), len(prompt) + len(answer)
        inputs[i, :n] = encode(prompt + answer)
        targets[i, p - 1 : n] = [*encode(answer), END]
    inputs, targets = torch.from_numpy(inputs), torch.from_numpy(targets)
    generator = torch.Generator().manual_seed(seed)
    epochs = math.ceil(steps * batch / len(rows))
    order = torch.cat([torch.randperm(len(rows), generator=generator) for _ in range(epochs)])
    optimizer = torch.optim.AdamW(student.parameters(), lr=lr, weight_decay=0.01, fused=True)
    for step in range(steps):  # 20 steps of warm-up, then flat, then down to zero over the last fifth
        optimizer.param_groups[0]["lr"] = lr * min(1.0, (step + 1) / 20, (steps - step) / (0.2 * steps))
        mine = order[step * batch : (step + 1) * batch]
        loss = F.cross_entropy(student(inputs[mine])[0].flatten(0, 1), targets[mine].flatten())
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
    return student


@torch.inference_mode()
def answer(network, prompts, ids, seed, temperature):
    """One completion per prompt; sample i is decided by its own seed. Batches of PART prompts."""
    answers = []
    for start in range(0, len(prompts), PART):
        part = slice(start, start + PART)
        luck = torch.from_numpy(uniforms([derive(seed, i, 0) for i in ids[part]], MAX_TOKENS))
        tokens = torch.tensor([encode(prompt) for prompt in prompts[part]])
        drawn = torch.full((len(tokens), MAX_TOKENS), END)
        going = torch.ones(len(tokens), dtype=torch.bool)
        logits, cache = network(tokens)
        for step in range(MAX_TOKENS):
            if temperature == 0:
                p = F.one_hot(logits[:, -1].argmax(-1), END + 1).double()
            else:
                p = torch.softmax(logits[:, -1].double() / temperature, -1)
            cdf = p.cumsum(-1)
            token = torch.searchsorted(cdf, luck[:, step : step + 1] * cdf[:, -1:], right=True)
            token = torch.where(going[:, None], token.clamp(max=END), END)
            drawn[:, step] = token.squeeze(-1)
            going &= drawn[:, step] != END
            if not going.any() or step == MAX_TOKENS - 1:
                break
            logits, cache = network(token, cache)
        for row in drawn.tolist():
            row = row[: row.index(END)] if END in row else row
            answers.append("".join(ALPHABET[token] for token in row))
    return answers


# ---- the loop -------------------------------------------------------------------------------------------------


def ids_of(rows):
    """A name for each row: a hash of its content, and a number where the same row comes again."""
    seen, ids = {}, []
    for row in rows:
        text = json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        digest = hashlib.sha256(text.encode()).hexdigest()[:16]
        repeat = seen[digest] = seen.get(digest, -1) + 1
        ids.append(f"{digest}-{repeat}" if repeat else digest)
    return ids


def gather(network, arm, seed, number):
    """Rows to train on: batches of fresh problems, answered and selected, until there are TRAIN_ROWS."""
    kept, batch = [], 0
    while len(kept) < TRAIN_ROWS:
        rows = task.problems(derive("prompts", seed, number), batch * BATCH_PROMPTS, BATCH_PROMPTS)
        prompts = [row["prompt"] for row in rows]
        if arm == "oracle":
            answers = [row["answer"] for row in rows]
        else:
            answers = answer(network, prompts, ids_of(rows), derive("sample", seed, number, batch), 1.0)
        pairs = list(zip(prompts, answers, strict=True))
        kept += [pair for pair in pairs if task.correct(*pair)] if arm == "verified" else pairs
        batch += 1
    return kept[:TRAIN_ROWS]


def accuracy(network):
    """Share of test problems whose greedy answer is right."""
    rows = task.test()
    answers = answer(network, [row["prompt"] for row in rows], ids_of(rows), 0, 0.0)
    return sum(row["answer"] == mine for row, mine in zip(rows, answers, strict=True)) / len(rows)


def run(seed, arms=("closed", "verified", "oracle")):
    """Accuracies [generator, round 1, ...] of each arm; every arm starts from the same generator."""
    torch.set_num_threads(1)
    real = [(row["prompt"], row["answer"]) for row in task.real()]
    generator = train(Network(derive("init", seed)), real, derive("train", seed, 0), **GENERATOR)
    first, accuracies = accuracy(generator), {}
    for arm in arms:
        student, accuracies[arm] = generator, [first]
        for number in range(1, ROUNDS + 1):
            rows = gather(student, arm, seed, number)
            student = train(student, rows, derive("train", seed, number), **STUDENT)
            accuracies[arm].append(accuracy(student))
    return accuracies


if __name__ == "__main__":
    for seed in map(int, sys.argv[1:] or ["0"]):
        for arm, values in run(seed).items():
            print(f"seed {seed}  {arm:<9}", "  ".join(f"{value:.4f}" for value in values), flush=True)
