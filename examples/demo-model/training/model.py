"""A Qwen2 decoder in plain PyTorch, with the parameter names of the published checkpoints."""

import json
import math
import pathlib
import shutil

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import nn

CONTEXT, THETA, EPS = 1024, 10000.0, 1e-6


class Norm(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x):
        return F.rms_norm(x, (x.shape[-1],), self.weight.to(x.dtype), EPS)


class Attention(nn.Module):
    def __init__(self, width, heads, kv_heads):
        super().__init__()
        self.heads, self.kv_heads, self.size = heads, kv_heads, width // heads
        self.q_proj = nn.Linear(width, width)
        self.k_proj = nn.Linear(width, kv_heads * self.size)
        self.v_proj = nn.Linear(width, kv_heads * self.size)
        self.o_proj = nn.Linear(width, width, bias=False)

    def forward(self, x, cos, sin):
        rows, length, width = x.shape

        def split(y, heads):
            return y.view(rows, length, heads, self.size).transpose(1, 2)

        def turn(y):  # rotary positions, the two halves paired
            a, b = y.chunk(2, -1)
            return y * cos + torch.cat((-b, a), -1) * sin

        q, k = turn(split(self.q_proj(x), self.heads)), turn(split(self.k_proj(x), self.kv_heads))
        v = split(self.v_proj(x), self.kv_heads)
        share = self.heads // self.kv_heads
        y = F.scaled_dot_product_attention(
            q, k.repeat_interleave(share, 1), v.repeat_interleave(share, 1), is_causal=True
        )
        return self.o_proj(y.transpose(1, 2).reshape(rows, length, width))


class FeedForward(nn.Module):
    def __init__(self, width, inner):
        super().__init__()
        self.gate_proj = nn.Linear(width, inner, bias=False)
        self.up_proj = nn.Linear(width, inner, bias=False)
        self.down_proj = nn.Linear(inner, width, bias=False)

    def forward(self, x):
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class Layer(nn.Module):
    def __init__(self, width, inner, heads, kv_heads):
        super().__init__()
        self.self_attn = Attention(width, heads, kv_heads)
        self.mlp = FeedForward(width, inner)
        self.input_layernorm, self.post_attention_layernorm = Norm(width), Norm(width)

    def forward(self, x, cos, sin):
        x = x + self.self_attn(self.input_layernorm(x), cos, sin)
        return x + self.mlp(self.post_attention_layernorm(x))


class Decoder(nn.Module):
    def __init__(self, vocabulary=6400, width=256, layers=4, heads=4, kv_heads=2, inner=768):
        super().__init__()
        self.shape = dict(
            vocabulary=vocabulary, width=width, layers=layers, heads=heads, kv_heads=kv_heads, inner=inner
        )
        self.embed_tokens = nn.Embedding(vocabulary, width)
        self.layers = nn.ModuleList(Layer(width, inner, heads, kv_heads) for _ in range(layers))
        self.norm = Norm(width)
        for name, p in self.named_parameters():
            if p.dim() == 2:
                closing = name.endswith(("o_proj.weight", "down_proj.weight"))
                nn.init.normal_(p, std=0.02 / math.sqrt(2 * layers) if closing else 0.02)
            elif name.endswith("bias"):
                nn.init.zeros_(p)
        size = width // heads
        angle = torch.outer(torch.arange(CONTEXT).float(), THETA ** (-torch.arange(0, size, 2).float() / size)).repeat(
            1, 2
        )
        self.register_buffer("cos", angle.cos(), persistent=False)
        self.register_buffer("sin", angle.sin(), persistent=False)

    def forward(self, tokens, dtype=torch.float32):
        x = self.embed_tokens(tokens).to(dtype)
        cos, sin = self.cos[: tokens.shape[1]].to(dtype), self.sin[: tokens.shape[1]].to(dtype)
        for layer in self.layers:
            x = layer(x, cos, sin)
        return self.norm(x)

    def logits(self, hidden):
        return F.linear(hidden, self.embed_tokens.weight)  # the embedding is the output matrix too


def load_weights(model, folder):
    tensors = load_file(pathlib.Path(folder) / "model.safetensors")
    model.load_state_dict({name.removeprefix("model."): t.float() for name, t in tensors.items()})


def save_folder(weights, shape, tokenizer, folder, dtype=torch.bfloat16):
    """Writes a Hugging Face folder: weights, configuration, and the tokenizer's two files."""
    folder, tokenizer = pathlib.Path(folder), pathlib.Path(tokenizer)
    folder.mkdir(parents=True, exist_ok=True)
    ids = {
        a["content"]: a["id"]
        for a in json.loads((tokenizer / "tokenizer.json").read_text(encoding="utf-8"))["added_tokens"]
    }
    end, text_end = ids["<|im_end|>"], ids["<|endoftext|>"]
    save_file(
        {"model." + name: t.detach().to("cpu", dtype).contiguous() for name, t in weights.items()},
        folder / "model.safetensors",
        metadata={"format": "pt"},
    )
    config = {
        "architectures": ["Qwen2ForCausalLM"],
        "attention_dropout": 0.0,
        "bos_token_id": text_end,
        "eos_token_id": end,
        "pad_token_id": text_end,
        "hidden_act": "silu",
        "hidden_size": shape["width"],
        "initializer_range": 0.02,
        "intermediate_size": shape["inner"],
        "max_position_embeddings": CONTEXT,
        "max_window_layers": shape["layers"],
        "model_type": "qwen2",
        "num_attention_heads": shape["heads"],
        "num_hidden_layers": shape["layers"],
        "num_key_value_heads": shape["kv_heads"],
        "rms_norm_eps": EPS,
        "rope_theta": THETA,
        "sliding_window": None,
        "tie_word_embeddings": True,
        "torch_dtype": str(dtype).removeprefix("torch."),
        "use_cache": True,
        "use_sliding_window": False,
        "vocab_size": shape["vocabulary"],
    }
    sampling = {
        "bos_token_id": text_end,
        "do_sample": True,
        "eos_token_id": [end, text_end],
        "pad_token_id": text_end,
        "temperature": 0.8,
        "top_p": 0.9,
        "top_k": 0,
        "repetition_penalty": 1.0,
    }
    for name, content in (("config.json", config), ("generation_config.json", sampling)):
        (folder / name).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copyfile(tokenizer / name, folder / name)
