"""Trains the model on conversations drawn from data/poems.jsonl.

    python train.py --data data/poems.jsonl --tokenizer tokenizer --out run --hours 2
    python train.py --data data/poems.jsonl --tokenizer tokenizer --out run --hours 0.14 --device cuda --workers 14

The schedule follows the clock on the wall, not the count of steps, so that the run ends on time on a busy machine
and may be paused (kill -STOP, -CONT) or stopped; the same command takes it up again from its last checkpoint.
The learning rate stays at its peak for a while and then falls in a straight line to zero. Meanwhile the mix shifts
from all poems to those that rhyme and that name their theme. The weights saved are a moving average.
"""

import argparse
import csv
import os
import pathlib
import time

import torch
import torch.nn.functional as F

from batches import Encoder, Source, held_out
from corpus import load
from model import Decoder, load_weights, save_folder
from muon import Muon

POEM_TOKENS = 44  # a quatrain has at most 28 characters and 8 marks and line ends


def unlikelihood(logits, tokens, counted):
    """The loss for the probability of tokens that should not come (Welleck et al. 2019, https://arxiv.org/abs/1908.04319).
    logits: (rows, vocabulary); tokens, and which of them count: (rows, any)."""
    p = (logits.gather(1, tokens) - logits.logsumexp(1, keepdim=True)).exp()
    return -(torch.log1p(-p.clamp(max=0.99)) * counted).sum()


def loss_of(model, batch, dtype, avoid_weight=0.0, repeat_weight=0.0):
    """-> the loss of every token to learn, and what is to be made small: their weighted mean, and penalties for the
    probability of closing line 4 as line 2, and of any character of a poem that stands in it already."""
    with torch.autocast(batch.tokens.device.type, dtype, enabled=dtype != torch.float32):
        hidden = model(batch.tokens[:, :-1], dtype)
        logits = model.logits(hidden.flatten(0, 1)[batch.at]).float()  # only where something is to be learnt
    each = F.cross_entropy(logits, batch.targets, reduction="none")
    goal = (each * batch.weights).sum()
    if avoid_weight:
        goal = goal + avoid_weight * unlikelihood(
            logits, batch.avoid.clamp(min=0)[:, None], (batch.avoid >= 0)[:, None]
        )
    if repeat_weight:
        length = batch.tokens.shape[1] - 1
        row, column = batch.at // length, batch.at % length

        def before(x):  # -> (rows to be learnt, POEM_TOKENS): the values of the tokens up to there
            return F.pad(x[:, :-1], (POEM_TOKENS - 1, 0)).unfold(1, POEM_TOKENS, 1)[row, column]

        poem, written = batch.poems[row, column + 1], before(batch.tokens).long()
        counted = (before(batch.poems) == poem[:, None]) & (poem > 0)[:, None] & (written != batch.targets[:, None])
        goal = goal + repeat_weight * unlikelihood(logits, written, counted)
    return each.detach(), goal / batch.weights.sum()


@torch.no_grad()
def validation_loss(model, batches, dtype):
    total = count = 0.0
    for batch in batches:
        each, _ = loss_of(model, batch, dtype)
        total, count = total + float(each.sum()), count + len(each)
    return total / count


def optimizers(model, muon_rate, adam_rate):
    matrices = [p for n, p in model.named_parameters() if p.dim() == 2 and "embed" not in n]
    others = [p for n, p in model.named_parameters() if p.dim() != 2 or "embed" in n]
    made = Muon(matrices, muon_rate), torch.optim.AdamW(others, lr=adam_rate, betas=(0.9, 0.95), weight_decay=0.0)
    for o in made:
        for g in o.param_groups:
            g["peak"] = g["lr"]
    return made


def mix_at(progress):
    """How conversations are drawn when this share of the time is over."""
    return dict(themed=0.25 + 0.35 * progress, halves=0.7 - 0.4 * progress, rhymed=progress > 0.35)


def rate_at(progress, hold):
    return 1.0 if progress < hold else max(0.0, (1.0 - progress) / (1.0 - hold))


