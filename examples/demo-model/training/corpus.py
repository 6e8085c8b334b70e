"""The poems, and conversations about them drawn at random.

Nothing is fixed in advance but the poems: every time a poem is met it is asked for in new words, so the model
learns which words of a request matter.
"""

import collections
import itertools
import json
import random
import re

from wording import ANOTHER, THEME_TEST, THEMES, request_for, small_talk

SYSTEM = "You are a helpful assistant."
CUT = re.compile("[，。！？；：、,.!?;\\s]+")


class Poem:
    __slots__ = ("text", "joined", "length", "title", "half", "themes", "rhymed", "ends")

    def __init__(self, row):
        lines = CUT.sub(" ", row["text"]).split()
        self.text, self.title, self.half = row["text"], row.get("title", ""), row["kind"] == "half"
        self.joined, self.length = "".join(lines), len(lines[0])
        self.ends = lines[1][-1], lines[3][-1]
        self.themes = [name for name, test in THEME_TEST.items() if test.search(self.joined)]
        self.rhymed = False


class Rhymes:
    """Two characters rhyme if they close lines 2 and 4 of at least two poems that the model may see."""

    def __init__(self, poems):
        self.seen = collections.Counter(tuple(sorted(p.ends)) for p in poems)

    def __call__(self, a, b, times=2):
        return a == b or self.seen[tuple(sorted((a, b)))] >= times


def load(path):
    """-> (training poems, held-out poems)"""
    train, held_out = [], []
    with open(path, encoding="utf-8") as rows:
        for row in map(json.loads, rows):
            (held_out if row["set"] == "held-out" else train).append(Poem(row))
    return train, held_out


class Conversations:
    """Draws conversations: lists of (role, text, request or None); the request comes with the answer to it."""

    def __init__(self, poems, seed):
        self.rng = random.Random(seed)
        rhymes = Rhymes(poems)
        for p in poems:
            p.rhymed = p.ends[0] != p.ends[1] and rhymes(*p.ends, times=3)
        self.quatrains, self.halves = [p for p in poems if not p.half], [p for p in poems if p.half]
        pairs = collections.Counter(p.joined[i : i + 2] for p in self.quatrains for i in self.starts(p))
        self.words = {w for w, n in pairs.items() if 60 <= n <= 1500}
        self.by_theme = {}
        for half, rhymed in itertools.product((False, True), repeat=2):
            table = self.by_theme[half, rhymed] = collections.defaultdict(list)
            for p in poems:
                if p.half == half and (p.rhymed or not rhymed):
                    for theme in p.themes:
                        table[theme].append(p)
        self.theme_odds = [len(self.by_theme[False, True][t]) ** 0.4 for t in THEMES]
        self.queues = {}

    @staticmethod
    def starts(poem):
        """Where two-character words may start: lines are read 2+2+3 or 2+3."""
        step = range(0, poem.length - 2, 2)
        return [line * poem.length + k for line in range(4) for k in step]

    def next_of(self, name, poems):
        """Walks over all poems in random order, again and again."""
        queue = self.queues.setdefault(name, [])
        if not queue:
            queue.extend(poems)
            self.rng.shuffle(queue)
        return queue.pop()

    def poem_turn(self, themed, halves, rhymed):
        rng = self.rng
        half = rng.random() < halves
        if rng.random() < themed:
            theme = rng.choices(list(THEMES), self.theme_odds)[0]
            choice = self.by_theme[half, rhymed][theme] or self.by_theme[False, False][theme]
            length = rng.choice((5, 7))
            poem = next((p for p in (rng.choice(choice) for _ in range(12)) if p.length == length), None) or rng.choice(
                choice
            )
            return poem, request_for(rng, poem, theme)
        poem = self.next_of(half, self.halves if half else self.quatrains)
        while rhymed and not poem.rhymed:
            poem = self.next_of(half, self.halves if half else self.quatrains)
        return poem, self.ask(poem)

    def ask(self, poem):
        words = [w for w in (poem.joined[i : i + 2] for i in self.starts(poem)) if w in self.words]
        return request_for(self.rng, poem, None, words)

    def draw(self, themed, halves, rhymed):
        """One conversation. themed: share of poems drawn theme by theme; halves: share of half regulated verses;
        rhymed: only poems whose lines 2 and 4 rhyme."""
        rng = self.rng
        turns = [("system", SYSTEM, None)] if rng.random() < 0.9 else []
        dice = rng.random()
        if dice < 0.05:
            return turns + self.talk()
        if dice < 0.07:
            turns += self.talk()
        while True:
            poem, request = self.poem_turn(themed, halves, rhymed)
            turns += [("user", request.text, None), ("assistant", poem.text, request)]
            if request.theme and rng.random() < 0.02:
                more = self.by_theme[False, True][request.theme]
                turns += [("user", rng.choice(ANOTHER), None), ("assistant", rng.choice(more).text, request)]
            if rng.random() < 0.02:
                turns += self.talk()
            if rng.random() > 0.05:
                return turns

    def talk(self):
        said, answer = small_talk(self.rng)
        return [("user", said, None), ("assistant", answer, None)]
