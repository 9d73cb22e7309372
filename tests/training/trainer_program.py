"""A trainer as somebody else's program: adds a number to every weight, and does what it is told to do wrong.

trainer_program.py --data D --model M --out O --seed S [--do WHAT]
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path


def main() -> None:
    words = argparse.ArgumentParser()
    for name in ("data", "model", "out", "seed"):
        words.add_argument(f"--{name}", required=True)
    words.add_argument("--do", default="")
    words.add_argument("--mark")
    asked = words.parse_args()
    out, model = Path(asked.out), Path(asked.model)
    rows = [json.loads(line) for line in Path(asked.data).read_text().splitlines()]
    sys.stdout.write(f"rows {len(rows)} first {json.dumps(rows[0], sort_keys=True)} seed {asked.seed}\n")
    if asked.do == "fails":
        sys.stderr.write("\n".join(f"line {i}" for i in range(100)))
        sys.exit(3)
    if asked.do == "hangs":
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        Path(asked.mark).write_text(f"{os.getpid()} {child.pid}")
        time.sleep(600)
    if asked.do == "nothing":
        return
    from safetensors.numpy import load_file, save_file

    shutil.copyfile(model / "config.json", out / "config.json")
    weights = load_file(model / "model.safetensors")
    changed = {name: value + int(asked.seed) % 7 * 0.01 + 0.001 * len(rows) for name, value in weights.items()}
    save_file(changed, out / "model.safetensors", {"format": "pt"})
    if asked.do == "half":
        save_file({name: value for name, value in changed.items() if ".1." not in name}, out / "model.safetensors")
    if asked.do == "other shapes":
        save_file({name: value[:1].copy() for name, value in changed.items()}, out / "model.safetensors")
    if asked.do == "no numbers":
        save_file({name: value * float("nan") for name, value in changed.items()}, out / "model.safetensors")
    if asked.do == "broken config":
        (out / "config.json").write_text("{")
    if asked.do == "broken index":
        (out / "model.safetensors.index.json").write_text("[]")
    if asked.do == "links":
        for file in out.iterdir():
            file.unlink()
        for file in model.iterdir():
            (out / file.name).symlink_to(file)
    if asked.do == "cut":
        whole = (out / "model.safetensors").read_bytes()
        (out / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    if asked.do == "other tokens":
        text = json.loads((model / "tokenizer.json").read_text())
        vocabulary = text["model"]["vocab"]
        vocabulary["a"], vocabulary["b"] = vocabulary["b"], vocabulary["a"]
        (out / "tokenizer.json").write_text(json.dumps(text))
        shutil.copyfile(model / "tokenizer_config.json", out / "tokenizer_config.json")


if __name__ == "__main__":
    main()
