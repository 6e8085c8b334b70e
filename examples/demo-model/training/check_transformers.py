"""Compares the trainer's own model with transformers on an exported folder, and writes what transformers answers,
always taking the likeliest token, for check_llama.mjs.

    python check_transformers.py run/model --out greedy.json
"""

import argparse
import json

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from model import Decoder, load_weights

PROMPTS = (
    "写一首关于春天的七言绝句",
    "写一首关于明月的五言绝句",
    "帮我写一首关于长江的诗，要有花和风",
    "Write a seven-character quatrain about spring.",
    "Write a five-character quatrain about rain.",
    "你好",
    "Who are you?",
    "法国的首都是哪里",
)


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("folder")
    args.add_argument("--out", default="greedy.json")
    args = args.parse_args()
    tok = AutoTokenizer.from_pretrained(args.folder)
    theirs = AutoModelForCausalLM.from_pretrained(args.folder, dtype=torch.float32).eval()
    ours = Decoder()
    load_weights(ours, args.folder)
    rows, worst = [], 0.0
    for prompt in PROMPTS:
        inputs = tok.apply_chat_template(
            [{"role": "user", "content": prompt}], add_generation_prompt=True, return_tensors="pt", return_dict=True
        )
        with torch.no_grad():
            ids = theirs.generate(
                **inputs,
                max_new_tokens=80,
                do_sample=False,
                temperature=None,
                top_p=None,
                top_k=None,
                repetition_penalty=1.0,
            )
            worst = max(worst, float((ours.logits(ours(ids)) - theirs(ids).logits).abs().max()))
        asked = inputs["input_ids"].shape[1]
        answer = [i for i in ids[0, asked:].tolist() if i not in theirs.generation_config.eos_token_id]
        rows.append(
            {"prompt": prompt, "text": tok.decode(ids[0, :asked]), "ids": ids[0, :asked].tolist(), "answer": answer}
        )
        print(f"--- {prompt}\n{tok.decode(answer)}")
    print(f"{type(theirs).__name__}, {type(tok).__name__}; largest difference of a logit {worst:.1e}")
    with open(args.out, "w", encoding="utf-8") as file:
        json.dump(rows, file, ensure_ascii=False, indent=1)


if __name__ == "__main__":
    main()
