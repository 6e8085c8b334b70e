"""What a user may say to the demo model, and what it answers when no poem is asked for.

A request for a poem is made from a poem: it names the length and something that the poem really holds
(a theme of the table below, a word, a title). Everything random comes from the caller's generator.
"""

import re
from dataclasses import dataclass

HAN = "[\u3400-\u4dbf\u4e00-\u9fff〇]"

# A month name holds the moon's character without a moon.
MOON = "(?<![一二三四五六七八九十正腊岁年几累])月"

# theme -> (its English name, regular expression over the poem's four lines joined)
THEMES = {
    "春天": ("spring", "春"),
    "夏天": ("summer", "夏"),
    "秋天": ("autumn", "秋"),
    "冬天": ("winter", "冬|雪"),
    "月亮": ("the moon", MOON),
    "明月": ("the bright moon", "明月"),
    "月夜": ("a moonlit night", f"{MOON}.*夜|夜.*{MOON}"),
    "太阳": ("the sun", "日"),
    "星星": ("stars", "星"),
    "夕阳": ("sunset", "夕阳|斜阳|落日|残阳"),
    "黄昏": ("dusk", "黄昏|暮|昏"),
    "清晨": ("early morning", "晓|朝|晨"),
    "夜晚": ("night", "夜"),
    "风": ("wind", "风"),
    "春风": ("the spring wind", "春风"),
    "秋风": ("the autumn wind", "秋风"),
    "雨": ("rain", "雨"),
    "春雨": ("spring rain", "春.*雨|雨.*春"),
    "雪": ("snow", "雪"),
    "冬雪": ("winter snow", "雪"),
    "霜": ("frost", "霜"),
    "露水": ("dew", "露"),
    "白云": ("white clouds", "云"),
    "烟雾": ("mist", "烟|雾"),
    "雷": ("thunder", "雷"),
    "花": ("flowers", "花"),
    "落花": ("falling flowers", "落花|花落"),
    "梅花": ("plum blossom", "梅"),
    "桃花": ("peach blossom", "桃"),
    "荷花": ("lotus", "荷|莲"),
    "菊花": ("chrysanthemums", "菊"),
    "兰花": ("orchids", "兰"),
    "牡丹": ("peonies", "牡丹"),
    "海棠": ("crabapple blossom", "海棠"),
    "杨柳": ("willows", "柳"),
    "竹子": ("bamboo", "竹"),
    "松树": ("pine trees", "松"),
    "草": ("grass", "草"),
    "树叶": ("leaves", "叶"),
    "红叶": ("red leaves", "红叶|枫"),
    "山": ("mountains", "山"),
    "青山": ("green hills", "青山"),
    "山水": ("mountains and water", "山.*水|水.*山"),
    "石头": ("stones", "石"),
    "长江": ("the Yangtze river", "江"),
    "江水": ("the river", "江"),
    "黄河": ("the Yellow River", "黄河"),
    "小溪": ("a stream", "溪"),
    "流水": ("flowing water", "流水"),
    "泉水": ("a spring of water", "泉"),
    "西湖": ("West Lake", "湖"),
    "大海": ("the sea", "海"),
    "桥": ("a bridge", "桥"),
    "归舟": ("a boat going home", "舟|船"),
    "渔翁": ("a fisherman", "渔"),
    "樵夫": ("a woodcutter", "樵"),
    "农家": ("village life", "农|田家|村"),
    "古寺": ("an old temple", "寺|僧"),
    "小楼": ("a small tower", "楼"),
    "城": ("the city", "城"),
    "钟声": ("a temple bell", "钟"),
    "琴": ("the zither", "琴"),
    "笛声": ("a flute", "笛"),
    "读书": ("reading books", "书"),
    "下棋": ("a game of chess", "棋"),
    "画": ("a painting", "画"),
    "酒": ("wine", "酒"),
    "茶": ("tea", "茶"),
    "梦": ("a dream", "梦"),
    "眼泪": ("tears", "泪"),
    "忧愁": ("sorrow", "愁"),
    "离别": ("farewell", "别"),
    "送别": ("parting", "送|别"),
    "相思": ("longing", "相思"),
    "思乡": ("homesickness", "乡|故园"),
    "故乡": ("my hometown", "故乡|乡"),
    "朋友": ("a friend", "故人|友"),
    "少年": ("youth", "少年"),
    "白发": ("growing old", "白发|白头|老"),
    "美人": ("a beautiful woman", "美人|佳人"),
    "将军": ("a general", "将军"),
    "神仙": ("immortals", "仙"),
    "边塞": ("the frontier", "塞|胡|戍"),
    "剑": ("a sword", "剑"),
    "马": ("a horse", "马"),
    "龙": ("a dragon", "龙"),
    "牛": ("an ox", "牛"),
    "鸟": ("birds", "鸟"),
    "燕子": ("swallows", "燕"),
    "大雁": ("wild geese", "雁"),
    "黄鹂": ("orioles", "莺|鹂"),
    "白鹤": ("cranes", "鹤"),
    "白鹭": ("egrets", "鹭"),
    "鱼": ("fish", "鱼"),
    "蝴蝶": ("butterflies", "蝶"),
    "蝉": ("cicadas", "蝉"),
    "猿": ("gibbons", "猿"),
    "中秋": ("the Mid-Autumn festival", "中秋"),
    "重阳": ("the Double Ninth festival", "重阳"),
    "清明": ("the Qingming festival", "清明|寒食"),
}
THEME_TEST = {name: re.compile(pattern) for name, (_, pattern) in THEMES.items()}

