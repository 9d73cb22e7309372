"""Measures on vectors beside a float32 matrix product of the same shapes, and beside what people use instead.

Rates are of the arithmetic of the whole product (n x m x D multiplications and additions for NormSim, two of n x n x D
for HSIC) over the rate of numpy's product of the same blocks, in one process of one thread, in turn, medians of
--repeats. Each measure also runs in a process of its own, whose largest resident memory is printed. Libraries (vendi-
score, pyHSIC, dcor, scikit-learn, mauve-text) are installed by pip, each in an environment of its own under --folder.

Limits: NormSim .9 and HSIC .6 of the product's rate, 1 GiB each; 200 permutations at most 15 evaluations; 5 times as
fast as each library.

python benchmarks/measures.py --normsim 20000 --hsic 10000 --peers none
"""

# ruff: noqa: E402

import argparse
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"  # before numpy counts them

import numpy as np

from measure import ROOT, cost, verdict
from openloop.measures.hsic import hsic
from openloop.measures.normsim import normsim
from openloop.measures.vendi import vendi2
from peers import environment

D = 384
GIBIBYTE = 1024
PEERS = {
    "vendi-score": ("vendi-score", "from vendi_score import vendi\nvendi.score_dual(x, q=2, normalize=True)"),
    "scikit-learn": ("scikit-learn", "from sklearn.neighbors import NearestNeighbors\n"
                     "NearestNeighbors(n_neighbors=1, metric='cosine', algorithm='brute').fit(y).kneighbors(x)"),
    "dcor": ("dcor", "import dcor\ndcor.u_distance_correlation_sqr(x.astype('float64'), y.astype('float64'))"),
    "pyHSIC": ("pyHSIC", "from pyHSIC.HSIC import hsic_gam\nhsic_gam(x.astype('float64'), y.astype('float64'))"),
    "mauve": ("mauve-text scikit-learn faiss-cpu", "import mauve\n"
              "mauve.compute_mauve(p_features=x, q_features=y, verbose=False)"),
}  # fmt: skip
"""Name → what pip installs, and its use on x and y [n, D]."""
OURS = {"vendi-score": "vendi", "scikit-learn": "normsim", "dcor": "hsic", "pyHSIC": "hsic", "mauve": "mmd"}
"""Which measure of ours each is compared with."""


def vectors(n, seed=0):
    x = np.random.default_rng(seed).standard_normal((n, D), dtype=np.float32)
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def seconds(work):
    """CPU seconds, which on a machine that others use too say more than the clock."""
    began = time.process_time()
    work()
    return time.process_time() - began


def product(n, m, block=1024, wide=1024):
    """Seconds of the bare product of n x D by D x m, block by block into one buffer."""
    x, y, out = vectors(n), vectors(m, 1), np.empty((block, wide), np.float32)
    began = time.process_time()
    for i in range(0, n, block):
        for j in range(0, m, wide):
            a, b = x[i : i + block], y[j : j + wide].T
            np.matmul(a, b, out=out[: a.shape[0], : b.shape[1]])
    return time.process_time() - began


def alone(name, n):
    """CPU seconds of one measure; what ``--alone`` does in a process of its own."""
    x, y, rng = vectors(n), vectors(n, 1), np.random.default_rng(0)
    return seconds(lambda: call(name, x, y, rng))


def call(name, x, y, rng):
    if name == "normsim":
        normsim(x, y, where=False)
    elif name == "hsic":
        hsic(x, y, rng=rng, permutations=0)
    elif name == "vendi":
        vendi2(x)
    else:
        from openloop.measures.mmd import mmd

        mmd(x, y, rng=rng)


def peer(folder, name, n):
    """Seconds of a library's call on n rows, imports taken off, and why there are none."""
    packages, use = PEERS[name]
    python, why = environment(folder, name, packages)
    if python is None:
        return None, why
    imports, _, call = use.partition("\n")
    program = (
        f"import numpy as np, time\n{imports}\nrng = np.random.default_rng(0)\n"
        f"x, y = (rng.standard_normal((2, {n}, {D})) / {D}**.5).astype('float32')\n"
        f"began = time.process_time()\n{call}\nprint('took', time.process_time() - began)\n"
    )
    clean = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    try:
        done = subprocess.run([python, "-c", program], capture_output=True, text=True, env=clean, timeout=500)
    except subprocess.TimeoutExpired:
        return None, "not done after 500 s"
    took = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("took")]
    return (
        (float(took[0]), "")
        if took
        else (None, (done.stderr.strip().splitlines() or [f"status {done.returncode}"])[-1][:160])
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--normsim", type=int, default=100_000, help="rows of each side")
    parser.add_argument("--hsic", type=int, default=50_000)
    parser.add_argument("--permuted", type=int, default=20_000, help="rows whose prompts are permuted 200 times")
    parser.add_argument("--rows", type=int, default=20_000, help="rows beside the libraries")
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--peers", default=",".join(PEERS), help=f"of {', '.join(PEERS)}; none")
    parser.add_argument("--folder", type=Path, help="environments are made and kept here (default: a temporary one)")
    parser.add_argument("--alone", nargs=2, metavar=("MEASURE", "N"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.alone:
        alone(options.alone[0], int(options.alone[1]))
        return
    beside_the_product(options)
    permutations(options.permuted)
    wanted = [] if options.peers == "none" else options.peers.split(",")
    if strange := set(wanted) - PEERS.keys():
        parser.error(f"no peer {', '.join(sorted(strange))}; there are {', '.join(PEERS)}, or none")
    with tempfile.TemporaryDirectory() as temporary:
        for name in wanted:
            took, why = peer((options.folder or Path(temporary)).resolve(), name, options.rows)
            mine = alone(OURS[name], options.rows)
            if took is None:
                print(f"{name}: {why}   openloop's {OURS[name]}: {mine:.2f} s")
            else:
                print(f"{name}: {took:.2f} s, openloop's {OURS[name]} {mine:.2f} s")
                verdict(f"{name} over openloop, n = {options.rows:,}", took / mine, 5, at_least=True)


def beside_the_product(options):
    for name, n, times, least in (("normsim", options.normsim, 1, 0.9), ("hsic", options.hsic, 2, 0.6)):
        if not n:
            continue
        bare, took = [], []
        for _ in range(options.repeats):
            bare.append(times * product(n, n))
            took.append(alone(name, n))
        rate = statistics.median(b / t for b, t in zip(bare, took, strict=True))
        print(f"{name}, n = {n:,}: {statistics.median(took):.1f} s; the product {statistics.median(bare):.1f} s")
        verdict(f"{name}: share of the product's rate", rate, least, at_least=True)
        peak = cost(ROOT / "benchmarks" / "measures.py", "--alone", name, n).peak
        verdict(f"{name}: largest resident memory", peak, GIBIBYTE, " MiB")


def permutations(n):
    x, y, rng = vectors(n), vectors(n, 1), np.random.default_rng(0)
    one = seconds(lambda: hsic(x, y, rng=rng, permutations=0))
    many = seconds(lambda: hsic(x, y, rng=rng, permutations=200))
    verdict(f"200 permutations of HSIC, n = {n:,}, over one evaluation", (many - one) / one, 15)


if __name__ == "__main__":
    main()
