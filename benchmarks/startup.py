"""How fast openloop starts, and what it does not import. Limits: --help 0.3 s, import 0.15 s.

python benchmarks/startup.py
"""

import subprocess
import sys
from statistics import median

from measure import cost, verdict

RUNS = 11
HEAVY = {"torch", "pandas", "sklearn", "scipy", "pyarrow", "pydantic"}


def loaded(code: str) -> set[str]:
    """Modules that are in memory after some code."""
    probe = f"import sys\n{code}\nprint(*[m for m in sys.modules if '.' not in m], file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    return set(done.stderr.split())


bare = median(cost("-c", "pass").wall for _ in range(RUNS))
print(f"python itself: {bare:.3f} s")
verdict("import openloop", median(cost("-c", "import openloop").wall for _ in range(RUNS)), 0.15, " s")
verdict("openloop --help", median(cost("-m", "openloop", "--help").wall for _ in range(RUNS)), 0.3, " s")
for what, code in {
    "import openloop": "import openloop",
    "openloop --help": "sys.argv = ['openloop', '--help']\ntry:\n    import openloop.cli; openloop.cli.main()\n"
    "except SystemExit: pass",
}.items():
    print(f"{what} brings along, of {sorted(HEAVY)}: {sorted(loaded(code) & HEAVY) or 'none'}")
