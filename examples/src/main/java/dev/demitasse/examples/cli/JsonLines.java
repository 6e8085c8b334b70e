package dev.demitasse.examples.cli;

import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** JSON for scripts: one value a line in, one value a line out. */
final class JsonLines {
    static final JsonMapper JSON = JsonMapper.builder().build();

    private JsonLines() {}

    /**
     * Answers each line of the standard input that is not blank with one line.
     *
     * @throws Errors.CommandException naming the line, if one is not JSON or cannot be answered
     */
    static void answer(PrintWriter out, Function<JsonNode, ?> answer) {
        try (BufferedReader in = standardInput()) {
            long number = 0;
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                number++;
                if (!line.isBlank()) {
                    out.write(JSON.writeValueAsString(answer.apply(parse(line, number))));
                    out.write('\n');
                    out.flush();
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The standard input as UTF-8, whatever the locale is. */
    static BufferedReader standardInput() {
        return new BufferedReader(
                new InputStreamReader(new FileInputStream(FileDescriptor.in), StandardCharsets.UTF_8));
    }

    /** A field that must be there and be a text. */
    static String requiredText(JsonNode object, String field) {
        JsonNode value = object.get(field);
        if (value == null || !value.isString()) {
            throw new Errors.CommandException(
                    "expected a JSON object with a text field \"" + field + "\", found " + abbreviated(object));
        }
        return value.stringValue();
    }

    private static JsonNode parse(String line, long number) {
        try {
            return JSON.readTree(line);
        } catch (JacksonException e) {
            throw new Errors.CommandException(
                    "line " + number + " of the input is not JSON: " + e.getOriginalMessage());
        }
    }

    private static String abbreviated(JsonNode value) {
        String text = value.toString();
        return text.length() <= 100 ? text : text.substring(0, 100) + "...";
    }
}
