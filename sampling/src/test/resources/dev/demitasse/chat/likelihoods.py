"""What transformers says of texts, in float32, from a model folder: embeddings and log-likelihoods for the tests.

    python likelihoods.py ../../../../../../../examples/demo-model/weights likelihoods.json

A continuation is what the joined text has from its first token on that the prompt alone does not have.
"""

import json
import sys

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

TEXTS = ("春眠不觉晓", "写一首关于春天的七言绝句", "月", "Hello, who are you?", "两个黄鹂鸣翠柳，一行白鹭上青天。" * 20, "café 😀 龘")
CHOICES = (
    ("春眠不觉晓，\n处处闻啼", ("鸟", "鱼", "鸟。", "山水")),
    ("Hello", (", who are you?", "lo", "月亮")),
    ("春", ("天", "风吹又生，")),
)


def main():
    folder, out = sys.argv[1:]
    tok = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    result = {"embeddings": [], "scores": []}
    with torch.no_grad():
        for text in TEXTS:
            ids = torch.tensor([tok.encode(text, add_special_tokens=False)])
            hidden = model.model(ids).last_hidden_state[0].double()
            row = {"text": text, "tokens": ids.shape[1]}
            for name, vector in (("mean", hidden.mean(0)), ("last", hidden[-1])):
                row[name] = [round(float(v), 7) for v in vector / vector.norm()]
            result["embeddings"].append(row)
        for prompt, continuations in CHOICES:
            before = tok.encode(prompt, add_special_tokens=False)
            for continuation in continuations:
                ids = tok.encode(prompt + continuation, add_special_tokens=False)
                first = max(1, next((i for i, pair in enumerate(zip(before, ids)) if pair[0] != pair[1]), len(before)))
                logits = model(torch.tensor([ids])).logits[0].double().log_softmax(-1)
                total = sum(float(logits[i - 1, ids[i]]) for i in range(first, len(ids)))
                result["scores"].append(
                    {"prompt": prompt, "continuation": continuation, "tokens": len(ids) - first, "logprob": total}
                )
    with open(out, "w", encoding="utf-8") as file:
        json.dump(result, file, ensure_ascii=False)
        file.write("\n")


if __name__ == "__main__":
    main()
