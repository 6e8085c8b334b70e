package dev.demitasse.tokenizer;

import dev.demitasse.tokenizer.TokenizerFormatException.Fault;
import java.util.List;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * Reads the parts of a tokenizer.json, in whatever order they come. The vocabulary and the merges stream through; what
 * says how they are to be used is read as {@link JsonSection}s and compared with what is implemented.
 */
final class TokenizerJsonReader {
    private final JsonParser parser;
    private final VocabularyBuilder vocabulary = new VocabularyBuilder();
    private final JsonSection root = new JsonSection("");
    private final JsonSection model = new JsonSection("model");

    TokenizerJsonReader(JsonParser parser) {
        this.parser = parser;
    }

    Tokenizer read() {
        if (parser.nextToken() == null) {
            throw new TokenizerFormatException(Fault.BAD_JSON, "the document is empty; expected a JSON object");
        }
        JsonSection.expectToken(parser, JsonToken.START_OBJECT, "");
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String key = parser.currentName();
            parser.nextToken();
            switch (key) {
                case "added_tokens" -> readAddedTokens();
                case "model" -> readModel();
                default -> root.put(key, parser);
            }
        }
        if (parser.nextToken() != null) {
            throw new TokenizerFormatException(Fault.BAD_JSON, "something follows the JSON object; expected its end");
        }
        if (!root.has("model")) {
            throw JsonSection.missing("model");
        }
        checkModel();
        Normalization normalization = checkPipeline();
        return new Tokenizer(vocabulary.build(), normalization, model.flag("ignore_merges", false));
    }

    private void readAddedTokens() {
        root.putSeen("added_tokens");
        if (parser.currentToken() == JsonToken.VALUE_NULL) {
            return;
        }
        JsonSection.expectToken(parser, JsonToken.START_ARRAY, "added_tokens");
        for (int i = 0; parser.nextToken() != JsonToken.END_ARRAY; i++) {
            JsonSection token = JsonSection.read(parser, "added_tokens[" + i + "]");
            // each of these makes a token take white space in, or depend on what stands beside it
            token.supportOnly("single_word", false, null);
            token.supportOnly("lstrip", false, null);
            token.supportOnly("rstrip", false, null);
            vocabulary.addedToken(
                    token.integer("id"),
                    token.string("content"),
                    token.flag("special", false),
                    token.flag("normalized", false));
            token.nothingElse();
        }
    }

    private void readModel() {
        root.putSeen("model");
        JsonSection.expectToken(parser, JsonToken.START_OBJECT, "model");
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String key = parser.currentName();
            parser.nextToken();
            switch (key) {
                case "vocab" -> readVocabulary();
                case "merges" -> readMerges();
                case "type" -> {
                    model.put(key, parser);
                    checkModelType(); // first, since other models have other things under the same keys
                }
                default -> model.put(key, parser);
            }
        }
    }

    private void readVocabulary() {
        model.putSeen("vocab");
        JsonSection.expectToken(parser, JsonToken.START_OBJECT, "model.vocab");
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String text = parser.currentName();
            parser.nextToken();
            vocabulary.token(JsonSection.integer(parser, "an id in model.vocab"), text);
        }
    }

    private void readMerges() {
        model.putSeen("merges");
        JsonSection.expectToken(parser, JsonToken.START_ARRAY, "model.merges");
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (parser.currentToken() == JsonToken.VALUE_STRING) {
                vocabulary.merge(parser.getString());
            } else {
                readMergeAsPair();
            }
        }
    }

    private void readMergeAsPair() {
        if (parser.currentToken() == JsonToken.START_ARRAY && parser.nextToken() == JsonToken.VALUE_STRING) {
            String left = parser.getString();
            if (parser.nextToken() == JsonToken.VALUE_STRING) {
                String right = parser.getString();
                if (parser.nextToken() == JsonToken.END_ARRAY) {
                    vocabulary.merge(left, right);
                    return;
                }
            }
        }
        throw new TokenizerFormatException(
                Fault.BAD_MERGE,
                "an entry of model.merges at " + TokenizerJson.place(parser.currentTokenLocation())
                        + " is neither a string nor an array of two strings");
    }

    private void checkModelType() {
        model.supportOnly("type", "BPE");
    }

    private void checkModel() {
        for (String key : List.of("type", "vocab", "merges")) {
            if (!model.has(key)) {
                throw JsonSection.missing(model.path(key));
            }
        }
        model.supportOnly("dropout", null, 0L, 0.0);
        model.supportOnly("continuing_subword_prefix", "", null);
        model.supportOnly("end_of_word_suffix", "", null);
        model.supportOnly("byte_fallback", false, null);
        // what is unknown is never met: every byte has a token
        model.supportOnly("unk_token", null, "");
        model.supportOnly("fuse_unk", false, null);
        model.flag("ignore_merges", false);
        model.nothingElse();
    }

    private Normalization checkPipeline() {
        root.supportOnly("version", "1.0", null);
        root.supportOnly("truncation", (Object) null);
        root.supportOnly("padding", (Object) null);
        checkPreTokenizer();
        // it only trims the offsets of tokens, which are not offered here
        if (!root.isNull("post_processor")) {
            root.section("post_processor").supportOnly("type", "ByteLevel");
        }
        root.section("decoder").supportOnly("type", "ByteLevel");
        Normalization normalization = Normalization.NONE;
        if (!root.isNull("normalizer")) {
            JsonSection normalizer = root.section("normalizer");
            normalizer.supportOnly("type", "NFC");
            normalizer.nothingElse();
            normalization = Normalization.NFC;
        }
        root.nothingElse();
        return normalization;
    }

    private void checkPreTokenizer() {
        JsonSection sequence = root.section("pre_tokenizer");
        sequence.supportOnly("type", "Sequence");
        List<JsonSection> steps = sequence.sections("pretokenizers");
        sequence.nothingElse();
        if (steps.size() != 2) {
            throw new TokenizerFormatException(
                    Fault.UNSUPPORTED_TOKENIZER,
                    "pre_tokenizer.pretokenizers has " + steps.size() + " steps; supported: Split, then ByteLevel");
        }
        JsonSection split = steps.get(0);
        split.supportOnly("type", "Split");
        JsonSection pattern = split.section("pattern");
        pattern.supportOnly("Regex", PreTokenizer.PATTERN);
        pattern.nothingElse();
        split.supportOnly("behavior", "Isolated");
        split.supportOnly("invert", false);
        split.nothingElse();

        JsonSection byteLevel = steps.get(1);
        byteLevel.supportOnly("type", "ByteLevel");
        byteLevel.supportOnly("add_prefix_space", false);
        byteLevel.supportOnly("use_regex", false);
        byteLevel.flag("trim_offsets", true); // about offsets only
        byteLevel.nothingElse();
    }
}
