package dev.demitasse.tokenizer;

import dev.demitasse.tokenizer.TokenizerFormatException.Fault;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;

/**
 * The tokens of a byte-level BPE model: the bytes of each id, the merges with their ranks, and the added tokens.
 *
 * <p>Immutable and safe for use by several threads.
 */
public final class Vocabulary {
    private static final int GGUF_NORMAL = 1;
    private static final int GGUF_UNKNOWN = 2;
    private static final int GGUF_CONTROL = 3;
    private static final int GGUF_USER_DEFINED = 4;
    private static final int GGUF_UNUSED = 5;

    private final byte[] bytes;
    /** Token {@code id} is {@code bytes[starts[id] .. starts[id + 1])}; ids without a token have no bytes. */
    private final int[] starts;

    private final TokenTable table;
    private final int[] byteTokens;
    private final MergeTable merges;
    private final List<AddedToken> addedTokens;
    private final Map<String, AddedToken> addedByContent;
    private final BitSet special;

    Vocabulary(
            byte[] bytes,
            int[] starts,
            TokenTable table,
            int[] byteTokens,
            MergeTable merges,
            Collection<AddedToken> addedTokens) {
        this.bytes = bytes;
        this.starts = starts;
        this.table = table;
        this.byteTokens = byteTokens;
        this.merges = merges;
        this.addedTokens = List.copyOf(addedTokens);
        this.addedByContent = HashMap.newHashMap(addedTokens.size());
        this.special = new BitSet();
        for (AddedToken token : addedTokens) {
            addedByContent.put(token.content(), token);
            special.set(token.id(), token.special());
        }
    }

    /**
     * Makes a vocabulary from the lists that a GGUF file holds for a tokenizer of the model {@code gpt2}.
     *
     * @param tokens {@code tokenizer.ggml.tokens}: the text of each id, in the byte alphabet
     * @param tokenTypes {@code tokenizer.ggml.token_type}, as long as {@code tokens}: 1 normal, 2 unknown, 3 control
     *     (a special token), 4 user-defined (an added token), 5 unused (an id without a token)
     * @param merges {@code tokenizer.ggml.merges}: two parts with a space between them, best rank first
     * @throws TokenizerFormatException when the lists do not make a vocabulary
     */
    public static Vocabulary fromGguf(List<String> tokens, int[] tokenTypes, List<String> merges) {
        if (tokens.size() != tokenTypes.length) {
            throw new TokenizerFormatException(
                    Fault.LENGTH_MISMATCH,
                    "tokenizer.ggml.token_type has " + tokenTypes.length + " entries; expected " + tokens.size()
                            + " as tokenizer.ggml.tokens");
        }
        VocabularyBuilder builder = new VocabularyBuilder();
        for (int id = 0; id < tokenTypes.length; id++) {
            String text = tokens.get(id);
            switch (tokenTypes[id]) {
                case GGUF_NORMAL -> builder.token(id, text);
                case GGUF_UNKNOWN, GGUF_CONTROL -> builder.addedToken(id, text, true, false);
                case GGUF_USER_DEFINED -> builder.addedToken(id, text, false, false);
                case GGUF_UNUSED -> builder.unused(id);
                default ->
                    throw new TokenizerFormatException(
                            Fault.BAD_VALUE,
                            "tokenizer.ggml.token_type[" + id + "] is " + tokenTypes[id] + "; expected 1 to 5");
            }
        }
        merges.forEach(builder::merge);
        return builder.build();
    }

    /** Returns the number of ids: the largest one plus one, ids without a token included. */
    public int size() {
        return starts.length - 1;
    }

    /** Returns the id of the token, added or not, whose text is exactly this. */
    public OptionalInt tokenId(String text) {
        AddedToken added = addedByContent.get(text);
        if (added != null) {
            return OptionalInt.of(added.id());
        }
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        int id = table.find(utf8, 0, utf8.length);
        // half a surrogate pair has no UTF-8 form and comes out as another character: then the texts differ
        return id == TokenTable.NONE || !tokenText(id).equals(text) ? OptionalInt.empty() : OptionalInt.of(id);
    }

    /**
     * Returns the text of a token, {@code ""} for an id without one. Bytes that are only part of a character appear as
     * U+FFFD: to join the text of several tokens, use {@link Tokenizer#decode} or {@link TextStream}.
     *
     * @throws IndexOutOfBoundsException if the id is not in 0 to {@link #size()} - 1
     */
    public String tokenText(int id) {
        return Utf8.decode(bytes, starts[id], starts[id + 1]);
    }

    /**
     * Returns a copy of the bytes of a token, empty for an id without one.
     *
     * @throws IndexOutOfBoundsException if the id is not in 0 to {@link #size()} - 1
     */
    public byte[] tokenBytes(int id) {
        byte[] copy = new byte[tokenLength(id)];
        copyTokenBytes(id, copy, 0);
        return copy;
    }

    /**
     * Returns how many bytes a token has.
     *
     * @throws IndexOutOfBoundsException if the id is not in 0 to {@link #size()} - 1
     */
    public int tokenLength(int id) {
        return starts[id + 1] - starts[id];
    }

    /**
     * Copies the bytes of a token, allocating nothing, and returns how many there are.
     *
     * @throws IndexOutOfBoundsException if the id is not in 0 to {@link #size()} - 1, or the bytes do not fit
     */
    public int copyTokenBytes(int id, byte[] target, int offset) {
        int length = tokenLength(id);
        System.arraycopy(bytes, starts[id], target, offset, length);
        return length;
    }

    /** Returns one byte of a token, allocating nothing. */
    public byte tokenByte(int id, int index) {
        return bytes[starts[id] + Objects.checkIndex(index, tokenLength(id))];
    }

    /** Returns whether an id is that of a special token. Ids that are not in the vocabulary are not. */
    public boolean isSpecial(int id) {
        return id >= 0 && special.get(id);
    }

    /** Returns the added tokens, special or not, in the order of the file. */
    public List<AddedToken> addedTokens() {
        return addedTokens;
    }

    /** Returns the number of merges. */
    public int mergeCount() {
        return merges.size();
    }

    TokenTable table() {
        return table;
    }

    MergeTable merges() {
        return merges;
    }

    /** Returns the token of a single byte, 0 to 255. */
    int byteToken(int value) {
        return byteTokens[value];
    }
}
