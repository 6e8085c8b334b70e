package dev.demitasse.examples.cli;

import dev.demitasse.chat.ModelLanguage;
import dev.demitasse.tokenizer.SpecialText;
import dev.demitasse.tokenizer.Tokenizer;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** Token ids to text, for scripts. */
@Command(
        name = "detokenize",
        mixinStandardHelpOptions = true,
        description = "Reads JSON lines {\"ids\": [...]} and writes {\"text\": ...}.")
final class Detokenize implements Callable<Integer> {
    @Parameters(arity = "0..1", paramLabel = "MODEL", description = ModelFiles.TOKENIZER_HELP)
    private @Nullable String model;

    @Option(names = "--skip-special", description = "Leave control tokens such as <|im_end|> out of the text.")
    private boolean skipSpecial;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        Tokenizer tokenizer = ModelLanguage.load(
                        ModelFiles.find(model, spec.commandLine().getErr()))
                .tokenizer();
        SpecialText specialText = skipSpecial ? SpecialText.SKIP : SpecialText.KEEP;
        JsonLines.answer(spec.commandLine().getOut(), line -> Map.of("text", tokenizer.decode(ids(line), specialText)));
        return 0;
    }

    private static int[] ids(JsonNode line) {
        JsonNode ids = line.path("ids");
        if (!ids.isArray()) {
            throw new Errors.CommandException("expected a JSON object with an array \"ids\"");
        }
        int[] values = new int[ids.size()];
        for (int i = 0; i < values.length; i++) {
            JsonNode id = ids.get(i);
            if (!id.isInt() || id.intValue() < 0) {
                throw new Errors.CommandException("ids[" + i + "] is " + id + "; expected a whole number from 0");
            }
            values[i] = id.intValue();
        }
        return values;
    }
}
