package dev.demitasse.benchmarks;

import dev.demitasse.chat.ChatSession;
import dev.demitasse.chat.LanguageModel;
import dev.demitasse.chat.Reply;
import dev.demitasse.tokenizer.SpecialTokens;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * What it takes to read, keep, save and restore a conversation, and how much memory the process has: {@code java -cp
 * benchmarks.jar dev.demitasse.benchmarks.ConversationMemory MODEL [TOKENS [THREADS]]}. Memory is what Linux counts.
 */
public final class ConversationMemory {
    private static final int SAMPLES = 5;

    private ConversationMemory() {}

    /** Prints one line for each. */
    public static void main(String[] args) throws IOException {
        int tokens = args.length > 1 ? Integer.parseInt(args[1]) : 2000;
        int threads = args.length > 2 ? Integer.parseInt(args[2]) : 2;
        long start = System.nanoTime();
        try (LanguageModel model = LanguageModel.loader().threads(threads).load(Path.of(args[0]))) {
            report("load", (System.nanoTime() - start) / 1e6);
            System.out.println(model.info() + "\n" + memory("after loading"));
            try (ChatSession warmed = model.newChat().system("").start()) {
                Reply reply = firstToken(warmed);
                System.out.println(memory("after one short question, " + reply.usage()));
            }
            measure(model, systemMessage(model, tokens));
            System.out.println(memory("at the end, " + model.stats()));
        }
    }

    private static void measure(LanguageModel model, String system) throws IOException {
        Path file = Files.createTempDirectory("demitasse").resolve("conversation");
        try (ChatSession base = model.newChat().system(system).start()) {
            long start = System.nanoTime();
            base.preload("");
            report("read " + base.context(), (System.nanoTime() - start) / 1e6);
            System.out.println(memory("after reading"));
            report("fork", median(base::fork, chat -> {}));
            report("first token in a fork", median(base::fork, ConversationMemory::firstToken));
            List<Double> saves = new ArrayList<>();
            for (int i = 0; i < SAMPLES; i++) {
                long begun = System.nanoTime();
                base.save(file);
                saves.add((System.nanoTime() - begun) / 1e6);
            }
            report("save, " + Files.size(file) + " bytes", Median.of(saves));
            report("restore", median(() -> restored(model, file), chat -> {}));
            report("restore and first token", median(() -> restored(model, file), ConversationMemory::firstToken));
        } finally {
            Files.deleteIfExists(file);
            Files.deleteIfExists(file.getParent());
        }
    }

    private static ChatSession restored(LanguageModel model, Path file) {
        return model.newChat().restore(file).start();
    }

    private static double median(Supplier<ChatSession> open, Consumer<ChatSession> use) {
        List<Double> samples = new ArrayList<>();
        for (int i = 0; i < SAMPLES; i++) {
            long start = System.nanoTime();
            try (ChatSession chat = open.get()) {
                use.accept(chat);
                samples.add((System.nanoTime() - start) / 1e6);
            }
        }
        return Median.of(samples);
    }

    private static Reply firstToken(ChatSession chat) {
        return chat.send("Is that allowed?", o -> o.maxTokens(1)).await();
    }

    private static String systemMessage(LanguageModel model, int tokens) {
        StringBuilder text = new StringBuilder();
        for (int seed = 1; model.tokenizer().count(text.toString(), SpecialTokens.NONE) < tokens; seed++) {
            text.append(MixedText.of(seed, 100)).append('\n');
        }
        return text.toString();
    }

    private static void report(String what, double milliseconds) {
        System.out.println(String.format(Locale.ROOT, "%10.2f ms  %s", milliseconds, what));
    }

    /** Resident memory, and how much of it is pages of files, which the system may take back. */
    private static String memory(String when) throws IOException {
        StringBuilder line = new StringBuilder("memory ").append(when).append(':');
        for (String field : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (field.startsWith("VmRSS") || field.startsWith("RssFile") || field.startsWith("VmHWM")) {
                line.append(' ').append(field.replaceAll("\\s+", " "));
            }
        }
        return line.toString();
    }
}
