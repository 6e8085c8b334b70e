package dev.demitasse.benchmarks;

import java.util.Random;

/** Made-up Chinese and English prose, code and numbers: varied enough that no cache of a tokenizer holds it. */
final class MixedText {
    private static final String[] CHINESE_WHO = {
        "我们", "这家公司", "昨天来的那位工程师", "北京的一些学校", "他的朋友", "人工智能研究中心", "许多年轻人", "当地政府",
        "这本书的作者", "两位老师", "负责数据库的同事", "小李", "城市里的居民", "医院", "新成立的实验室", "一位不愿透露姓名的读者",
        "参加会议的专家", "上海的天气", "这种编程语言", "操作系统的内核", "他们的祖父", "公园里的孩子们", "铁路部门", "大多数用户"
    };
    private static final String[] CHINESE_DOES = {
        "正在认真考虑", "已经决定放弃", "从来没有见过", "希望尽快完成", "在报告中详细介绍了", "对此表示支持,并且提出了", "终于找到了", "认为应该重新设计",
        "每天都要使用", "打算在明年春天推出", "不太了解", "花了三个月时间研究", "用不同的方法比较了", "忘记了", "特别喜欢", "向大家解释了",
        "没有办法理解", "悄悄地修改了", "公开批评", "小心翼翼地保护着"
    };
    private static final String[] CHINESE_WHAT = {
        "这个项目的预算", "一种更快的算法", "古代诗歌里的月亮", "关于气候变化的讨论", "系统的安全漏洞", "图书馆的开放时间", "新的交通规则", "自己的工作方式",
        "手机上的应用程序", "豆腐和青菜的做法", "这座桥的历史", "内存管理与线程调度", "学生的考试成绩", "市场上的价格波动", "语言模型的推理速度", "一封没有寄出的信",
        "去年夏天的旅行计划", "邻居家的那只猫", "经济增长的原因", "第二次世界大战之后的变化", "电影的结尾", "祖母留下的菜谱"
    };
    private static final String[] CHINESE_END = {"。", "。", "！", "，", "；", "？", "……", "。\n", "，所以", "：", "——"};
    private static final String[] ENGLISH_WHO = {
        "The committee",
        "A small team of engineers",
        "My neighbour",
        "Every compiler",
        "The garbage collector",
        "She",
        "Nobody in the office",
        "The old lighthouse keeper",
        "This library",
        "Our customers",
        "The second experiment",
        "Professor Hargreaves",
        "The weather in Edinburgh",
        "A well-known newspaper",
        "The operating system",
        "They",
        "An unexpected visitor",
        "The documentation"
    };
    private static final String[] ENGLISH_DOES = {
        "doesn't really explain",
        "has carefully measured",
        "couldn't have predicted",
        "will eventually replace",
        "was criticised for ignoring",
        "allocates",
        "quietly rewrote",
        "is looking forward to",
        "spent three weeks debugging",
        "announced",
        "keeps forgetting about",
        "depends upon",
        "published a thorough analysis of",
        "would rather not discuss",
        "improved",
        "misunderstood"
    };
    private static final String[] ENGLISH_WHAT = {
        "the throughput of the tokenizer", "a recipe for lemon marmalade", "its own memory bandwidth",
                "the history of the canal", "seventeen unrelated bugs",
        "the new privacy regulations", "an index of synonyms", "the migration of cranes in November",
                "what happened on Tuesday", "a lock-free queue",
        "the difference between accuracy and precision", "the quarterly results", "several thousand photographs",
                "the theory of plate tectonics"
    };
    private static final String[] ENGLISH_END = {
        ". ", ". ", ", and ", "; ", "! ", "? ", ".\n", ".\n\n", " (see below). ", ": "
    };
    private static final String[] CODE = {
        "for (int i = 0; i < n; i++) {\n    sum += values[i] * %d;\n}\n",
        "def area(width, height=%d):\n    return width * height\n",
        "| 2024-%02d-15 | 1,299.00 € |\n",
        "https://example.org/items/%d?page=2&sort=asc ",
        "SELECT name FROM users WHERE id = %d;\n",
        "👍🏽 %d 🎉 "
    };

    private MixedText() {}

    /** Returns at least {@code length} characters, always the same for the same arguments. */
    static String of(long seed, int length) {
        Random random = new Random(seed);
        StringBuilder text = new StringBuilder(length + 200);
        while (text.length() < length) {
            int kind = random.nextInt(20);
            if (kind < 12) {
                text.append(pick(random, CHINESE_WHO)).append(pick(random, CHINESE_DOES));
                text.append(pick(random, CHINESE_WHAT)).append(pick(random, CHINESE_END));
            } else if (kind < 19) {
                text.append(pick(random, ENGLISH_WHO)).append(' ').append(pick(random, ENGLISH_DOES));
                text.append(' ').append(pick(random, ENGLISH_WHAT)).append(pick(random, ENGLISH_END));
            } else {
                text.append(String.format(pick(random, CODE), 1 + random.nextInt(12)));
            }
        }
        return text.toString();
    }

    private static String pick(Random random, String[] choices) {
        return choices[random.nextInt(choices.length)];
    }
}
