"""Trains the model on conversations drawn from data/poems.jsonl.

    python train.py --data data/poems.jsonl --tokenizer tokenizer --out run --hours 2

The schedule follows the clock on the wall, not the count of steps, so that the run ends on time on a busy machine
and may be paused (kill -STOP, -CONT) or stopped; the same command takes it up again from its last checkpoint.
The learning rate stays at its peak for a while and then falls in a straight line to zero. Meanwhile the mix shifts
from all poems to those that rhyme and that name their theme. The weights saved are a moving average.
"""

import argparse
import csv
import os
import pathlib
import random
import time

import numpy as np
import torch
import torch.nn.functional as F
from tokenizers import Tokenizer

from corpus import Conversations, load
from model import Decoder, load_weights, save_folder

ROUND = 8000  # conversations drawn and sorted by length at a time
RHYME_WEIGHT, WANTED_WEIGHT, AVOID_WEIGHT = 2.0, 3.0, 4.0


class Encoder:
    """Conversations -> tokens and a weight for each token: 0 what the model does not write itself, 1 the rest, more at
    the closing characters of lines 2 and 4, and most where a character that the request asks for first comes; and for
    the close of line 4 the token that closed line 2, which would be a rhyme of a character with itself (else -1)."""

    def __init__(self, folder):
        self.tok = Tokenizer.from_file(f"{folder}/tokenizer.json")
        self.start, self.end, self.pad = (
            self.tok.token_to_id(t) for t in ("<|im_start|>", "<|im_end|>", "<|endoftext|>")
        )
        self.newline = self.tok.encode("\n").ids
        self.opening = {r: [self.start] + self.tok.encode(f"{r}\n").ids for r in ("system", "user", "assistant")}
        self.size = self.tok.get_vocab_size()
        shown = [self.tok.decode([i]) for i in range(self.size)]
        self.closes_couplet = np.array([s[:1] in tuple("。？！") for s in shown])
        self.character = {s: i for i, s in enumerate(shown) if len(s) == 1}

    def encode(self, conversations):
        bodies = iter(self.tok.encode_batch_fast([text for c in conversations for _, text, _ in c]))
        return [self.one(c, bodies) for c in conversations]

    def one(self, conversation, bodies):
        tokens, weights, avoid = [], [], {}
        for role, _, request in conversation:
            body = next(bodies).ids
            tokens += self.opening[role] + body + [self.end] + self.newline
            weights += [0.0] * len(self.opening[role])
            if role != "assistant":
                weights += [0.0] * (len(body) + 1)
            elif request is None:
                weights += [1.0] * (len(body) + 1)
            else:
                w, ids = np.ones(len(body) + 1), np.array(body)
                closes = np.flatnonzero(self.closes_couplet[ids[1:]])
                w[closes] = RHYME_WEIGHT
                if len(closes) == 2 and body[closes[0]] != body[closes[1]]:
                    avoid[len(weights) + closes[1]] = body[closes[0]]
                for i in {self.character.get(c) for c in request.wanted}.intersection(body):
                    w[body.index(i)] = WANTED_WEIGHT
                weights += w.tolist()
            weights += [0.0] * len(self.newline)
        return tokens, weights, [avoid.get(k, -1) for k in range(len(tokens))]

    def batches(self, rows, limit, rng):
        """Rows of like length together, at most `limit` tokens a batch, padding included."""
        rows = sorted(rows, key=lambda r: len(r[0]))
        groups, group = [], []
        for row in rows:
            if group and (len(group) + 1) * len(row[0]) > limit:
                groups.append(group)
                group = []
            group.append(row)
        groups.append(group)
        rng.shuffle(groups)
        for group in groups:
            length = max(len(row[0]) for row in group)
            tokens, avoid = np.full((len(group), length), self.pad), np.full((len(group), length), -1)
            weights = np.zeros((len(group), length), np.float32)
            for k, (t, w, a) in enumerate(group):
                tokens[k, : len(t)], weights[k, : len(t)], avoid[k, : len(t)] = t, w, a
            yield [torch.from_numpy(x) for x in (tokens[:, :-1], tokens[:, 1:], weights[:, 1:], avoid[:, 1:])]


def loss_of(model, tokens, targets, weights, avoid):
    """-> the loss of every token to learn, and what is to be made small: their weighted mean, and a penalty for the
    probability of tokens to avoid."""
    with torch.autocast("cpu", torch.bfloat16):
        hidden = model(tokens, torch.bfloat16)
        at = weights > 0  # logits only where something is to be learnt
        logits = model.logits(hidden[at]).float()
    each = F.cross_entropy(logits, targets[at], reduction="none")
    weights, avoid = weights[at], avoid[at]
    unwanted = F.softmax(logits[avoid >= 0], -1).gather(1, avoid[avoid >= 0, None])
    penalty = -torch.log1p(-unwanted.clamp(max=0.99)).sum()
    return each, ((each * weights).sum() + AVOID_WEIGHT * penalty) / weights.sum()


@torch.no_grad()
def validation_loss(model, batches):
    total = count = 0.0
    for batch in batches:
        each, _ = loss_of(model, *batch)
        total, count = total + float(each.sum()), count + len(each)
    return total / count


def optimizers(model, muon_rate, adam_rate):
    matrices = [p for n, p in model.named_parameters() if p.dim() == 2 and "embed" not in n]
    others = [p for n, p in model.named_parameters() if p.dim() != 2 or "embed" in n]
    made = (
        torch.optim.Muon(matrices, lr=muon_rate, momentum=0.95, nesterov=True, weight_decay=0.05),
        torch.optim.AdamW(others, lr=adam_rate, betas=(0.9, 0.95), weight_decay=0.0),
    )
    for o in made:
        for g in o.param_groups:
            g["peak"] = g["lr"]
    return made


