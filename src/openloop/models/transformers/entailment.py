"""Whether one text follows from another, by a network for natural-language inference in a folder."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from openloop.errors import InputError, require_installed


@dataclass(frozen=True)
class Entailment:
    """See :func:`entailment`."""

    folder: Path
    device: str
    threads: int | None

    def __call__(self, premise: str, hypothesis: str) -> bool:
        from openloop.models.torch_threads import inference

        network, tokenizer, label = self._loaded
        with inference(self.threads):
            read = tokenizer(premise, hypothesis, truncation=True, return_tensors="pt").to(self.device)
            return int(network(**read).logits[0].argmax()) == label

    @cached_property
    def _loaded(self) -> tuple[Any, Any, int]:
        """Network, tokenizer, and the label that means that the second text follows."""
        from transformers import AutoModelForSequenceClassification, AutoTokenizer

        try:
            tokenizer = AutoTokenizer.from_pretrained(self.folder)
            network = AutoModelForSequenceClassification.from_pretrained(self.folder).eval().to(self.device)
        except (OSError, ValueError, RuntimeError) as error:
            raise InputError(f"entailment: {self.folder} cannot be loaded: {str(error).splitlines()[0]}") from None
        names = {code: str(name).lower() for code, name in network.config.id2label.items()}
        meant = [code for code, name in names.items() if name.startswith("entail")]
        if len(meant) != 1:
            raise InputError(
                f"entailment: {self.folder} has no label `entailment` among {', '.join(names.values())}. Give a "
                "network that was trained on natural-language inference (MNLI)."
            )
        return network, tokenizer, int(meant[0])


def entailment(folder: str | Path, *, device: str = "cpu", threads: int | None = None) -> Entailment:
    """``entails(a, b)`` for :func:`openloop.measures.meaning_clusters.by_entailment`: whether b follows from a.

    ``folder`` holds a sequence classifier of the Hugging Face transformers library with a label ``entailment``. Texts
    longer than it reads are cut at its length. Put the prompt before both texts where they answer a question. Raises
    InputError.
    """
    require_installed("entailment", "transformers", "train")
    path = Path(folder).expanduser()
    if not (path / "config.json").exists():
        raise InputError(f"entailment: {path} holds no network (no config.json). Give the folder of a downloaded one.")
    return Entailment(path, device, threads)