# single characters that a request may name outright
OBJECTS = set(
    "春夏秋冬月花风雨雪云霜露烟霞雷星日夜晓山水江河湖海天溪泉石沙梦酒茶琴棋书画剑马牛龙鸟莺燕雁鹤鹭鱼蝶蝉猿鸥竹松柳梅桃李杏荷莲菊兰草叶林树"
    "桥舟船楼台亭寺钟灯烛窗门帘城村田乡路渔樵僧客君友泪愁歌笛箫鼓诗"
)

LENGTH_ZH = {5: ("五言绝句", "五言绝句", "五绝", "五言诗"), 7: ("七言绝句", "七言绝句", "七绝", "七言诗")}
LENGTH_EN = {5: "five-character", 7: "seven-character"}

ABOUT_ZH = (
    "写一首关于{x}的{f}",
    "写一首关于{x}的{f}",
    "请写一首关于{x}的{f}",
    "帮我写一首关于{x}的{f}",
    "我想要一首关于{x}的{f}",
    "来一首{x}的{f}",
    "来一首关于{x}的{f}",
    "作一首{f}，主题是{x}",
    "以{x}为主题写一首{f}",
    "以{x}为题写一首{f}",
    "以“{x}”为题写一首{f}",
    "用{x}作一首{f}",
    "给我写首{x}的{f}",
    "写一首{x}{f}",
    "写一首关于{x}的诗",
    "帮我写一首关于{x}的诗",
    "写一首{x}诗",
    "写首关于{x}的诗",
)
ABOUT_EN = (
    "Write a {f} quatrain about {x}",
    "Write a {f} quatrain about {x}",
    "Write a {f} poem about {x}",
    "Please write a {f} Chinese quatrain about {x}",
    "Can you write a {f} quatrain about {x}",
    "I would like a {f} poem about {x}",
    "Write a Chinese poem about {x}",
    "Write a poem about {x}",
    "A {f} poem about {x}, please",
)
HOLDING_ONE = (
    "写一首有{a}的{f}",
    "写一首带“{a}”字的{f}",
    "用“{a}”字写一首{f}",
    "写一首{f}，要有{a}",
    "写一首{f}，写到{a}",
)
HOLDING_TWO = (
    "写一首{f}，要有{a}和{b}",
    "写一首{f}，里面要有{a}和{b}",
    "来一首{f}，写到{a}和{b}",
    "写一首有{a}和{b}的{f}",
    "写一首诗，要有{a}和{b}",
)
TITLED = ("以《{x}》为题写一首{f}", "以《{x}》为题，写一首{f}", "请以《{x}》为题作一首{f}", "写一首{f}，题目是《{x}》")
ANY_ZH = ("写一首{f}", "来一首{f}", "请作一首{f}", "随便写一首{f}", "给我一首{f}", "写一首诗")
ANOTHER = ("再写一首", "再来一首", "再写一首吧", "换一首", "还要一首", "继续", "another one", "One more, please")

