package dev.demitasse.examples.cli;

import dev.demitasse.chat.ChatSession;
import dev.demitasse.chat.Finish;
import dev.demitasse.chat.Generation;
import dev.demitasse.chat.LanguageModel;
import dev.demitasse.chat.ModelInfo;
import dev.demitasse.chat.ModelLanguage;
import dev.demitasse.chat.RawModel;
import dev.demitasse.chat.RawReply;
import dev.demitasse.chat.RawSequence;
import dev.demitasse.chat.Reply;
import dev.demitasse.chat.Timings;
import dev.demitasse.chat.Usage;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** One question, one answer, streamed. */
@Command(
        name = "ask",
        mixinStandardHelpOptions = true,
        description = {
            "Answers one question; without one on the command line it is read from the standard input.",
            "With --ids, continues token ids without any template, and does not stop before --max-tokens."
        })
final class Ask implements Callable<Integer> {
    @Parameters(
            arity = "0..*",
            paramLabel = "[MODEL] QUESTION",
            description = "The question; before it, optionally, a model: " + ModelFiles.HELP)
    private List<String> words = List.of();

    @Option(
            names = {"-m", "--model"},
            paramLabel = "MODEL",
            description = "The model, where the first word must not be one.")
    private @Nullable String modelOption;

    @Option(
            names = "--system",
            paramLabel = "TEXT",
            description = "Instructions; \"\" for none (default: the model's own).")
    private @Nullable String system;

    @Option(
            names = "--ids",
            split = ",",
            paramLabel = "ID",
            description = "Token ids to continue, separated by commas.")
    private int @Nullable [] ids;

    @Option(names = "--stop-at-end", description = "With --ids: end at the model's end-of-turn token.")
    private boolean stopAtEnd;

    @Option(names = "--json", description = "Print one JSON object: text or ids, finish, usage, timings, kernels.")
    private boolean json;

    @Mixin
    private ModelArguments modelArguments = new ModelArguments();

    @Mixin
    private SamplingArguments sampling = new SamplingArguments();

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        boolean firstIsModel = modelOption == null && !words.isEmpty() && ModelFiles.looksLikeModel(words.get(0));
        Path model = ModelFiles.find(
                firstIsModel ? words.get(0) : modelOption, spec.commandLine().getErr());
        String question = String.join(" ", firstIsModel ? words.subList(1, words.size()) : words);
        if (ids != null) {
            continueIds(model, ids);
        } else {
            answer(model, question.isEmpty() ? standardInput() : question);
        }
        return 0;
    }

    private void answer(Path path, String question) {
        PrintWriter out = spec.commandLine().getOut();
        try (LanguageModel model = modelArguments.loader(false).load(path);
                ChatSession chat = newChat(model)) {
            Generation generation = chat.send(question, sampling.options());
            if (!json) {
                generation.onText(piece -> {
                    out.print(piece);
                    out.flush();
                });
            }
            Reply reply = generation.await();
            if (json) {
                out.println(JsonLines.JSON.writeValueAsString(
                        report(reply.text(), null, reply.finish(), reply.usage(), reply.timings(), model.info())));
            } else {
                out.println();
            }
        }
    }

    private ChatSession newChat(LanguageModel model) {
        ChatSession.Builder chat = model.newChat();
        if (system != null) {
            chat.system(system);
        }
        return chat.start();
    }

    private void continueIds(Path path, int[] prompt) {
        PrintWriter out = spec.commandLine().getOut();
        try (RawModel model = modelArguments.loader(false).loadRaw(path);
                RawSequence sequence = model.newSequence()) {
            Set<Integer> stopTokens = stopAtEnd ? ModelLanguage.load(path).stopTokens() : Set.of();
            RawReply reply = sequence.generate(prompt, sampling.options(), stopTokens);
            if (json) {
                out.println(JsonLines.JSON.writeValueAsString(
                        report(null, reply.tokens(), reply.finish(), reply.usage(), reply.timings(), model.info())));
            } else {
                StringBuilder line = new StringBuilder();
                for (int id : reply.tokens()) {
                    line.append(line.isEmpty() ? "" : ",").append(id);
                }
                out.println(line);
            }
        }
    }

    private static Map<String, Object> report(
            @Nullable String text, int @Nullable [] ids, Finish finish, Usage usage, Timings timings, ModelInfo info) {
        Map<String, Object> report = new LinkedHashMap<>();
        if (text != null) {
            report.put("text", text);
        }
        if (ids != null) {
            report.put("ids", ids);
        }
        report.put("finish", finish.name().toLowerCase(Locale.ROOT));
        report.put(
                "usage",
                Map.of(
                        "prompt_tokens", usage.promptTokens(),
                        "cached_tokens", usage.cachedTokens(),
                        "completion_tokens", usage.completionTokens()));
        report.put(
                "timings",
                Map.of(
                        "first_token_ms", timings.firstToken().toNanos() / 1e6,
                        "prefill_tokens_per_second", timings.prefillTokensPerSecond(),
                        "decode_tokens_per_second", timings.decodeTokensPerSecond(),
                        "proposed_tokens", timings.proposedTokens(),
                        "accepted_tokens", timings.acceptedTokens()));
        report.putAll(ModelReport.of(info));
        return report;
    }

    private static String standardInput() throws IOException {
        try (BufferedReader in = JsonLines.standardInput()) {
            String text = in.readAllAsString().strip();
            if (text.isEmpty()) {
                throw new Errors.CommandException("there is no question: give one as an argument or on standard input");
            }
            return text;
        }
    }
}
