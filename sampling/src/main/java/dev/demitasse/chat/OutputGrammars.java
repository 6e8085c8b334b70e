package dev.demitasse.chat;

import dev.demitasse.grammar.TokenGrammar;
import dev.demitasse.grammar.TokenTrie;
import dev.demitasse.tokenizer.Vocabulary;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The grammars that replies of one model were held to lately, over the tokens of its vocabulary: what one reply found out
 * about a grammar serves the next. Thread-safe.
 */
final class OutputGrammars {
    private static final int MOST_KEPT = 8;

    private final Vocabulary vocabulary;
    /** Least recently used first. */
    private final Map<OutputGrammar, TokenGrammar> recent = new LinkedHashMap<>(16, 0.75f, true);

    private @Nullable TokenTrie trie;

    OutputGrammars(Vocabulary vocabulary) {
        this.vocabulary = vocabulary;
    }

    /** The grammar over tokens; the first of all takes some tenths of a second, for a tree of the vocabulary. */
    synchronized TokenGrammar over(OutputGrammar output) {
        TokenGrammar known = recent.get(output);
        if (known == null) {
            if (trie == null) {
                trie = new TokenTrie(vocabulary);
            }
            known = new TokenGrammar(output.grammar(), trie);
            recent.put(output, known);
            if (recent.size() > MOST_KEPT) {
                recent.remove(recent.keySet().iterator().next());
            }
        }
        return known;
    }
}
