package dev.demitasse.chat;

import dev.demitasse.chat.PromptEncoder.Transcript;
import dev.demitasse.chat.TranscriptLog.TurnEnd;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a saved session says about itself, before its keys and values.
 *
 * @param model the fingerprint of the model it belongs to
 * @param kvType how the keys and values are stored
 * @param history messages without the system message
 * @param transcript the conversation in the model's own tokens, or null
 * @param turnEnds where its turns end, for the transcript
 * @param cached tokens whose keys and values follow
 */
record SavedSession(
        String model,
        KvType kvType,
        @Nullable Message system,
        List<Message> history,
        ChatOptions options,
        @Nullable Transcript transcript,
        List<TurnEnd> turnEnds,
        int[] cached) {

    String toJson() {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("model", model);
        json.put("kvType", kvType.name());
        json.put("system", system == null ? null : system.content());
        json.put("history", history.stream().map(SavedSession::message).toList());
        json.put("options", SavedOptions.toJson(options));
        json.put("transcriptText", transcript == null ? null : transcript.text());
        json.put("transcriptTokens", transcript == null ? null : boxed(transcript.tokens()));
        json.put(
                "turnEnds",
                turnEnds.stream()
                        .map(end -> List.of(end.messages(), end.textLength(), end.tokenCount()))
                        .toList());
        json.put("cached", boxed(cached));
        return PythonJson.write(json);
    }

    /** As OpenAI's chat requests have it, which {@link OpenAiJson} reads. */
    private static Map<String, @Nullable Object> message(Message message) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("role", message.role().name());
        json.put("content", message.content());
        json.put("reasoning_content", message.thinking());
        json.put("tool_call_id", message.toolCallId());
        if (!message.toolCalls().isEmpty()) {
            json.put(
                    "tool_calls",
                    message.toolCalls().stream().map(SavedSession::toolCall).toList());
        }
        return json;
    }

    private static Map<String, @Nullable Object> toolCall(ToolCall call) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("id", call.id());
        json.put("name", call.name());
        json.put("arguments", call.rawArguments());
        return json;
    }

    /** @throws RuntimeException if {@link #toJson} did not write it; only a file with a right checksum gets here */
    static SavedSession fromJson(String text) {
        Map<String, @Nullable Object> json = JsonValues.asObject(Objects.requireNonNull(JsonReader.read(text)));
        Object system = json.get("system");
        Object transcriptText = json.get("transcriptText");
        Transcript transcript = transcriptText == null
                ? null
                : new Transcript((String) transcriptText, ints(required(json, "transcriptTokens")));
        return new SavedSession(
                (String) required(json, "model"),
                KvType.valueOf((String) required(json, "kvType")),
                system == null ? null : Message.system((String) system),
                OpenAiJson.readMessages(PythonJson.write(required(json, "history"))),
                SavedOptions.fromJson(JsonValues.asObject(required(json, "options"))),
                transcript,
                turnEnds(required(json, "turnEnds"), transcript),
                ints(required(json, "cached")));
    }

    private static List<TurnEnd> turnEnds(Object json, @Nullable Transcript transcript) {
        List<TurnEnd> ends = new ArrayList<>();
        for (Object element : (List<?>) json) {
            int[] end = ints(element);
            Transcript whole = Objects.requireNonNull(transcript, "transcript");
            Objects.checkIndex(end[1], whole.text().length() + 1);
            Objects.checkIndex(end[2], whole.tokens().length + 1);
            ends.add(new TurnEnd(end[0], end[1], end[2]));
        }
        return ends;
    }

    private static Object required(Map<String, @Nullable Object> json, String name) {
        return Objects.requireNonNull(json.get(name), name);
    }

    private static List<Integer> boxed(int[] values) {
        List<Integer> boxed = new ArrayList<>(values.length);
        for (int value : values) {
            boxed.add(value);
        }
        return boxed;
    }

    private static int[] ints(Object json) {
        return ((List<?>) json)
                .stream().mapToInt(value -> ((Number) value).intValue()).toArray();
    }
}
