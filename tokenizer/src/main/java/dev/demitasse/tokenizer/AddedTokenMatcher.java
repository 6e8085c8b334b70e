package dev.demitasse.tokenizer;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Finds added tokens in text: the leftmost first, and of those that start at one place the longest. */
final class AddedTokenMatcher {
    private final Node root = new Node();
    /** The characters that a token can start with: most positions of a text are passed over by this test alone. */
    private final BitSet firstCharacters = new BitSet();

    /** A token found in a text. */
    private record Match(int start, int end, AddedToken token) {}

    private static final class Node {
        private final Map<Character, Node> children = new HashMap<>(2);
        private @Nullable AddedToken token;
    }

    /** Makes a matcher for tokens whose contents are passed through {@code normalization} first. */
    AddedTokenMatcher(Iterable<AddedToken> tokens, UnaryOperator<String> normalization) {
        for (AddedToken token : tokens) {
            Node node = root;
            String content = normalization.apply(token.content());
            for (int i = 0; i < content.length(); i++) {
                node = node.children.computeIfAbsent(content.charAt(i), character -> new Node());
            }
            node.token = token;
            firstCharacters.set(content.charAt(0));
        }
    }

    /** Cuts a text at the tokens that are to be recognised; hands over what is between them, and their ids, in order. */
    void split(String text, SpecialTokens recognised, Consumer<String> plainText, IntConsumer tokenIds) {
        int plainStart = 0;
        if (recognised != SpecialTokens.NONE && !firstCharacters.isEmpty()) {
            int position = 0;
            while (position < text.length()) {
                Match match = firstCharacters.get(text.charAt(position)) ? longestAt(text, position) : null;
                if (match == null) {
                    position++;
                    continue;
                }
                position = match.end();
                // a special token that is not wanted stays text as a whole: no other token is found inside it
                if (recognised == SpecialTokens.ALL || !match.token().special()) {
                    if (plainStart < match.start()) {
                        plainText.accept(text.substring(plainStart, match.start()));
                    }
                    tokenIds.accept(match.token().id());
                    plainStart = match.end();
                }
            }
        }
        if (plainStart < text.length()) {
            plainText.accept(text.substring(plainStart));
        }
    }

    private @Nullable Match longestAt(String text, int start) {
        Match longest = null;
        Node node = root;
        for (int end = start; end < text.length(); end++) {
            node = node.children.get(text.charAt(end));
            if (node == null) {
                break;
            }
            if (node.token != null) {
                longest = new Match(start, end + 1, node.token);
            }
        }
        return longest;
    }
}
