package dev.demitasse.examples.cli;

import dev.demitasse.chat.ModelLanguage;
import dev.demitasse.tokenizer.SpecialTokens;
import dev.demitasse.tokenizer.Tokenizer;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** Text to token ids, for scripts. */
@Command(
        name = "tokenize",
        mixinStandardHelpOptions = true,
        description = {
            "Reads JSON lines {\"text\": ..., \"special\": \"all|none|split\"} and writes {\"ids\": [...]}.",
            "special: which added tokens are recognised inside the text (default all); none: all is plain text;"
                    + " split: control tokens are plain text, other added tokens are recognised."
        })
final class Tokenize implements Callable<Integer> {
    @Parameters(arity = "0..1", paramLabel = "MODEL", description = ModelFiles.TOKENIZER_HELP)
    private @Nullable String model;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        Tokenizer tokenizer = ModelLanguage.load(
                        ModelFiles.find(model, spec.commandLine().getErr()))
                .tokenizer();
        JsonLines.answer(spec.commandLine().getOut(), line -> Map.of("ids", encode(tokenizer, line)));
        return 0;
    }

    private static int[] encode(Tokenizer tokenizer, JsonNode line) {
        return tokenizer.encode(JsonLines.requiredText(line, "text"), specialTokens(line));
    }

    private static SpecialTokens specialTokens(JsonNode line) {
        String name = line.path("special").asString("all");
        try {
            return SpecialTokens.valueOf(name.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException _) {
            throw new Errors.CommandException("special is \"" + name + "\"; expected all, none or split");
        }
    }
}
