package dev.demitasse.tokenizer;

import java.util.OptionalInt;

/**
 * Text to token ids and back: byte-level BPE behind Qwen2's pre-tokenization.
 *
 * <p>Immutable and safe for use by several threads. {@link TokenizerJson} loads one from a {@code tokenizer.json} file,
 * {@link #qwen2} makes one from the lists of a GGUF file.
 */
public final class Tokenizer {
    private final Vocabulary vocabulary;
    private final Normalization normalization;
    private final FirstSymbols firstSymbols;
    private final WholePieces wholePieces;
    /** Added tokens that are looked for in the text as given, and those looked for after normalisation. */
    private final AddedTokenMatcher inRawText;

    private final AddedTokenMatcher inNormalizedText;

    Tokenizer(Vocabulary vocabulary, Normalization normalization, boolean ignoreMerges) {
        this.vocabulary = vocabulary;
        this.normalization = normalization;
        this.firstSymbols = new FirstSymbols(vocabulary);
        this.wholePieces = new WholePieces(vocabulary, firstSymbols, ignoreMerges);
        this.inRawText = new AddedTokenMatcher(
                vocabulary.addedTokens().stream()
                        .filter(token -> !token.normalized())
                        .toList(),
                content -> content);
        this.inNormalizedText = new AddedTokenMatcher(
                vocabulary.addedTokens().stream().filter(AddedToken::normalized).toList(), normalization::apply);
    }

    /** Makes a tokenizer with the normalisation (NFC) and pre-tokenization of Qwen2, 2.5 and 3. */
    public static Tokenizer qwen2(Vocabulary vocabulary) {
        return new Tokenizer(vocabulary, Normalization.NFC, false);
    }

    /**
     * Returns the token ids of a text. Half a surrogate pair, which no UTF-8 text can hold, is encoded as U+FFFD.
     *
     * @param specialTokens which added tokens are recognised in the text; {@link SpecialTokens#NONE} for text from
     *     somebody else
     */
    public int[] encode(String text, SpecialTokens specialTokens) {
        return encodeToList(text, specialTokens).toArray();
    }

    /** Returns how many tokens a text has: the length of {@link #encode}. */
    public int count(String text, SpecialTokens specialTokens) {
        return encodeToList(text, specialTokens).size();
    }

    /** Returns the text of token ids, special tokens included. */
    public String decode(int[] ids) {
        return decode(ids, SpecialText.KEEP);
    }

    /**
     * Returns the text of token ids. Bytes that are no UTF-8 become U+FFFD; ids without a token give no text.
     *
     * @throws IllegalArgumentException if an id is negative
     */
    public String decode(int[] ids, SpecialText specialText) {
        TextStream stream = textStream(specialText);
        for (int id : ids) {
            stream.append(id);
        }
        return stream.flush();
    }

    /** Returns a new stream that decodes ids one by one, special tokens included. */
    public TextStream textStream() {
        return textStream(SpecialText.KEEP);
    }

    /** Returns a new stream that decodes ids one by one. */
    public TextStream textStream(SpecialText specialText) {
        return new TextStream(vocabulary, specialText);
    }

    /** Returns the tokens themselves. */
    public Vocabulary vocabulary() {
        return vocabulary;
    }

    /** Returns the id of the token, added or not, whose text is exactly this. */
    public OptionalInt tokenId(String text) {
        return vocabulary.tokenId(text);
    }

    private IntList encodeToList(String text, SpecialTokens specialTokens) {
        // about as many tokens as mixed text has; the list grows where that is too few
        IntList tokens = new IntList(text.length() / 3 + 8);
        PieceEncoder pieces = new PieceEncoder(vocabulary, firstSymbols, wholePieces, tokens);
        inRawText.split(
                text,
                specialTokens,
                raw -> inNormalizedText.split(
                        normalization.apply(raw),
                        specialTokens,
                        plain -> pieces.encode(plain.toCharArray()),
                        tokens::add),
                tokens::add);
        return tokens;
    }
}
