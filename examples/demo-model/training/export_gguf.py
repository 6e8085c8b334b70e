"""Writes a model folder as one GGUF file of llama.cpp's qwen2 architecture.

python export_gguf.py run/model quatrain-q8_0.gguf --type q8_0
"""

import argparse
import json
import pathlib

import gguf
import numpy as np
from safetensors.torch import load_file

NAMES = {
    "embed_tokens": "token_embd",
    "norm": "output_norm",
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
TYPES = {
    "q8_0": (gguf.GGMLQuantizationType.Q8_0, gguf.LlamaFileType.MOSTLY_Q8_0),
    "f16": (gguf.GGMLQuantizationType.F16, gguf.LlamaFileType.MOSTLY_F16),
}


def gguf_name(name):
    """model.layers.2.mlp.up_proj.weight -> blk.2.ffn_up.weight"""
    module, kind = name.removeprefix("model.").rsplit(".", 1)
    if module.startswith("layers."):
        _, layer, module = module.split(".", 2)
        return f"blk.{layer}.{NAMES[module]}.{kind}"
    return f"{NAMES[module]}.{kind}"


def add_tokenizer(writer, tokenizer, config, size):
    named = {i: (t, gguf.TokenType.NORMAL) for t, i in tokenizer["model"]["vocab"].items()}
    named |= {t["id"]: (t["content"], gguf.TokenType.CONTROL) for t in tokenizer["added_tokens"]}
    tokens, kinds = zip(*(named.get(i, (f"[PAD{i}]", gguf.TokenType.UNUSED)) for i in range(size)))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    writer.add_token_merges([m if isinstance(m, str) else " ".join(m) for m in tokenizer["model"]["merges"]])
    writer.add_chat_template(config["chat_template"])
    writer.add_add_bos_token(False)


def add_sampling(writer):
    """What the figures of the model card were measured with; a reader's own defaults are off."""
    writer.add_sampling_temp(0.8)
    writer.add_sampling_top_k(0)
    writer.add_sampling_top_p(0.9)
    writer.add_sampling_penalty_repeat(1.0)


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("folder", type=pathlib.Path)
    args.add_argument("out")
    args.add_argument("--type", choices=TYPES, default="q8_0")
    args.add_argument("--name", default="Quatrain demo")
    args = args.parse_args()
    config, tokenizer, tokenizer_config = (
        json.loads((args.folder / f"{n}.json").read_text(encoding="utf-8"))
        for n in ("config", "tokenizer", "tokenizer_config")
    )
    tensor_type, file_type = TYPES[args.type]

    writer = gguf.GGUFWriter(args.out, "qwen2")
    writer.add_name(args.name)
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_rope_freq_base(config["rope_theta"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_file_type(file_type)
    add_tokenizer(writer, tokenizer, tokenizer_config, config["vocab_size"])
    writer.add_bos_token_id(config["bos_token_id"])
    writer.add_eos_token_id(config["eos_token_id"])
    writer.add_pad_token_id(config["pad_token_id"])
    add_sampling(writer)
    for name, tensor in load_file(args.folder / "model.safetensors").items():
        values = tensor.float().numpy()
        if values.ndim == 1:  # norms and biases stay in full precision
            writer.add_tensor(gguf_name(name), values)
        elif args.type == "f16":
            writer.add_tensor(gguf_name(name), values.astype(np.float16))
        else:
            writer.add_tensor(gguf_name(name), gguf.quants.quantize(values, tensor_type), raw_dtype=tensor_type)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    print(args.out, pathlib.Path(args.out).stat().st_size, "bytes")


if __name__ == "__main__":
    main()
