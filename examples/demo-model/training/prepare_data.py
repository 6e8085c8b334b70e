"""Makes data/poems.jsonl from a copy of https://github.com/chinese-poetry/chinese-poetry (MIT, (c) 2016 JackeyGao).

    git clone --depth 1 https://github.com/chinese-poetry/chinese-poetry
    python prepare_data.py chinese-poetry data/poems.jsonl

Keeps the Tang and Song poems of exactly four lines of five or seven characters, and the halves of eight-line
regulated verse, which have the same shape and the same rhymes. Needs the `opencc` command (traditional to
simplified characters). The result is training data: it is not part of this project and is never committed.
"""

import argparse
import collections
import hashlib
import json
import pathlib
import re
import subprocess

from wording import HAN

SENTENCE = re.compile(f"({HAN}+)([，。！？；：、,.!?;])")
GATHA = re.compile("偈|頌|贊|讚|拈古|語録")  # riddling Buddhist verse, unlike the rest

# Old variant forms that opencc leaves as they are, each followed by today's form.
VARIANTS = str.maketrans(
    dict(
        (
            "髙高 歩步 毎每 黒黑 敎教 恵惠 頼赖 徳德 縦纵 覩睹 濶阔 絶绝 鎻锁 樷丛 柰奈 呉吴 兎兔 遶绕 葢盖 聴听 虗虚 飡餐 冩写 囬回 峯峰 巗岩 恠怪 濵滨 煑煮 牕窗 畧略 絃弦 薫薰 "
            "麤粗 欵款 菓果 蕚萼 蘂蕊 邉边 闗关 霊灵 粧妆 隠隐 亀龟 歳岁 竒奇 寛宽 凢凡 眀明 為为 産产 説说 俻备 呌叫 喫吃 嬾懒 脩修 嵗岁 惽昏 敇敕 斵斫 昬昏 椶棕 欎郁 歛敛 毬球 "
            "氷冰 汚污 沈沉 渉涉 湏须 滙汇 炤照 牀床 甞尝 畆亩 皷鼓 盃杯 盌碗 秊年 窓窗 竝并 筯箸 糉粽 缾瓶 羣群 翫玩 聨联 臈腊 艸草 莭节 葉叶 蔕蒂 虵蛇 蚉蚊 蝯猿 袵衽 覔觅 豓艳 "
            "賔宾 賛赞 踈疏 躭耽 輭软 迯逃 逈迥 遊游 釡釜 銕铁 閙闹 隂阴 隣邻 靣面 韮韭 頋顾 飃飘 餙饰 駈驱 騐验 鬦斗 鷄鸡 鸎莺 麞獐 黙默 簷檐 疎疏 祇只 鴈雁 鬭斗 浄净 徧遍 谿溪 "
            "馿驴 髪发 僊仙 巵卮 煖暖 臯皋 賸剩 猨猿 媿愧 劒剑 牋笺 珮佩 餠饼 隄堤 椀碗 堦阶 槃盘 褭袅 鉏锄 擡抬 罇樽 鏁锁 秪只 穉稚 彊强 臙胭 潄漱 懽欢 怱匆 虀齑 秖只 櫂棹"
        ).split()
    )
)


def simplify(texts):
    """Runs opencc once over all texts, one a line."""
    done = subprocess.run(
        ["opencc", "-c", "t2s"], input="\n".join(texts), capture_output=True, text=True, check=True
    ).stdout
    texts_out = done.split("\n")[: len(texts)]
    assert len(texts_out) == len(texts)
    return [t.translate(VARIANTS) for t in texts_out]


def read_poems(folder):
    """(title, text) of every poem short enough, in the collection's own order, simplified."""
    found = []
    for dynasty in ("tang", "song"):
        files = pathlib.Path(folder).rglob(f"poet.{dynasty}.*.json")
        for file in sorted((f for f in files if f.parent.name == "全唐诗"), key=lambda f: int(f.name.split(".")[2])):
            for poem in json.loads(file.read_text(encoding="utf-8")):
                text = "".join(poem["paragraphs"]).replace("\n", "")
                if 24 <= len(text) <= 64 and "□" not in text and not GATHA.search(poem["title"]):
                    found.append((re.sub(r"\s+", " ", poem["title"]), text))
    return list(zip(simplify([t for t, _ in found]), simplify([t for _, t in found])))


def shape(text):
    """[(line, mark)] if the text is four or eight lines of five, or of seven, characters; else nothing."""
    parts = SENTENCE.findall(text)
    if "".join(a + b for a, b in parts) != text or len(parts) not in (4, 8):
        return []
    length = len(parts[0][0])
    return parts if length in (5, 7) and all(len(line) == length for line, _ in parts) else []


def layout(parts):
    """Odd lines end in a comma, even ones keep a question or exclamation mark, else end in a full stop."""
    return "\n".join(
        line + ("，" if k % 2 == 0 else mark if mark in "？！" else "。") for k, (line, mark) in enumerate(parts)
    )


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("source", help="the checked-out chinese-poetry repository")
    args.add_argument("out")
    args.add_argument(
        "--held-out-list",
        help="file of lines; quatrains with one of them are held out. Without it: one quatrain in forty, by a hash",
    )
    args = args.parse_args()

    shaped = [(title, shape(text)) for title, text in read_poems(args.source)]
    poems = [("quatrain", title, parts) for title, parts in shaped if len(parts) == 4]
    poems += [("half", title, parts[k : k + 4]) for title, parts in shaped if len(parts) == 8 for k in (0, 4)]
    often = collections.Counter(c for kind, _, parts in poems if kind == "quatrain" for line, _ in parts for c in line)

    listed = set(pathlib.Path(args.held_out_list).read_text(encoding="utf-8").split()) if args.held_out_list else None

    def held_out(lines):
        if listed is not None:
            return any(line in listed for line in lines)
        return int(hashlib.sha256(lines[0].encode()).hexdigest(), 16) % 40 == 0

    counts, couplets = collections.Counter(), set()
    out = pathlib.Path(args.out)
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("w", encoding="utf-8") as file:
        for kind, title, parts in poems:
            lines = [line for line, _ in parts]
            mine = {(lines[0], lines[1]), (lines[2], lines[3])}
            if any(often[c] < 6 for line in lines for c in line):
                counts[kind, "rare characters"] += 1
            elif len(set(lines)) < 3 or mine & couplets:
                counts[kind, "repeated"] += 1
            else:
                couplets |= mine
                part = "held-out" if kind == "quatrain" and held_out(lines) else "train"
                counts[kind, part] += 1
                json.dump({"set": part, "kind": kind, "title": title, "text": layout(parts)}, file, ensure_ascii=False)
                file.write("\n")
    for (kind, what), n in sorted(counts.items()):
        print(f"{kind:10} {what:16} {n:8,}")


if __name__ == "__main__":
    main()
