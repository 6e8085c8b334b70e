package dev.demitasse.examples.cli;

import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** JSON for scripts: one value a line in, one value a line out. */
final class JsonLines {
    static final JsonMapper JSON = JsonMapper.builder()
            // whether something follows is looked at here, to say it in other words
            .disable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private static final String BYTE_ORDER_MARK = "\uFEFF";

    private JsonLines() {}

    /**
     * Answers each line of the standard input that is not blank with one line.
     *
     * @throws Errors.CommandException naming the line, if one is not JSON or cannot be answered
     */
    static void answer(PrintWriter out, Function<JsonNode, ?> answer) {
        long number = 1;
        try (BufferedReader in = standardInput()) {
            for (String line = in.readLine(); line != null; line = in.readLine(), number++) {
                String json = number == 1 && line.startsWith(BYTE_ORDER_MARK) ? line.substring(1) : line;
                if (!json.isBlank()) {
                    out.write(JSON.writeValueAsString(answer.apply(parse(json))));
                    out.write('\n');
                    out.flush();
                }
            }
        } catch (Errors.CommandException e) {
            throw new Errors.CommandException("line " + number + " of the input: " + e.getMessage());
        } catch (CharacterCodingException e) {
            throw new Errors.CommandException("the input is not UTF-8 in line " + number + " or soon after");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The standard input as strict UTF-8, whatever the locale is. */
    static BufferedReader standardInput() {
        CharsetDecoder decoder = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        return new BufferedReader(new InputStreamReader(new FileInputStream(FileDescriptor.in), decoder));
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

    private static JsonNode parse(String line) {
        try (JsonParser parser = JSON.createParser(line)) {
            JsonNode value = JSON.readTree(parser);
            if (parser.nextToken() != null) {
                throw new Errors.CommandException("expected one JSON value a line, found more");
            }
            return value;
        } catch (JacksonException e) {
            throw new Errors.CommandException("not JSON: " + e.getOriginalMessage());
        }
    }

    private static String abbreviated(JsonNode value) {
        String text = value.toString();
        return text.length() <= 100 ? text : text.substring(0, 100) + "...";
    }
}
