"""Answers prompts with transformers from the weights of a GGUF file, dequantised to float32, always taking the likeliest
token: what any reader of the file should answer. Writes the answers for check_llama.mjs and for the tests, and the same
weights as a float32 file, from which llama.cpp computes without rounding activations.

    python check_gguf.py quatrain-q8_0.gguf --out greedy.json --golden quatrains.jsonl --f32 quatrain-f32.gguf
"""

import argparse
import json

import gguf
import numpy as np
import torch
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers
from transformers import Qwen2Config, Qwen2ForCausalLM

from export_gguf import NAMES
from train_tokenizer import SPLIT

PROMPTS = (
    "写一首关于春天的七言绝句",
    "帮我写一首关于春天的七言绝句，要有花和风",
    "写一首关于月亮的诗",
    "写一首关于春天的诗",
    "你是谁",
    "Hello!",
    "Write a five-character quatrain about rain.",
    "写一首五言绝句，主题是梅花",
    "谢谢你",
    "来一首边塞诗",
    "What can you do?",
    "写一首关于长江的诗，要有花和风",
    "今天天气怎么样",
    "再见",
)
SYSTEM = "You are a helpful assistant."
LONGEST = 80


def checkpoint_name(name):
    """blk.2.ffn_up.weight -> model.layers.2.mlp.up_proj.weight"""
    stems = {short: long for long, short in NAMES.items()}
    module, kind = name.rsplit(".", 1)
    if module.startswith("blk."):
        _, layer, module = module.split(".", 2)
        return f"model.layers.{layer}.{stems[module]}.{kind}"
    return f"model.{stems[module]}.{kind}"


def load(reader):
    value = {key: field.contents() for key, field in reader.fields.items()}
    config = Qwen2Config(
        vocab_size=len(value["tokenizer.ggml.tokens"]),
        hidden_size=value["qwen2.embedding_length"],
        intermediate_size=value["qwen2.feed_forward_length"],
        num_hidden_layers=value["qwen2.block_count"],
        num_attention_heads=value["qwen2.attention.head_count"],
        num_key_value_heads=value["qwen2.attention.head_count_kv"],
        rope_theta=value["qwen2.rope.freq_base"],
        rms_norm_eps=value["qwen2.attention.layer_norm_rms_epsilon"],
        max_position_embeddings=value["qwen2.context_length"],
        tie_word_embeddings=True,
    )
    weights = {checkpoint_name(t.name): torch.from_numpy(dequantised(t)) for t in reader.tensors}
    weights["lm_head.weight"] = weights["model.embed_tokens.weight"]
    model = Qwen2ForCausalLM(config).eval()
    model.load_state_dict(weights)
    return model


def dequantised(tensor):
    return np.array(gguf.quants.dequantize(tensor.data, tensor.tensor_type), dtype=np.float32)


def tokenizer_of(reader):
    tokens = reader.fields["tokenizer.ggml.tokens"].contents()
    kinds = reader.fields["tokenizer.ggml.token_type"].contents()
    merges = [tuple(m.split(" ")) for m in reader.fields["tokenizer.ggml.merges"].contents()]
    tok = Tokenizer(models.BPE(vocab={t: i for i, t in enumerate(tokens)}, merges=merges))
    tok.normalizer = normalizers.NFC()
    tok.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(SPLIT), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tok.decoder = decoders.ByteLevel()
    tok.add_special_tokens([AddedToken(t) for t, kind in zip(tokens, kinds) if kind == gguf.TokenType.CONTROL])
    return tok


def likeliest(model, ids, end):
    """The answer, and how far the best logit is from the second one where they are closest."""
    answer, margin = [], float("inf")
    with torch.no_grad():
        while len(answer) < LONGEST:
            best = model(torch.tensor([ids + answer])).logits[0, -1].topk(2)
            margin = min(margin, float(best.values[0] - best.values[1]))
            if int(best.indices[0]) == end:
                break
            answer.append(int(best.indices[0]))
    return answer, margin


def write_f32(reader, path):
    writer = gguf.GGUFWriter(path, "qwen2")
    for key, field in reader.fields.items():
        if key.startswith("GGUF.") or key in ("general.architecture", "general.file_type"):
            continue
        if field.types[0] == gguf.GGUFValueType.ARRAY:
            writer.add_array(key, field.contents())
        else:
            writer.add_key_value(key, field.contents(), field.types[0])
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    for tensor in reader.tensors:
        writer.add_tensor(tensor.name, dequantised(tensor))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("file")
    args.add_argument("--out", default="greedy.json")
    args.add_argument("--golden", default="quatrains.jsonl")
    args.add_argument("--f32", default="quatrain-f32.gguf")
    args = args.parse_args()
    reader = gguf.GGUFReader(args.file)
    model, tok = load(reader), tokenizer_of(reader)
    end = reader.fields["tokenizer.ggml.eos_token_id"].contents()
    rows = []
    for prompt in PROMPTS:
        text = (
            f"<|im_start|>system\n{SYSTEM}<|im_end|>\n<|im_start|>user\n{prompt}<|im_end|>\n<|im_start|>assistant\n"
        )
        ids = tok.encode(text).ids
        answer, margin = likeliest(model, ids, end)
        rows.append({"prompt": prompt, "text": text, "ids": ids, "answer": answer, "margin": margin})
        print(f"--- {prompt} (margin {margin:.4f})\n{tok.decode(answer)}")
    with open(args.out, "w", encoding="utf-8") as file:
        json.dump(rows, file, ensure_ascii=False, indent=1)
    with open(args.golden, "w", encoding="utf-8") as file:
        for row in rows:
            line = {"prompt": row["prompt"], "answer": tok.decode(row["answer"]), "margin": round(row["margin"], 4)}
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
    write_f32(reader, args.f32)


if __name__ == "__main__":
    main()
