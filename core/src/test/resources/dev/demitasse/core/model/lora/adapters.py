"""Makes a small model, two LoRA adapters as PEFT saves them, one of them as a GGUF file too, and the logits of the merged
models: python adapters.py FOLDER. Made with torch 2.13.0+cpu, transformers 5.18.0, peft 0.21.0, gguf 0.19.0."""

import json
import pathlib
import sys

import gguf
import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import Qwen2Config, Qwen2ForCausalLM

folder = pathlib.Path(sys.argv[1])
torch.manual_seed(7)
config = Qwen2Config(
    vocab_size=48, hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=2,
    num_key_value_heads=1, max_position_embeddings=64, rope_theta=10000.0, tie_word_embeddings=True)
base = Qwen2ForCausalLM(config).float().eval()
for name, weight in base.named_parameters():
    if "norm" not in name:
        torch.nn.init.normal_(weight, std=0.3)
base.save_pretrained(folder / "base")
tokens = torch.tensor([[3, 1, 4, 1, 5, 9, 2, 6, 5, 35, 8, 47]])
logits = {"base": base(tokens).logits[0]}

ALL = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
settings = {
    "some": LoraConfig(r=2, lora_alpha=3, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM"),
    "all": LoraConfig(r=4, lora_alpha=2, target_modules=ALL, use_rslora=True, task_type="CAUSAL_LM"),
}
for name, lora in settings.items():
    fresh = Qwen2ForCausalLM.from_pretrained(folder / "base").float().eval()
    model = get_peft_model(fresh, lora)
    for parameter, weight in model.named_parameters():
        if "lora_" in parameter:
            torch.nn.init.normal_(weight, std=0.3)
    model.save_pretrained(folder / name)
    logits[name] = model.merge_and_unload()(tokens).logits[0]
save_file({name: value.detach().contiguous() for name, value in logits.items()}, folder / "logits.safetensors")

NAMES = {"self_attn.q_proj": "attn_q", "self_attn.v_proj": "attn_v"}
writer = gguf.GGUFWriter(folder / "some.gguf", "qwen2")
writer.add_string("general.type", "adapter")
writer.add_string("adapter.type", "lora")
writer.add_float32("adapter.lora.alpha", float(json.loads((folder / "some/adapter_config.json").read_text())["lora_alpha"]))
for name, value in load_file(folder / "some/adapter_model.safetensors").items():
    _, _, _, _, layer, *module, factor, _ = name.split(".")
    stem = NAMES[".".join(module)]
    writer.add_tensor(f"blk.{layer}.{stem}.weight.{factor.lower()}", value.numpy())
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()
for extra in folder.glob("*/README.md"):
    extra.unlink()
for extra in folder.glob("*/generation_config.json"):
    extra.unlink()
