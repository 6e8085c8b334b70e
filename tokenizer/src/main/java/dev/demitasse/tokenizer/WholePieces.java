package dev.demitasse.tokenizer;

/**
 * Knows the tokens that a piece of the same bytes is encoded to, so that common words need no merging.
 *
 * <p>That a token exists does not mean that the merges lead to it, hence the question is put to the merger once for
 * each token that comes up, and the answer kept. Threads may race to do so: they find the same answer, and a byte is
 * written whole.
 */
final class WholePieces {
    private static final byte UNKNOWN = 0;
    private static final byte YES = 1;
    private static final byte NO = 2;

    private final Vocabulary vocabulary;
    private final FirstSymbols firstSymbols;
    private final byte[] answers;

    /**
     * Makes the memory.
     *
     * @param ignoreMerges whether a token wins over the merges wherever it equals a piece, as some models want it
     */
    WholePieces(Vocabulary vocabulary, FirstSymbols firstSymbols, boolean ignoreMerges) {
        this.vocabulary = vocabulary;
        this.firstSymbols = firstSymbols;
        this.answers = new byte[vocabulary.size()];
        if (ignoreMerges) {
            for (int token = 0; token < answers.length; token++) {
                answers[token] = vocabulary.isSpecial(token) ? NO : YES;
            }
        }
    }

    /** Returns whether a piece with the bytes of this token becomes this token. */
    boolean contains(int token) {
        byte answer = answers[token];
        if (answer == UNKNOWN) {
            answer = mergesToItself(token) ? YES : NO;
            answers[token] = answer;
        }
        return answer == YES;
    }

    private boolean mergesToItself(int token) {
        byte[] bytes = vocabulary.tokenBytes(token);
        IntList merged = new IntList(bytes.length);
        new BytePairMerger(vocabulary.merges(), firstSymbols).merge(bytes, bytes.length, merged);
        return merged.size() == 1 && merged.get(0) == token;
    }
}