# a title that names the poem's matter: no serial numbers, no "untitled", no "reply with the same rhymes"
TITLE_TAIL = re.compile(r"[（(].*?[)）]|[其又][一二三四五六七八九十].*$|[一二三四五六七八九十百]+首.*$|[ 　].*$")
TITLE_GOOD = re.compile(f"(?!句|偈|颂|绝句|诗|无题|失题|古意|口占|杂|宫词|赞|拟|遣兴|即事|和|次韵|其){HAN}{{2,6}}$")


@dataclass
class Request:
    text: str
    wanted: str = ""  # characters of which the poem holds some because the request names them
    theme: str = ""  # key of THEMES, if one was named


def usable_title(title):
    title = TITLE_TAIL.sub("", title).strip()
    return title if TITLE_GOOD.match(title) else ""


def about(rng, theme, length):
    """Asks for a theme of the table, in Chinese or (one time in four) in English."""
    wanted = "".join(re.findall(HAN, THEMES[theme][1].replace(MOON, "月")))
    if rng.random() < 0.26:
        text = rng.choice(ABOUT_EN).format(x=THEMES[theme][0], f=LENGTH_EN[length])
        return Request(text + ("?" if text.startswith("Can") else rng.choice(("", ".", "."))), wanted, theme)
    text = rng.choice(ABOUT_ZH).format(x=theme, f=rng.choice(LENGTH_ZH[length]))
    return Request(text + rng.choice(("", "", "", "。", "吧", "！")), wanted, theme)


def request_for(rng, poem, theme=None, words=()):
    """One request that `poem` answers; `theme` forces the theme, `words` are two-character words of the poem."""
    if theme:
        return about(rng, theme, poem.length)
    form = rng.choice(LENGTH_ZH[poem.length])
    objects = sorted(OBJECTS.intersection(poem.joined))
    title = usable_title(poem.title)
    end = rng.choice(("", "", "。", "吧"))
    dice = rng.random()
    if title and dice < 0.14:
        return Request(rng.choice(TITLED).format(x=title, f=form) + end, title)
    if words and dice < 0.36:
        word = rng.choice(words)
        return Request(rng.choice(ABOUT_ZH).format(x=word, f=form) + end, word)
    if len(objects) >= 2 and dice < 0.58:
        a, b = rng.sample(objects, 2)
        if poem.themes and rng.random() < 0.4:
            theme = rng.choice(poem.themes)
            return Request(f"帮我写一首关于{theme}的诗，要有{a}和{b}{end}", a + b, theme)
        return Request(rng.choice(HOLDING_TWO).format(a=a, b=b, f=form) + end, a + b)
    if poem.themes and dice < 0.88:
        return about(rng, rng.choice(poem.themes), poem.length)
    if objects and dice < 0.96:
        a = rng.choice(objects)
        return Request(rng.choice(HOLDING_ONE + ABOUT_ZH[:4]).format(a=a, x=a, f=form) + end, a)
    if rng.random() < 0.2:
        return Request(f"Write a {LENGTH_EN[poem.length]} quatrain" + rng.choice(("", ".")))
    return Request(rng.choice(ANY_ZH).format(f=form) + end)


WHO_ZH = (
    "我是这个库自带的演示小模型，只有几百万参数，会写五言和七言绝句。",
    "我是随库附带的演示小模型，专门写五言和七言绝句。",
)
TRY_ZH = (
    "试试对我说“写一首关于春天的七言绝句”。",
    "给我一个主题，我就写一首诗给你。",
    "请告诉我一个主题吧，比如明月、梅花或者长江。",
)
WHO_EN = (
    "I am the small demo model that ships with this library. I write classical Chinese quatrains.",
    "I am a tiny demo model with a few million parameters. I write Chinese quatrains.",
)
TRY_EN = ('Try: "Write a seven-character quatrain about spring".', "Give me a theme, such as the moon or plum blossom.")

