package dev.demitasse.examples.cli;

import dev.demitasse.chat.ModelLanguage;
import dev.demitasse.chat.OpenAiJson;
import dev.demitasse.chat.TemplateException;
import dev.demitasse.chat.TemplateInput;
import dev.demitasse.tokenizer.SpecialTokens;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** Conversations to the text and token ids that a model is given, for scripts. */
@Command(
        name = "render",
        mixinStandardHelpOptions = true,
        description = {
            "Reads JSON lines {\"messages\": [...], \"tools\": [...], \"add_generation_prompt\": true,"
                    + " \"enable_thinking\": ...} and writes {\"text\": ..., \"ids\": [...], \"ids_safe\": [...]}.",
            "ids: added tokens are recognised in all of the text; ids_safe: only where the template wrote them, which"
                    + " is what chat uses. A conversation that the template refuses gives {\"error\": ...}."
        })
final class Render implements Callable<Integer> {
    @Parameters(arity = "0..1", paramLabel = "MODEL", description = ModelFiles.TOKENIZER_HELP)
    private @Nullable String model;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        ModelLanguage language =
                ModelLanguage.load(ModelFiles.find(model, spec.commandLine().getErr()));
        JsonLines.answer(spec.commandLine().getOut(), line -> render(line, language));
        return 0;
    }

    private static Map<String, Object> render(JsonNode line, ModelLanguage language) {
        Map<String, Object> answer = new LinkedHashMap<>();
        try {
            TemplateInput input = OpenAiJson.readTemplateInput(line.toString());
            String text = language.template().render(input).text();
            answer.put("text", text);
            answer.put("ids", language.tokenizer().encode(text, SpecialTokens.ALL));
            answer.put("ids_safe", language.encode(input));
        } catch (TemplateException refused) {
            answer.put("error", refused.getMessage());
        }
        return answer;
    }
}
