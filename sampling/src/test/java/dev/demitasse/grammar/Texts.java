package dev.demitasse.grammar;

import dev.demitasse.sampling.SamplingException;
import dev.demitasse.sampling.TokenConstraint;
import dev.demitasse.tokenizer.Vocabulary;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;

/** What grammars accept and write, over the small vocabulary. */
final class Texts {
    static final TokenTrie TRIE = new TokenTrie(SmallVocabulary.VOCABULARY);
    static final Set<Integer> END = Set.of(SmallVocabulary.END);

    private Texts() {}

    static TokenGrammar grammar(Expression expression) {
        return new TokenGrammar(Grammar.of(expression), TRIE);
    }

    /** Whether a grammar allows a text, byte by byte. */
    static boolean accepts(Expression expression, String text) {
        return accepts(expression, text.getBytes(StandardCharsets.UTF_8));
    }

    static boolean accepts(Expression expression, byte[] text) {
        Automaton automaton = new Automaton(Grammar.of(expression), 1000);
        Configuration configuration = automaton.start();
        for (byte value : text) {
            configuration = automaton.step(configuration, value & 0xff);
        }
        return configuration.isComplete();
    }

    /** A text drawn with logits that know nothing of the grammar. */
    static String random(TokenGrammar grammar, long seed, int maxTokens) {
        TokenConstraint constraint = grammar.newConstraint(END);
        Vocabulary vocabulary = SmallVocabulary.VOCABULARY;
        Random random = new Random(seed);
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        for (int remaining = maxTokens; remaining > 0 && !constraint.isExhausted(); remaining--) {
            float[] logits = new float[vocabulary.size()];
            constraint.mask(logits, remaining);
            int[] allowed = IntStream.range(0, logits.length)
                    .filter(token -> logits[token] == 0)
                    .toArray();
            int token = allowed[random.nextInt(allowed.length)];
            if (token == SmallVocabulary.END) {
                break;
            }
            constraint.accept(token);
            written.writeBytes(vocabulary.tokenBytes(token));
        }
        if (!constraint.isComplete()) {
            throw new SamplingException("not complete: " + written.toString(StandardCharsets.UTF_8));
        }
        return written.toString(StandardCharsets.UTF_8);
    }
}
