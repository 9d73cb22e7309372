"""Random models of the Hugging Face kind, small enough for a test."""

from __future__ import annotations

from pathlib import Path
from typing import Any

CHAT = (
    "{% for turn in messages %}<{{ turn.role }}>{{ turn.content }}<end>{% endfor %}"
    "{% if add_generation_prompt %}<assistant>{% endif %}"
)
CHATML = (
    "{% for turn in messages %}<|im_start|>{{ turn.role }}\n{{ turn.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
WITHOUT_END = (
    "{% for turn in messages %}{{ turn.role }}: {{ turn.content }}\n{% endfor %}"
    "{% if add_generation_prompt %}assistant: {% endif %}"
)
FORGETS_REASONING = (
    "{% for turn in messages %}<{{ turn.role }}>"
    "{{ turn.content if loop.last else turn.content.split('</think>')[-1] }}<end>{% endfor %}"
    "{% if add_generation_prompt %}<assistant>{% endif %}"
)


def make_model(
    folder: Path, *, seed: int = 0, chat: bool = True, scale: float = 0.6, template: str = CHAT, **config: Any
) -> Path:
    """A Llama of two layers over ASCII characters, with random weights. One character is one token."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    alphabet = [chr(i) for i in range(33, 127)] + ["Ġ", "Ċ"]  # printable ASCII, the blank and the line break
    tokenizer = Tokenizer(models.BPE(vocab={c: i for i, c in enumerate(alphabet)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    ends, more = "<end>", ["<user>", "<assistant>", "<system>"]
    if template == CHATML:
        ends, more = "<|im_end|>", ["<|im_start|>"]
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=ends, bos_token="<begin>")
    fast.add_special_tokens({"additional_special_tokens": more})
    if chat:
        fast.chat_template = template
    torch.manual_seed(seed)
    shape = {
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 256,
        "initializer_range": scale,
    }
    network = LlamaForCausalLM(LlamaConfig(vocab_size=len(fast), eos_token_id=fast.eos_token_id, **(shape | config)))
    # What folders recommend must not change what a recipe says.
    network.generation_config.update(top_k=3, temperature=0.2, do_sample=True, repetition_penalty=1.5)
    network.save_pretrained(folder)
    fast.save_pretrained(folder)
    return folder