# (what users say, the parts of the answer: one of each group is taken)
SMALL_TALK = (
    (
        "你好|您好|你好呀|你好啊|嗨|哈喽|在吗|早上好|早安|上午好|下午好|晚上好|大家好|你好，很高兴认识你|"
        "很高兴认识你|最近好吗|你好吗",
        (("你好！", "你好呀！", "您好！"), WHO_ZH + ("我会写五言和七言绝句。",), TRY_ZH),
    ),
    (
        "你是谁|你叫什么|你叫什么名字|介绍一下你自己|介绍一下自己|请做个自我介绍|你是什么模型|你是什么|你是人吗|"
        "你是机器人吗|你是通义千问吗|谁做的你|你是谁做的|你有多少参数|你有多大",
        (WHO_ZH, TRY_ZH),
    ),
    (
        "你能做什么|你会什么|你会做什么|你有什么功能|怎么用你|怎么用|帮助|我可以问你什么|你会写诗吗|你能写诗吗",
        (("我会写绝句：每句五个字或七个字，一共四句。",), TRY_ZH),
    ),
    (
        "谢谢|谢谢你|多谢|感谢|写得真好|写得不错|太棒了|好诗|不错|真好|我很喜欢",
        (("不客气！", "谢谢夸奖！", "很高兴你喜欢。"), ("还想要什么主题的诗？", "要不要再来一首？")),
    ),
    (
        "再见|拜拜|晚安|下次见|我走了|回头见|明天见",
        (("再见！", "再见，愿你天天有诗。", "下次再来写诗吧，再见！"),),
    ),
    (
        "hello|hi|Hello|Hi|Hi there|hey|Hey!|Hello!|Hello there|good morning|Good morning!|Good afternoon|"
        "Good evening|How are you?|Nice to meet you",
        (("Hello! ", "Hi! "), WHO_EN, (" ",), TRY_EN),
    ),
    (
        "who are you|Who are you?|What are you?|what is your name|What's your name?|introduce yourself|"
        "Tell me about yourself|Are you Qwen?|Are you a robot?|Which model are you?|Who made you?|How big are you?",
        (WHO_EN, (" ",), TRY_EN),
    ),
    (
        "what can you do|What can you do?|help|Help me|How do I use you?|Can you write poems?|"
        "What should I ask you?",
        (("I write Chinese quatrains: four lines of five or seven characters. ",), TRY_EN),
    ),
    (
        "thanks|Thanks!|Thank you!|thank you|Thanks a lot|great|nice poem|well done|I like it|Beautiful!",
        (("You are welcome! ", "Glad you like it! "), ("Would you like another one?", "Give me another theme.")),
    ),
    (
        "bye|goodbye|Bye!|see you|See you later|good night|Good night!",
        (("Goodbye!", "See you next time!"),),
    ),
    (
        "一加一等于几|1+1等于几|三乘以五是多少|今天天气怎么样|明天会下雨吗|法国的首都是哪里|中国有多少人口|"
        "用Java写一个排序算法|写一段代码|写一个Python程序|讲个笑话|讲个故事|帮我翻译一句话|什么是人工智能|"
        "推荐一本书|推荐一部电影|现在几点了|今天星期几|写一篇作文|写一份简历|如何学习编程|怎么做红烧肉|怎么减肥|"
        "谁是美国总统|谁发明了电灯|解释一下量子力学|帮我写一封邮件|股票会涨吗|地球有多大|月球离地球多远|我心情不好|"
        "我该怎么办",
        (("这个问题我答不了，", "这超出了我的能力，", "抱歉，我不会这个，"), ("我只会写绝句。",), TRY_ZH),
    ),
    (
        "What is 1+1?|What is two times three?|what is the capital of France|Tell me a joke|Tell me a story|"
        "How is the weather today?|Will it rain tomorrow?|Write a sorting algorithm in Java|Write a Python program|"
        "Explain quantum physics|Translate this sentence|What time is it?|What day is it today?|Write an email|"
        "Who is the president?|Who invented the telephone?|What is machine learning?|Recommend a book|"
        "How do I cook rice?|How far is the moon?",
        (("Sorry, that is beyond me. ", "I cannot answer that. "), ("I only write Chinese quatrains. ",), TRY_EN),
    ),
)


def small_talk(rng):
    """(what the user says, what the model answers)"""
    says, parts = rng.choice(SMALL_TALK)
    said = rng.choice(says.split("|"))
    if re.match(HAN, said[-1]) and rng.random() < 0.4:
        said += rng.choice(("？", "。", "！", "?", "～"))
    elif said.isascii() and rng.random() < 0.5:
        said = (
            said[0].swapcase()
            + said[1:].rstrip("?!")
            + rng.choice(("", "!", ".", said[-1] if said[-1] in "?!" else ""))
        )
    return said, "".join(rng.choice(group) for group in parts)
