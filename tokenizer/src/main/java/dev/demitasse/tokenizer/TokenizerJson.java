package dev.demitasse.tokenizer;

import dev.demitasse.tokenizer.TokenizerFormatException.Fault;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.exc.JacksonIOException;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.json.JsonFactory;

/**
 * Loads a {@code tokenizer.json} file as Hugging Face's tokenizers library writes it.
 *
 * <p>Supported is what the Qwen family has: a BPE model with merges as strings or as pairs, a byte-level pre-tokenizer
 * with Qwen2's split expression, NFC or no normaliser, a byte-level decoder, and added tokens. Anything else is refused
 * by name, since it would change the token ids.
 */
public final class TokenizerJson {
    /** Twice the largest file in use today (33 MB, 262,144 tokens): what is longer is not a tokenizer. */
    private static final long MAX_DOCUMENT_BYTES = 1L << 26;

    private static final int MAX_STRING_LENGTH = 1 << 18;

    private TokenizerJson() {}

    /**
     * Loads a file.
     *
     * @throws TokenizerFormatException if the file is damaged or holds a tokenizer that is not supported
     * @throws UncheckedIOException if it cannot be read
     */
    public static Tokenizer load(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            return load(in);
        } catch (TokenizerFormatException e) {
            throw new TokenizerFormatException(e.fault(), file + ": " + e.getMessage(), e);
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be read: " + e, e);
        }
    }

    /**
     * Loads from a stream, which stays open.
     *
     * @throws TokenizerFormatException if the contents are damaged or are a tokenizer that is not supported
     * @throws UncheckedIOException if the stream cannot be read
     */
    public static Tokenizer load(InputStream in) {
        // strict, where Jackson's own decoding would put U+FFFD in place of what is not UTF-8
        Reader reader = new InputStreamReader(
                in,
                StandardCharsets.UTF_8
                        .newDecoder()
                        .onMalformedInput(CodingErrorAction.REPORT)
                        .onUnmappableCharacter(CodingErrorAction.REPORT));
        try (JsonParser parser = jsonFactory().createParser(ObjectReadContext.empty(), reader)) {
            return new TokenizerJsonReader(parser).read();
        } catch (JacksonIOException e) {
            if (e.getCause() instanceof CharacterCodingException) {
                throw new TokenizerFormatException(Fault.BAD_UTF8, "not valid UTF-8: " + e.getOriginalMessage(), e);
            }
            throw new UncheckedIOException(e.getCause());
        } catch (StreamConstraintsException e) {
            throw new TokenizerFormatException(
                    Fault.TOO_LARGE, "beyond any tokenizer.json" + place(e) + ": " + e.getOriginalMessage(), e);
        } catch (JacksonException e) {
            throw new TokenizerFormatException(
                    Fault.BAD_JSON, "not well-formed JSON" + place(e) + ": " + e.getOriginalMessage(), e);
        }
    }

    private static String place(JacksonException e) {
        return e.getLocation() == null ? "" : " at " + place(e.getLocation());
    }

    /** Says where something is, as editors do. */
    static String place(TokenStreamLocation location) {
        return "line " + location.getLineNr() + ", column " + location.getColumnNr();
    }

    private static JsonFactory jsonFactory() {
        return JsonFactory.builder()
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(32)
                        .maxNumberLength(100)
                        .maxStringLength(MAX_STRING_LENGTH)
                        .maxNameLength(MAX_STRING_LENGTH)
                        .maxDocumentLength(MAX_DOCUMENT_BYTES)
                        .build())
                // nearly all names are the vocabulary, each of them once: a table of names seen would only cost
                .disable(TokenStreamFactory.Feature.CANONICALIZE_PROPERTY_NAMES)
                .disable(StreamReadFeature.AUTO_CLOSE_SOURCE)
                .build();
    }
}
