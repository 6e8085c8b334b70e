package dev.demitasse.chat;

import dev.demitasse.grammar.Validator;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Replies with tools of a model that is as wild as options allow, judged by the choice that was made for it. */
final class ToolReplies {
    private static final String PLACE = """
        {"type": "object", "properties": {"城市": {"type": "string", "minLength": 1, "maxLength": 6},
         "unit": {"enum": ["°C", "°F"]}}, "required": ["城市", "unit"]}\
        """;
    private static final String AMOUNTS = """
        {"type": "object", "properties": {"of": {"type": "array", "items": {"type": "integer"}, "maxItems": 3}},
         "required": ["of"]}\
        """;
    static final List<ToolDefinition> TOOLS =
            List.of(ToolDefinition.of("weather", "The weather", PLACE), ToolDefinition.of("sum", "A sum", AMOUNTS));
    private static final Map<String, String> SCHEMAS = Map.of("weather", PLACE, "sum", AMOUNTS);

    private ToolReplies() {}

    /** Replies by seed. */
    static List<Reply> replies(LanguageModel model, ToolChoice choice, int count) {
        return IntStream.range(0, count)
                .parallel()
                .mapToObj(seed -> model.send(ChatRequest.builder()
                                .user("春眠不觉晓")
                                .tools(TOOLS)
                                .toolChoice(choice)
                                .options(o -> o.temperature(2)
                                        .topK(0)
                                        .topP(1)
                                        .repetitionPenalty(1)
                                        .maxTokens(120)
                                        .seed(seed))
                                .build())
                        .await())
                .toList();
    }

    /** What is wrong with the calls of a reply. */
    static List<String> faults(Reply reply) {
        List<String> faults = new ArrayList<>();
        for (ToolCall call : reply.toolCalls()) {
            String schema = SCHEMAS.get(call.name());
            if (schema == null) {
                faults.add("there is no tool " + call.name());
            } else {
                faults.addAll(new Validator(schema).errors(PythonJson.write(call.arguments())));
            }
        }
        return faults;
    }
}
