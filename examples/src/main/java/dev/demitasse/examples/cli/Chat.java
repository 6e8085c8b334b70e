package dev.demitasse.examples.cli;

import dev.demitasse.chat.ChatSession;
import dev.demitasse.chat.DemitasseException;
import dev.demitasse.chat.Finish;
import dev.demitasse.chat.Generation;
import dev.demitasse.chat.LanguageModel;
import dev.demitasse.chat.Reply;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** A conversation in the terminal. */
@Command(
        name = "chat",
        mixinStandardHelpOptions = true,
        description =
                "Talks with a model. /clear forgets the conversation, /exit or Ctrl-D ends it, Ctrl-C stops an answer.")
final class Chat implements Callable<Integer> {
    private static final String ABOUT_BUNDLED = """
        This is the bundled demonstration model: 4.8 million parameters that write classical Chinese quatrains, and
        know nothing else. Try: 写一首关于月亮的诗
        For a model that answers questions, start: demitasse chat qwen2.5-0.5b (a download of 0.7 GB, once)\
        """;

    @Parameters(arity = "0..1", paramLabel = "MODEL", description = ModelFiles.HELP)
    private @Nullable String model;

    @Option(
            names = "--system",
            paramLabel = "TEXT",
            description = "Instructions; \"\" for none (default: the model's own).")
    private @Nullable String system;

    @Option(names = "--stats", description = "After each answer: tokens, time to the first, tokens per second.")
    private boolean stats;

    @Mixin
    private ModelArguments modelArguments = new ModelArguments();

    @Mixin
    private SamplingArguments sampling = new SamplingArguments();

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        PrintWriter notes = spec.commandLine().getErr();
        try (LanguageModel loaded = modelArguments
                        .loader(false)
                        .load(ModelFiles.find(model, spec.commandLine().getErr()));
                ChatSession chat = newChat(loaded);
                Prompt prompt = Prompt.open()) {
            notes.println(ModelReport.line(loaded.info()));
            if (model == null) {
                notes.println(ABOUT_BUNDLED);
            }
            notes.flush();
            if (prompt instanceof Prompt.AtTerminal) {
                // While the user reads and types, the JVM compiles what the first answer needs.
                Thread.ofVirtual().name("warm-up").start(() -> warmUp(loaded));
            }
            converse(chat, prompt, notes);
        }
        return 0;
    }

    private static void warmUp(LanguageModel loaded) {
        try {
            loaded.warmUp();
        } catch (DemitasseException _) {
            // The conversation has ended already; or it fails too, and tells.
        }
    }

    private void converse(ChatSession chat, Prompt prompt, PrintWriter notes) {
        for (String line = prompt.readLine(); line != null; line = prompt.readLine()) {
            switch (line.strip()) {
                case "" -> {}
                case "/exit", "/quit" -> {
                    return;
                }
                case "/clear" -> {
                    chat.clear();
                    notes.println("(the conversation was forgotten)");
                }
                case "/help" ->
                    notes.println("(/clear forgets the conversation, /exit ends it, Ctrl-C stops an answer)");
                default -> answer(chat, line, prompt, notes);
            }
            notes.flush();
        }
    }

    private void answer(ChatSession chat, String question, Prompt prompt, PrintWriter notes) {
        PrintWriter out = spec.commandLine().getOut();
        try (Generation generation = chat.send(question, sampling.options());
                var _ = prompt.onInterrupt(generation::cancel)) {
            Reply reply = generation
                    .onText(piece -> {
                        out.print(piece);
                        out.flush();
                    })
                    .await();
            out.println();
            out.flush();
            if (reply.finish() != Finish.STOP && reply.finish() != Finish.STOP_STRING) {
                notes.println(
                        "(" + reply.finish().name().toLowerCase(Locale.ROOT).replace('_', ' ') + ")");
            }
            if (stats) {
                notes.println("(" + ModelReport.line(reply.usage(), reply.timings()) + ")");
            }
        } catch (DemitasseException e) {
            // The session is as it was before the question: the conversation can go on.
            notes.println("demitasse: " + e.getMessage());
        }
    }

    private ChatSession newChat(LanguageModel loaded) {
        ChatSession.Builder chat = loaded.newChat();
        if (system != null) {
            chat.system(system);
        }
        return chat.start();
    }
}