def arguments():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--data", default="data/poems.jsonl")
    args.add_argument("--tokenizer", default="tokenizer")
    args.add_argument("--out", default="run")
    args.add_argument("--device", default="cpu", help="cpu or cuda")
    args.add_argument(
        "--dtype",
        default="bfloat16",
        help="of activations and products; float32 is faster on processors without bfloat16 instructions",
    )
    args.add_argument("--workers", type=int, default=0, help="processes that make batches; 0: the trainer itself does")
    args.add_argument("--start-from", help="folder with model.safetensors to start from")
    args.add_argument("--hours", type=float, default=2.0, help="on the clock, from the first step")
    args.add_argument("--hold", type=float, default=0.2, help="share of the time at the full learning rate")
    args.add_argument("--batch", type=int, default=6144, help="tokens, padding included")
    args.add_argument("--muon-rate", type=float, default=0.02)
    args.add_argument("--adam-rate", type=float, default=3e-3)
    args.add_argument("--average", type=float, default=0.998, help="decay of the moving average, a step")
    args.add_argument("--avoid", type=float, default=4.0, help="weight of the penalty for closing line 4 as line 2")
    args.add_argument("--repeat", type=float, default=2.0, help="weight of the penalty for a poem's earlier characters")
    args.add_argument("--save-every", type=float, default=600, help="seconds")
    args.add_argument("--threads", type=int, default=2)
    args.add_argument("--seed", type=int, default=1)
    return args.parse_args()


def main():
    args = arguments()
    dtype = getattr(torch, args.dtype)
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    out = pathlib.Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    (out / "pid").write_text(str(os.getpid()))

    checkpoint = out / "checkpoint.pt"
    saved = torch.load(checkpoint, weights_only=True, map_location=args.device) if checkpoint.exists() else None
    state = saved["state"] if saved else {"step": 0, "tokens": 0, "begun": time.time()}
    train, unseen = load(args.data)
    encoder = Encoder(args.tokenizer)
    # Before the device is first used: processes cannot be forked after that.
    source = Source(encoder, train, mix_at, args.batch, args.seed * 1000003 + state["step"], args.workers)

    model = Decoder().to(args.device)
    if args.start_from:
        load_weights(model, args.start_from)
    average = {n: p.detach().clone() for n, p in model.named_parameters()}
    opts = optimizers(model, args.muon_rate, args.adam_rate)
    if saved:
        model.load_state_dict(saved["model"])
        average = saved["average"]
        for o, s in zip(opts, saved["optimizers"]):
            o.load_state_dict(s)
    checks = [b.on(args.device) for b in held_out(encoder, unseen, 1500, 8192)]
    print(
        f"{sum(p.numel() for p in model.parameters()):,} parameters; {len(train):,} poems to learn, "
        f"{len(unseen):,} held out; at step {state['step']}",
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
        at_weights = validation_loss(model, checks, dtype)
        model.load_state_dict(average)
        at_average = validation_loss(model, checks, dtype)
        model.load_state_dict(kept)
        save_folder(average, model.shape, args.tokenizer, out / "model")
        row = {
            "minutes": f"{(time.time() - state['begun']) / 60:.1f}",
            "step": state["step"],
            "tokens": state["tokens"],
            "learning_rate": f"{rate:.3f}",
            "train_loss": f"{loss:.4f}",
            "held_out_loss": f"{at_weights:.4f}",
            "held_out_loss_of_average": f"{at_average:.4f}",
        }
        print(row, flush=True)
        with (out / "loss.csv").open("a", newline="") as file:
            writer = csv.DictWriter(file, row.keys())
            if file.tell() == 0:
                writer.writeheader()
            writer.writerow(row)

    saved_at = printed_at = time.time()
    recent = torch.zeros((), device=args.device)  # a mean over about fifty steps; read only to be shown
    if state["step"] == 0:
        save(float("nan"), 0.0)
        state["begun"] = time.time()
    rate = 0.0
    for batch in source:
        progress = source.progress.value = (time.time() - state["begun"]) / (args.hours * 3600)
        if progress >= 1:
            break
        rate = min(1.0, (state["step"] + 1) / 100) * rate_at(progress, args.hold)
        for o in opts:
            for g in o.param_groups:
                g["lr"] = g["peak"] * rate
            o.zero_grad(set_to_none=True)
        each, goal = loss_of(model, batch.on(args.device), dtype, args.avoid, args.repeat)
        goal.backward()
        torch.nn.utils.clip_grad_norm_([p for g in opts[1].param_groups for p in g["params"]], 1.0)
        for o in opts:
            o.step()
        with torch.no_grad():
            names, now = zip(*model.named_parameters())
            torch._foreach_lerp_([average[n] for n in names], list(now), 1 - args.average)
            recent.lerp_(each.mean(), max(0.02, 1 / (state["step"] + 1)))
        state["step"] += 1
        state["tokens"] += batch.tokens.size
        if time.time() - printed_at > 30:
            printed_at = time.time()
            print(
                f"step {state['step']} {progress:.1%} tokens {state['tokens']:,} "
                f"loss {float(recent):.3f} rate {rate:.3f}",
                flush=True,
            )
        if time.time() - saved_at > args.save_every:
            saved_at = time.time()
            save(float(recent), rate)
    source.close()
    save(float(recent), rate)


if __name__ == "__main__":
    main()
