"""``hf://`` paths: their form, a small Hub on this machine, and what is said where none is reached."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import openloop
from openloop.data.hub_files import is_hub, spelled
from openloop.errors import DataError

pytest.importorskip("huggingface_hub")
LINES = "".join(json.dumps({"prompt": f"What is {i}?", "completion": str(i)}) + "\n" for i in range(3)).encode()
FILES = {"owner/one": ["README.md", "data/train.jsonl"], "owner/two": ["data/test.jsonl", "data/train.jsonl"]}


class Hub(BaseHTTPRequestHandler):
    """Lists the files of ``FILES`` and serves each as ``LINES``."""

    def do_HEAD(self) -> None:
        self.answer(body=False)

    def do_GET(self) -> None:
        self.answer(body=True)

    def answer(self, *, body: bool) -> None:
        parts = self.path.partition("?")[0].strip("/").split("/")
        if parts[:2] == ["api", "datasets"] and "/".join(parts[2:4]) in FILES:
            held = FILES["/".join(parts[2:4])]
            if "tree" in parts:
                listed: object = [{"type": "file", "path": p, "size": len(LINES), "oid": "0" * 40} for p in held]
            else:
                listed = {"id": "/".join(parts[2:4]), "sha": "a" * 40, "siblings": [{"rfilename": p} for p in held]}
            self.send(200, json.dumps(listed).encode(), body)
        elif (
            parts[0] == "datasets"
            and parts[3] == "resolve"
            and "/".join(parts[5:]) in FILES.get("/".join(parts[1:3]), [])
        ):
            self.send(200, LINES, body, **{"ETag": '"x"', "X-Repo-Commit": "a" * 40})
        else:
            self.send(404, b"", body, **{"X-Error-Code": "RepoNotFound"})

    def send(self, status: int, content: bytes, body: bool, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), "Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if body:
            self.wfile.write(content)

    def log_message(self, *arguments: object) -> None:
        """Nothing on the terminal."""


@pytest.fixture(scope="module")
def hub() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def read(path: str, folder: Path, **environment: str) -> str:
    """What a program of its own prints that reads the path: the Hub's address is fixed when its client is imported."""
    code = (
        "import sys, openloop\n"
        "try: print([row['completion'] for row in openloop.read(sys.argv[1]).rows])\n"
        "except openloop.errors.DataError as error: print(error)\n"
    )
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    found = subprocess.run(
        [sys.executable, "-c", code, path],
        env=kept | {"HF_HOME": str(folder), "HF_HUB_DISABLE_XET": "1", **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return found.stdout.strip()


def test_a_path_keeps_what_people_wrote() -> None:
    assert is_hub(Path("hf://datasets/a/b")) and not is_hub(Path("datasets/a/b"))
    assert spelled(Path("hf://datasets/a/b@main/x.jsonl")) == "hf://datasets/a/b@main/x.jsonl"


@pytest.mark.parametrize("path", ["hf://datasets/a", "hf://a/b", "hf://models/a/b", "hf://datasets"])
def test_the_form_is_said(path: str) -> None:
    with pytest.raises(DataError, match=r"allowed: hf://datasets/OWNER/NAME, perhaps with @REVISION and /FILE"):
        openloop.read(path)


@pytest.mark.integration
def test_data_sets_of_the_hub_are_read(hub: str, tmp_path: Path) -> None:
    rows = "['0', '1', '2']"
    for path in (
        "hf://datasets/owner/one",
        "hf://datasets/owner/one@main/data",
        "hf://datasets/owner/two/data/test.jsonl",
    ):
        assert read(path, tmp_path, HF_ENDPOINT=hub) == rows
    said = read("hf://datasets/owner/two", tmp_path, HF_ENDPOINT=hub)
    assert said == (
        "hf://datasets/owner/two: several files or splits. Name one: hf://datasets/owner/two/data/test.jsonl "
        "hf://datasets/owner/two/data/train.jsonl"
    )
    assert "no data files there" in read("hf://datasets/owner/one/nowhere", tmp_path, HF_ENDPOINT=hub)
    assert "no such data set" in read("hf://datasets/owner/none", tmp_path, HF_ENDPOINT=hub)
    kept = read("hf://datasets/owner/two/data/test.jsonl", tmp_path, HF_HUB_OFFLINE="1")
    assert kept == rows, "what was downloaded once is read offline"


@pytest.mark.integration
@pytest.mark.parametrize("path", ["hf://datasets/owner/one", "hf://datasets/owner/one/data/train.jsonl"])
def test_without_the_hub_one_sentence_says_so(path: str, tmp_path: Path) -> None:
    said = read(path, tmp_path, HF_HUB_OFFLINE="1")
    assert said.startswith(f"{path}: it is not in the local cache, and the Hub cannot be reached")
    assert "\n" not in said
