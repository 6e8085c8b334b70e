"""Trains the byte-level BPE: same normal form, split and byte level as Qwen2's, so the same reader takes it.

    python train_tokenizer.py --data data/poems.jsonl --out tokenizer

Chinese text is shown one Han character a line. Merges then build whole characters and stop there: a character is one
token, and a line of seven characters is seven tokens, which the model has to count. Only the fixed wording of requests
and English are shown whole and get longer tokens.
"""

import argparse
import json
import pathlib
import re

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from corpus import Conversations, load
from wording import ABOUT_ZH, ANY_ZH, HAN, HOLDING_ONE, HOLDING_TWO, LENGTH_ZH, TITLED

SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
TEMPLATE = (
    "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}"
    "{{ '<|im_start|>system\\nYou are a helpful assistant.<|im_end|>\\n' }}{% endif %}"
    "{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n'}}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)


def apart(text):
    return re.sub(f"({HAN})", r"\1\n", text)


def texts(poems, count):
    talk = Conversations(poems, 0)
    for poem in talk.quatrains:
        yield apart(poem.text)
        yield "，\n，\n。\n。\n"
    for _ in range(count):
        for role, text, request in talk.draw(0.3, 0.0, False):
            yield role + "\n"
            if request is None:
                yield apart(text)
    for template in (*ABOUT_ZH, *HOLDING_ONE, *HOLDING_TWO, *TITLED, *ANY_ZH):
        for piece in re.split("{[abx]}", template):
            for name in (*LENGTH_ZH[5], *LENGTH_ZH[7]):
                yield from [piece.format(f=name)] * 500


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--data", default="data/poems.jsonl")
    args.add_argument("--out", default="tokenizer")
    args.add_argument("--size", type=int, default=6400, help="tokens, the three special ones included")
    args = args.parse_args()

    tok = Tokenizer(models.BPE())
    tok.normalizer = normalizers.NFC()
    tok.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(SPLIT), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tok.decoder = decoders.ByteLevel()
    tok.post_processor = processors.ByteLevel(trim_offsets=False)
    trainer = trainers.BpeTrainer(
        vocab_size=args.size - len(SPECIAL),
        min_frequency=2,
        show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )
    tok.train_from_iterator(texts(load(args.data)[0], 60000), trainer)
    tok.add_special_tokens([AddedToken(s, special=True, normalized=False) for s in SPECIAL])

    out = pathlib.Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    tok.save(str(out / "tokenizer.json"))
    special = {
        str(tok.token_to_id(s)): {
            "content": s,
            "lstrip": False,
            "normalized": False,
            "rstrip": False,
            "single_word": False,
            "special": True,
        }
        for s in SPECIAL
    }
    config = {
        "add_prefix_space": False,
        "add_bos_token": False,
        "bos_token": None,
        "eos_token": "<|im_end|>",
        "pad_token": "<|endoftext|>",
        "unk_token": None,
        "added_tokens_decoder": special,
        "additional_special_tokens": ["<|im_start|>", "<|im_end|>"],
        "chat_template": TEMPLATE,
        "clean_up_tokenization_spaces": False,
        "errors": "replace",
        "model_max_length": 1024,
        "split_special_tokens": False,
        "tokenizer_class": "Qwen2Tokenizer",
    }
    (out / "tokenizer_config.json").write_text(
        json.dumps(config, ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
    )
    print(tok.get_vocab_size(), "tokens;", tok.encode("春眠不觉晓，\n处处闻啼鸟。").tokens)


if __name__ == "__main__":
    main()
