package dev.demitasse.tokenizer;

import java.util.Arrays;

/** Encodes plain text: cuts it into pieces and turns each into tokens. Holds scratch memory for one encode call. */
final class PieceEncoder {
    private final WholePieces wholePieces;
    private final Vocabulary vocabulary;
    private final BytePairMerger merger;
    private final IntList tokens;
    /** The current piece in UTF-8, and the hash of it that {@link TokenTable} uses. */
    private byte[] piece = new byte[256];

    private int length;
    private int hash;

    PieceEncoder(Vocabulary vocabulary, FirstSymbols firstSymbols, WholePieces wholePieces, IntList tokens) {
        this.vocabulary = vocabulary;
        this.wholePieces = wholePieces;
        this.merger = new BytePairMerger(vocabulary.merges(), firstSymbols);
        this.tokens = tokens;
    }

    /** Appends the tokens of a text that holds no added tokens. */
    void encode(char[] text) {
        int start = 0;
        while (start < text.length) {
            int end = PreTokenizer.pieceEnd(text, start, text.length);
            toUtf8(text, start, end);
            int token = vocabulary.table().find(piece, 0, length, hash);
            if (token != TokenTable.NONE && wholePieces.contains(token)) {
                tokens.add(token);
            } else {
                merger.merge(piece, length, tokens);
            }
            start = end;
        }
    }

    private void toUtf8(char[] text, int start, int end) {
        long needed = 3L * (end - start);
        if (needed > piece.length) {
            piece = Arrays.copyOf(piece, Math.toIntExact(Math.max(needed, 2L * piece.length)));
        }
        length = Utf8.encode(text, start, end, piece);
        hash = TokenTable.hash(piece, 0, length);
    }
}
