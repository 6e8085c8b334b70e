"""Samples answers of a model folder and scores them, without choosing among them.

    python evaluate.py --model run/model --data data/poems.jsonl --held-out 200
    python evaluate.py --model run/model --data data/poems.jsonl --prompts prompts.txt

form    four lines of Han characters, all five or all seven long
length  of those asked for a length: form is right and the length is the one asked for
theme   the theme's pattern occurs in the poem; chance: how often it occurs in a training poem taken at random
words   other characters asked for ("with wind and flowers"): all of them occur
rhyme   the last characters of lines 2 and 4 close lines 2 and 4 of at least two training poems, or are the same;
        chance: the same for ends taken from different poems; real: for held-out poems
same    of these, the two last characters are the same one
again   characters that stand in the poem already; real: the same for held-out poems
copied  lines that stand in a training poem word for word; real: the same for lines of held-out poems
talk    no poem was asked for: the answer is none, and is in the language of the question
"""

import argparse
import collections
import json
import pathlib
import random
import re
import time

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from corpus import CUT, Conversations, Rhymes, load
from wording import HAN, THEMES

ONLY_HAN = re.compile(f"{HAN}+$")


def own_prompts(path):
    """Lines of: what is expected (5, 7, * for either length; zh, en for talk), pattern of the theme or -, prompt."""
    for line in pathlib.Path(path).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            expect, pattern, prompt = line.split("\t")
            yield dict(prompt=prompt, expect=expect, pattern="" if pattern == "-" else pattern, words="")


def held_out_prompts(poems, train, count, seed):
    """Requests made from poems that the model has not seen."""
    asker = Conversations(train, seed)
    for poem in asker.rng.sample([p for p in poems if p.themes], count):
        request = asker.ask(poem)
        text = request.text
        expect = "5" if re.search("五|five", text) else "7" if re.search("七|seven", text) else "*"
        titled = "《" in text
        yield dict(
            prompt=text,
            expect=expect,
            pattern=THEMES[request.theme][1] if request.theme else "",
            words="" if titled or request.theme else request.wanted,
        )


def generate(folder, prompts, temperature, top_p, batch, seed, device):
    tok = AutoTokenizer.from_pretrained(folder, padding_side="left")
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval().to(device)
    torch.manual_seed(seed)
    choice = (
        dict(do_sample=True, temperature=temperature, top_p=top_p, top_k=0)
        if temperature > 0
        else dict(do_sample=False, temperature=None, top_p=None, top_k=None)
    )
    for k in range(0, len(prompts), batch):
        texts = [
            tok.apply_chat_template([{"role": "user", "content": p}], add_generation_prompt=True, tokenize=False)
            for p in prompts[k : k + batch]
        ]
        inputs = tok(texts, return_tensors="pt", padding=True).to(device)
        with torch.no_grad():
            out = model.generate(**inputs, max_new_tokens=80, repetition_penalty=1.0, **choice)
        yield from tok.batch_decode(out[:, inputs["input_ids"].shape[1] :], skip_special_tokens=True)


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--model", required=True)
    args.add_argument("--data", default="data/poems.jsonl")
    args.add_argument("--prompts", help="file of prompts")
    args.add_argument(
        "--held-out", type=int, default=200, help="without --prompts: how many requests to make from held-out poems"
    )
    args.add_argument("--temperature", type=float, default=0.8)
    args.add_argument("--top-p", type=float, default=0.9)
    args.add_argument("--batch", type=int, default=50)
    args.add_argument("--seed", type=int, default=11)
    args.add_argument("--answers", help="write every prompt and answer to this file")
    args.add_argument("--device", default="cpu", help="cpu or cuda")
    args.add_argument("--threads", type=int, default=2)
    args = args.parse_args()
    torch.set_num_threads(args.threads)
    rng = random.Random(args.seed)

    train, held_out = load(args.data)
    rhymes = Rhymes(train)
    seen = {line for p in train for line in CUT.split(p.text)}
    cases = list(
        own_prompts(args.prompts) if args.prompts else held_out_prompts(held_out, train, args.held_out, args.seed)
    )

    good, asked = collections.Counter(), collections.Counter()

    def score(what, right, of=1):
        good[what] += right
        asked[what] += of

    begun = time.time()
    answers = list(
        generate(
            args.model, [c["prompt"] for c in cases], args.temperature, args.top_p, args.batch, args.seed, args.device
        )
    )
    seconds = time.time() - begun
    chance = 0.0
    for case, answer in zip(cases, answers):
        lines = CUT.sub(" ", answer).split()
        lengths = {len(line) for line in lines}
        shaped = len(lines) == 4 and lengths in ({5}, {7}) and all(ONLY_HAN.match(line) for line in lines)
        if case["expect"] in ("zh", "en"):
            han, latin = bool(re.search(HAN, answer)), bool(re.search("[A-Za-z]{3}", answer))
            score("talk", not shaped and (han and not latin if case["expect"] == "zh" else latin and not han))
            continue
        score("form", shaped)
        if case["expect"] != "*":
            score("length", shaped and lengths == {int(case["expect"])})
        poem = "".join(lines)
        if case["pattern"]:
            test = re.compile(case["pattern"])
            score("theme", bool(test.search(poem)))
            chance += sum(bool(test.search(p.joined)) for p in rng.sample(train, 400)) / 400
        if case["words"]:
            score("words", all(c in poem for c in case["words"]))
        score("rhyme", len(lines) == 4 and rhymes(lines[1][-1], lines[3][-1]))
        score("same", len(lines) == 4 and lines[1][-1] == lines[3][-1])
        score("again", len(poem) - len(set(poem)), len(poem))
        score("copied", sum(line in seen for line in lines), len(lines))
    for what in ("form", "length", "theme", "words", "rhyme", "same", "again", "copied", "talk"):
        if asked[what]:
            print(f"{what:8}{good[what]:5} of {asked[what]:5} = {good[what] / asked[what]:6.1%}")
    if asked["theme"]:
        print(f"theme, by chance {chance / asked['theme']:.1%}")
    ends = [rhymes(rng.choice(train).ends[0], rng.choice(train).ends[1]) for _ in range(4000)]
    lines = [line for p in held_out for line in CUT.sub(" ", p.text).split()]
    print(
        f"rhyme, by chance {sum(ends) / len(ends):.1%}, "
        f"real poems {sum(rhymes(*p.ends) for p in held_out) / len(held_out):.1%}, "
        f"same character {sum(p.ends[0] == p.ends[1] for p in held_out) / len(held_out):.1%}"
    )
    repeated = sum(len(p.joined) - len(set(p.joined)) for p in held_out) / sum(len(p.joined) for p in held_out)
    print(f"copied, real poems {sum(line in seen for line in lines) / len(lines):.1%}, again {repeated:.1%}")
    print(
        f"{len(cases)} prompts, temperature {args.temperature}, top-p {args.top_p}, seed {args.seed}, {seconds:.0f} s"
    )
    if args.answers:
        with open(args.answers, "w", encoding="utf-8") as file:
            for case, answer in zip(cases, answers):
                json.dump({"prompt": case["prompt"], "answer": answer}, file, ensure_ascii=False)
                file.write("\n")


if __name__ == "__main__":
    main()
