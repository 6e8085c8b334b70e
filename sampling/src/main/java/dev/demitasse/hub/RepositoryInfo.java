package dev.demitasse.hub;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * What a hub's API says of a repository ({@code /api/models/...}).
 *
 * @param commit what the revision stands for, or null where it is not told
 * @param files the names of its files
 * @param licence as the repository states it, with where to read it if it is none of the usual ones, or null
 */
record RepositoryInfo(
        @Nullable String commit,
        List<String> files,
        @Nullable String licence) {
    static final RepositoryInfo UNKNOWN = new RepositoryInfo(null, List.of(), null);

    private static final JsonFactory FACTORY = new JsonFactory();

    /** @throws IOException if the text is not what the API answers */
    static RepositoryInfo read(InputStream json) throws IOException {
        String commit = null;
        List<String> files = new ArrayList<>();
        List<String> licence = new ArrayList<>();
        try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), json)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new HubException("found something else than a JSON object; expected what a hub says of a model");
            }
            for (String key = parser.nextName(); key != null; key = parser.nextName()) {
                JsonToken value = parser.nextToken();
                switch (key) {
                    case "sha" -> commit = value == JsonToken.VALUE_STRING ? parser.getString() : null;
                    case "siblings" -> files(parser, files);
                    case "cardData" -> licence(parser, licence);
                    default -> parser.skipChildren();
                }
            }
        } catch (JacksonException e) {
            throw new HubException("found no JSON; expected what a hub says of a model", e);
        }
        return new RepositoryInfo(
                commit != null && HubCache.isCommit(commit) ? commit : null,
                List.copyOf(files),
                licence.isEmpty() ? null : String.join(", ", licence));
    }

    private static void files(JsonParser parser, List<String> files) {
        while (parser.nextToken() == JsonToken.START_OBJECT) {
            for (String key = parser.nextName(); key != null; key = parser.nextName()) {
                JsonToken value = parser.nextToken();
                if (key.equals("rfilename") && value == JsonToken.VALUE_STRING) {
                    files.add(parser.getString());
                } else {
                    parser.skipChildren();
                }
            }
        }
    }

    private static void licence(JsonParser parser, List<String> licence) {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            parser.skipChildren();
            return;
        }
        for (String key = parser.nextName(); key != null; key = parser.nextName()) {
            JsonToken value = parser.nextToken();
            boolean named = List.of("license", "license_name", "license_link").contains(key);
            if (named && value == JsonToken.VALUE_STRING) {
                licence.add(parser.getString());
            } else {
                parser.skipChildren();
            }
        }
    }
}
