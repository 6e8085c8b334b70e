package dev.demitasse.tokenizer;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;

/** A tokenizer small enough to lie beside the tests, trained on a page of Chinese and English. */
final class SmallTokenizer {
    static final String FILE = "/small.tokenizer.json";

    private SmallTokenizer() {}

    static Tokenizer load() {
        try (InputStream in = Objects.requireNonNull(SmallTokenizer.class.getResourceAsStream(FILE))) {
            return TokenizerJson.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns a vocabulary of the 256 bytes, ids 0 to 255, to be added to. */
    static VocabularyBuilder bytes() {
        VocabularyBuilder builder = new VocabularyBuilder();
        for (int value = 0; value < 256; value++) {
            builder.token(value, SlowBytePairEncoding.alphabetText(new byte[] {(byte) value}));
        }
        return builder;
    }
}
