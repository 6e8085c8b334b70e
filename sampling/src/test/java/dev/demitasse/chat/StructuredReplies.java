package dev.demitasse.chat;

import dev.demitasse.grammar.Validator;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Replies of a model that is as wild as options allow, held to schemas and judged by somebody else's validator. How many
 * is the system property {@code demitasse.structured.replies}.
 */
final class StructuredReplies {
    static final int COUNT = Integer.getInteger("demitasse.structured.replies", 21);

    private static final int AT_A_TIME = 8;

    /** Nested, recursive, of enums, of optional properties, heavy of strings; with characters of one to four bytes. */
    private static final List<String> SCHEMAS = List.of("""
        {"type": "object", "properties": {
          "标题": {"type": "string"},
          "stimmung": {"enum": ["fröhlich", "ärgerlich", "😀", "中立"]},
          "where": {"type": "object", "properties": {
             "street": {"type": "string", "minLength": 1}, "number": {"type": "integer", "minimum": 1, "maximum": 999},
             "point": {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}},
           "required": ["street", "number", "point"]},
          "tags": {"type": "array", "items": {"type": "string", "maxLength": 8}, "maxItems": 4}},
         "required": ["标题", "stimmung", "where", "tags"]}\
        """, """
        {"$ref": "#/$defs/node", "$defs": {"node": {"type": "object", "properties": {
           "value": {"type": ["string", "integer", "null"]},
           "children": {"type": "array", "items": {"$ref": "#/$defs/node"}},
           "next": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]}},
         "required": ["value", "children", "next"]}}}\
        """, """
        {"type": "array", "minItems": 1, "items": {"enum": ["春", "夏", "秋", "冬", "spring \\"rain\\"", 4, true, null]}}\
        """, """
        {"type": "object", "properties": {
          "a": {"type": "string"}, "b": {"type": "boolean"}, "c": {"type": ["number", "null"]},
          "d": {"type": "string", "format": "date"}, "e": {"type": "string", "pattern": "^[一-龥]{1,4}(，[一-龥]{1,4})?$"}},
         "required": ["c"], "additionalProperties": {"type": "string"}}\
        """, """
        {"type": "object", "properties": {
          "诗": {"type": "array", "items": {"type": "string", "minLength": 5, "maxLength": 7}, "minItems": 4, "maxItems": 4},
          "note": {"type": "string", "minLength": 10}, "more": {"type": "object", "additionalProperties": {"type": "string"}}},
         "required": ["诗", "note", "more"]}\
        """, """
        {"anyOf": [
          {"type": "object", "properties": {"type": {"const": "Circle"}, "radius": {"type": "number", "minimum": 0}},
           "required": ["type", "radius"]},
          {"type": "object", "properties": {"type": {"const": "Group"}, "members": {"type": "array", "items": {"$ref": "#"}}},
           "required": ["type", "members"]}]}\
        """, "true");

    private StructuredReplies() {}

    /** What went wrong, reply by reply; exceptions count. */
    static List<String> failures(LanguageModel model, int count) {
        List<Callable<List<String>>> replies = new ArrayList<>();
        for (int seed = 0; seed < count; seed++) {
            long s = seed;
            String schema = SCHEMAS.get(seed % SCHEMAS.size());
            replies.add(() -> failure(model, schema, s));
        }
        List<String> failures = new ArrayList<>();
        try (ExecutorService executor = Executors.newFixedThreadPool(AT_A_TIME)) {
            for (Future<List<String>> reply : executor.invokeAll(replies)) {
                failures.addAll(reply.get());
            }
        } catch (InterruptedException | ExecutionException e) {
            throw new AssertionError(e);
        }
        return failures;
    }

    private static List<String> failure(LanguageModel model, String schema, long seed) {
        ChatRequest request = ChatRequest.builder()
                .user("写一首关于月亮的诗")
                .options(o -> o.jsonSchema(schema)
                        .temperature(2.0)
                        .topK(0)
                        .topP(1)
                        .repetitionPenalty(1)
                        .maxTokens(256)
                        .seed(seed))
                .build();
        String text = "";
        try {
            text = model.send(request).await().text();
            List<String> errors = new Validator(schema).errors(text);
            return errors.isEmpty() ? List.of() : List.of("seed " + seed + ": " + text + ": " + errors);
        } catch (RuntimeException thrown) {
            return List.of("seed " + seed + ": " + text + ": " + thrown);
        }
    }
}