def mix_at(progress):
    """How conversations are drawn when this share of the time is over."""
    return dict(themed=0.25 + 0.35 * progress, halves=max(0.1, 0.5 - 0.6 * progress), rhymed=progress > 0.35)


def rate_at(progress, hold):
    return 1.0 if progress < hold else max(0.0, (1.0 - progress) / (1.0 - hold))


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--data", default="data/poems.jsonl")
    args.add_argument("--tokenizer", default="tokenizer")
    args.add_argument("--out", default="run")
    args.add_argument("--start-from", help="folder with model.safetensors to start from")
    args.add_argument("--hours", type=float, default=2.0, help="on the clock, from the first start")
    args.add_argument("--hold", type=float, default=0.2, help="share of the time at the full learning rate")
    args.add_argument("--batch", type=int, default=6144, help="tokens, padding included")
    args.add_argument("--muon-rate", type=float, default=0.02)
    args.add_argument("--adam-rate", type=float, default=3e-3)
    args.add_argument("--average", type=float, default=0.998, help="decay of the moving average, a step")
    args.add_argument("--save-every", type=float, default=600, help="seconds")
    args.add_argument("--threads", type=int, default=2)
    args.add_argument("--seed", type=int, default=1)
    args = args.parse_args()

    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    out = pathlib.Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    (out / "pid").write_text(str(os.getpid()))

    encoder, model = Encoder(args.tokenizer), Decoder()
    if args.start_from:
        load_weights(model, args.start_from)
    average = {n: p.detach().clone() for n, p in model.named_parameters()}
    opts = optimizers(model, args.muon_rate, args.adam_rate)
    state = {"step": 0, "tokens": 0, "begun": time.time()}
    checkpoint = out / "checkpoint.pt"
    if checkpoint.exists():
        saved = torch.load(checkpoint, weights_only=True)
        model.load_state_dict(saved["model"])
        average, state = saved["average"], saved["state"]
        for o, s in zip(opts, saved["optimizers"]):
            o.load_state_dict(s)

    train, held_out = load(args.data)
    talk = Conversations(train, args.seed * 1000003 + state["step"])
    check = Conversations(held_out, 0)
    check_batches = list(
        encoder.batches(encoder.encode([check.draw(0.0, 0.0, False) for _ in range(1500)]), 8192, random.Random(0))
    )
    print(
        f"{sum(p.numel() for p in model.parameters()):,} parameters; {len(train):,} poems to learn, "
        f"{len(held_out):,} held out; at step {state['step']}",
        flush=True,
    )

    def save(loss, rate):
        torch.save(
            {
                "model": model.state_dict(),
                "average": average,
                "state": state,
                "optimizers": [o.state_dict() for o in opts],
            },
            out / "checkpoint.tmp",
        )
        os.replace(out / "checkpoint.tmp", checkpoint)
        kept = {n: p.detach().clone() for n, p in model.named_parameters()}
        at_weights = validation_loss(model, check_batches)
        model.load_state_dict(average)
        at_average = validation_loss(model, check_batches)
        model.load_state_dict(kept)
        save_folder(average, model.shape, args.tokenizer, out / "model")
        with (out / "loss.csv").open("a", newline="") as file:
            writer = csv.writer(file)
            if file.tell() == 0:
                writer.writerow(
                    [
                        "minutes",
                        "step",
                        "tokens",
                        "learning_rate",
                        "train_loss",
                        "held_out_loss",
                        "held_out_loss_of_average",
                    ]
                )
            writer.writerow(
                [
                    f"{(time.time() - state['begun']) / 60:.1f}",
                    state["step"],
                    state["tokens"],
                    f"{rate:.3f}",
                    f"{loss:.4f}",
                    f"{at_weights:.4f}",
                    f"{at_average:.4f}",
                ]
            )

    saved_at = printed_at = time.time()
    loss_now = rate = None
    if state["step"] == 0:
        save(float("nan"), 0.0)
    while True:
        progress = (time.time() - state["begun"]) / (args.hours * 3600)
        if progress >= 1:
            break
        rows = encoder.encode([talk.draw(**mix_at(progress)) for _ in range(ROUND)])
        for batch in encoder.batches([r for r in rows if len(r[0]) < 320], args.batch, talk.rng):
            progress = (time.time() - state["begun"]) / (args.hours * 3600)
            if progress >= 1:
                break
            rate = min(1.0, (state["step"] + 1) / 100) * rate_at(progress, args.hold)
            for o in opts:
                for g in o.param_groups:
                    g["lr"] = g["peak"] * rate
                o.zero_grad(set_to_none=True)
            each, goal = loss_of(model, *batch)
            goal.backward()
            torch.nn.utils.clip_grad_norm_([p for g in opts[1].param_groups for p in g["params"]], 1.0)
            for o in opts:
                o.step()
            with torch.no_grad():
                names, now = zip(*model.named_parameters())
                torch._foreach_lerp_([average[n] for n in names], list(now), 1 - args.average)
            value = float(each.detach().mean())
            loss_now = value if loss_now is None else 0.98 * loss_now + 0.02 * value
            state["step"] += 1
            state["tokens"] += batch[0].numel()
            if time.time() - printed_at > 30:
                printed_at = time.time()
                print(
                    f"step {state['step']} {progress:.1%} tokens {state['tokens']:,} "
                    f"loss {loss_now:.3f} rate {rate:.3f}",
                    flush=True,
                )
            if time.time() - saved_at > args.save_every:
                saved_at = time.time()
                save(loss_now, rate)
    save(loss_now, rate or 0.0)


if __name__ == "__main__":
    main()
