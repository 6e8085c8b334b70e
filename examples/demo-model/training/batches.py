"""Conversations as tensors: which tokens are to be learnt, how much each counts, and which must not come again.

One process draws and encodes about 100,000 tokens a second; a GPU takes ten times that, so several may work at once.
"""

import multiprocessing
import os
import random
import re

import numpy as np
import torch
from tokenizers import Tokenizer

from corpus import Conversations
from wording import HAN

ROUND = 4000  # conversations drawn and sorted by length at a time
LONGEST = 320  # tokens of a conversation; longer ones are left out
RHYME_WEIGHT, WANTED_WEIGHT = 2.0, 3.0


class Batch:
    """Conversations side by side, and what is to be learnt of them.

    tokens, poems: (conversations, length). The others have one entry for each token to be learnt: at, where in the
    flattened (conversations, length - 1) its predecessor stands; its target, its weight, the token to avoid or -1."""

    def __init__(self, tokens, weights, avoid, poems):
        self.tokens, self.poems = tokens, poems
        self.at = np.flatnonzero(weights[:, 1:])
        self.targets, self.weights, self.avoid = (x[:, 1:].reshape(-1)[self.at] for x in (tokens, weights, avoid))

    def on(self, device):
        """The same as tensors there; the copy does not wait for what the device is doing."""
        there = Batch.__new__(Batch)
        for name, kind in (
            ("tokens", "i4"),
            ("poems", "i1"),
            ("at", "i8"),
            ("targets", "i8"),
            ("weights", "f4"),
            ("avoid", "i8"),
        ):
            values = torch.from_numpy(getattr(self, name).astype(kind))
            values = values.pin_memory() if device != "cpu" else values
            setattr(there, name, values.to(device, non_blocking=True))
        return there


class Encoder:
    """Conversations -> four numbers for each token:

    - the token;
    - its weight: 0 what the model does not write itself, 1 the rest, more at the closing characters of lines 2 and 4,
      and most where a character that the request asks for first comes;
    - at the close of line 4, the token that closed line 2, which would be a rhyme of a character with itself (else -1);
    - for a character of a poem, the number of that poem in the conversation, from 1 (else 0)."""

    def __init__(self, folder):
        self.tok = Tokenizer.from_file(f"{folder}/tokenizer.json")
        self.start, self.end, self.pad = (
            self.tok.token_to_id(t) for t in ("<|im_start|>", "<|im_end|>", "<|endoftext|>")
        )
        self.newline = self.tok.encode("\n").ids
        self.opening = {r: [self.start] + self.tok.encode(f"{r}\n").ids for r in ("system", "user", "assistant")}
        shown = [self.tok.decode([i]) for i in range(self.tok.get_vocab_size())]
        self.closes_couplet = np.array([s[:1] in tuple("。？！") for s in shown])
        self.is_han = np.array([bool(re.fullmatch(HAN, s)) for s in shown])
        self.character = {s: i for i, s in enumerate(shown) if len(s) == 1}

    def encode(self, conversations):
        bodies = iter(self.tok.encode_batch_fast([text for c in conversations for _, text, _ in c]))
        return [self.one(c, bodies) for c in conversations]

    def one(self, conversation, bodies):
        tokens, weights, poems, avoid, count = [], [], [], {}, 0
        for role, _, request in conversation:
            body = next(bodies).ids
            tokens += self.opening[role] + body + [self.end] + self.newline
            weights += [0.0] * len(self.opening[role])
            poems += [0] * len(self.opening[role])
            if request is None:
                weights += [float(role == "assistant")] * (len(body) + 1)
                poems += [0] * (len(body) + 1)
            else:
                count += 1
                w, ids = np.ones(len(body) + 1), np.array(body)
                closes = np.flatnonzero(self.closes_couplet[ids[1:]])
                w[closes] = RHYME_WEIGHT
                if len(closes) == 2 and body[closes[0]] != body[closes[1]]:
                    avoid[len(weights) + closes[1]] = body[closes[0]]
                for i in {self.character.get(c) for c in request.wanted}.intersection(body):
                    w[body.index(i)] = WANTED_WEIGHT
                weights += w.tolist()
                poems += (self.is_han[ids] * count).tolist() + [0]
            weights += [0.0] * len(self.newline)
            poems += [0] * len(self.newline)
        return tokens, weights, [avoid.get(k, -1) for k in range(len(tokens))], poems

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
            shape = len(group), max(len(row[0]) for row in group)
            arrays = [np.full(shape, fill, kind) for fill, kind in ((self.pad, "i2"), (0, "f2"), (-1, "i2"), (0, "i1"))]
            for k, row in enumerate(group):
                for array, values in zip(arrays, row):
                    array[k, : len(values)] = values
            yield Batch(*arrays)


class Source:
    """Batches without end, from this process or from `workers` others. `mix` says how conversations are drawn at the
    progress last set (0 to 1)."""

    def __init__(self, encoder, poems, mix, limit, seed, workers):
        self.encoder, self.poems, self.mix, self.limit, self.seed = encoder, poems, mix, limit, seed
        self.progress = multiprocessing.Value("d", 0.0)
        self.queue = multiprocessing.Queue(4 * workers) if workers else None
        self.processes = [
            multiprocessing.Process(target=self.work, args=(seed * 1009 + k,), daemon=True) for k in range(workers)
        ]
        for process in self.processes:
            process.start()

    def work(self, seed):
        os.environ["TOKENIZERS_PARALLELISM"] = "false"
        for arrays in self.make(seed):
            self.queue.put(arrays)

    def make(self, seed):
        talk = Conversations(self.poems, seed)
        while True:
            rows = self.encoder.encode([talk.draw(**self.mix(self.progress.value)) for _ in range(ROUND)])
            yield from self.encoder.batches([r for r in rows if len(r[0]) < LONGEST], self.limit, talk.rng)

    def __iter__(self):
        if not self.queue:
            return self.make(self.seed)
        return iter(self.queue.get, None)

    def close(self):
        for process in self.processes:
            process.terminate()


def held_out(encoder, poems, count, limit):
    """Always the same batches of conversations about poems that are not learnt."""
    talk = Conversations(poems, 0)
    return list(
        encoder.batches(encoder.encode([talk.draw(0.0, 0.0, False) for _ in range(count)]), limit, random.Random(0))
    )
