package dev.demitasse.tokenizer;

import dev.demitasse.tokenizer.TokenizerFormatException.Fault;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** Collects what a file says about a vocabulary, in whatever order it comes, and checks that it makes sense. */
final class VocabularyBuilder {
    private static final int MAX_TOKEN_LENGTH = 1 << 16;
    private static final int MAX_ADDED_TOKENS = 1 << 16;
    private static final int ABSENT = -1;

    /** Tokens of the byte-pair vocabulary in the order of the file; {@link #ids} has the id of each. */
    private final ByteStrings tokens = new ByteStrings();

    private final IntList ids = new IntList(1 << 10);
    /** Vocabulary entries that are not written in the byte alphabet, by id: each must be an added token as well. */
    private final Map<Integer, String> foreign = new LinkedHashMap<>();

    private final Map<Integer, AddedToken> added = new LinkedHashMap<>();
    private final Set<String> addedContents = new HashSet<>();
    /** Left and right part of each merge, one after the other: so the bytes of both together are the result's. */
    private final ByteStrings mergeParts = new ByteStrings();

    private int size;

    /** Adds a token of the byte-pair vocabulary, written in the byte alphabet. */
    void token(long id, String text) {
        int checkedId = checkIdAndText(id, text);
        if (tokens.addAlphabetText(text, 0, text.length())) {
            ids.add(checkedId);
            return;
        }
        checkUnicode(checkedId, text);
        if (foreign.size() == MAX_ADDED_TOKENS || foreign.put(checkedId, text) != null) {
            throw notInAlphabet(checkedId, text);
        }
    }

    /** Adds a token that is recognised by its text as a whole. */
    void addedToken(long id, String content, boolean special, boolean normalized) {
        int checkedId = checkIdAndText(id, content);
        checkUnicode(checkedId, content);
        if (added.size() == MAX_ADDED_TOKENS) {
            throw new TokenizerFormatException(
                    Fault.TOO_LARGE, "there are more than " + MAX_ADDED_TOKENS + " added tokens");
        }
        AddedToken twin = added.put(checkedId, new AddedToken(checkedId, content, special, normalized));
        if (twin != null) {
            throw duplicateId(checkedId, content);
        }
        if (!addedContents.add(content)) {
            throw duplicateToken(checkedId, content);
        }
    }

    /** Makes room for an id that has no token, as files have them to pad the embedding matrix. */
    void unused(int id) {
        size = Math.max(size, id + 1);
    }

    /** Adds the merge of the next rank, given as two parts with a space between them. */
    void merge(String pair) {
        int space = pair.indexOf(' ');
        if (space < 0 || pair.indexOf(' ', space + 1) >= 0) {
            throw badMerge(mergeCount(), quote(pair) + " is not two parts with one space between them");
        }
        checkMergeCount();
        addMergePart(pair, 0, space);
        addMergePart(pair, space + 1, pair.length());
    }

    /** Adds the merge of the next rank. */
    void merge(String left, String right) {
        checkMergeCount();
        addMergePart(left, 0, left.length());
        addMergePart(right, 0, right.length());
    }

    private void checkMergeCount() {
        if (mergeCount() == MergeTable.MAX_MERGES) {
            throw new TokenizerFormatException(
                    Fault.TOO_LARGE, "there are more than " + MergeTable.MAX_MERGES + " merges");
        }
    }

    private void addMergePart(String text, int from, int to) {
        if (!mergeParts.addAlphabetText(text, from, to)) {
            throw badMerge(
                    mergeCount(),
                    quote(text.substring(from, to)) + " is not one or more characters of the byte alphabet");
        }
    }

    private int mergeCount() {
        return mergeParts.count() / 2;
    }

    /** Returns the vocabulary; throws when its parts do not fit together. */
    Vocabulary build() {
        int[] entryOf = entriesById();
        checkAddedTokens(entryOf);
        int[] starts = new int[size + 1];
        byte[] bytes = layOut(entryOf, starts);
        TokenTable table = tokenTable(entryOf, bytes, starts);
        int[] byteTokens = byteTokens(table);
        MergeTable merges = mergeTable(table, entryOf);
        checkNoSpecialTokenIsMade(entryOf, byteTokens, merges);
        return new Vocabulary(bytes, starts, table, byteTokens, merges, added.values());
    }

    /** Returns the index into {@link #tokens} for each id. */
    private int[] entriesById() {
        int[] entryOf = new int[size];
        Arrays.fill(entryOf, ABSENT);
        for (int entry = 0; entry < ids.size(); entry++) {
            int id = ids.get(entry);
            if (entryOf[id] != ABSENT) {
                throw duplicateId(id, Utf8.decode(tokens.bytes(), tokens.start(entry), tokens.end(entry)));
            }
            entryOf[id] = entry;
        }
        return entryOf;
    }

    /** A token may be in the vocabulary and among the added ones, if both say the same. */
    private void checkAddedTokens(int[] entryOf) {
        for (AddedToken token : added.values()) {
            byte[] bytes = ByteAlphabet.bytesOf(token.content());
            int entry = entryOf[token.id()];
            boolean same = entry == ABSENT
                    ? foreign.getOrDefault(token.id(), token.content()).equals(token.content())
                    : bytes != null
                            && Arrays.equals(
                                    tokens.bytes(), tokens.start(entry), tokens.end(entry), bytes, 0, bytes.length);
            if (!same) {
                throw duplicateId(token.id(), token.content());
            }
        }
        foreign.forEach((id, text) -> {
            if (!added.containsKey(id)) {
                throw notInAlphabet(id, text);
            }
            if (entryOf[id] != ABSENT) {
                throw duplicateId(id, text);
            }
        });
    }

    /** Returns the bytes of all tokens in the order of their ids, and fills in where each starts. */
    private byte[] layOut(int[] entryOf, int[] starts) {
        ByteStrings flat = new ByteStrings();
        for (int id = 0; id < size; id++) {
            int entry = entryOf[id];
            AddedToken addedToken = entry == ABSENT ? added.get(id) : null;
            if (entry != ABSENT) {
                flat.add(tokens.bytes(), tokens.start(entry), tokens.end(entry));
            } else if (addedToken != null) {
                byte[] content = addedToken.content().getBytes(StandardCharsets.UTF_8);
                flat.add(content, 0, content.length);
            } else {
                flat.add(new byte[0], 0, 0);
            }
            starts[id + 1] = flat.end(id);
        }
        return Arrays.copyOf(flat.bytes(), starts[size]);
    }

    private TokenTable tokenTable(int[] entryOf, byte[] bytes, int[] starts) {
        TokenTable table = new TokenTable(bytes, starts, ids.size());
        for (int id = 0; id < size; id++) {
            if (entryOf[id] != ABSENT && table.put(id) != TokenTable.NONE) {
                throw duplicateToken(id, Utf8.decode(bytes, starts[id], starts[id + 1]));
            }
        }
        for (AddedToken token : added.values()) {
            byte[] content = token.content().getBytes(StandardCharsets.UTF_8);
            int twin = table.find(content, 0, content.length);
            if (twin != TokenTable.NONE && twin != token.id()) {
                throw duplicateToken(token.id(), token.content());
            }
        }
        return table;
    }

    private static int[] byteTokens(TokenTable table) {
        int[] byteTokens = new int[256];
        for (int value = 0; value < 256; value++) {
            byteTokens[value] = table.find(new byte[] {(byte) value}, 0, 1);
            if (byteTokens[value] == TokenTable.NONE) {
                throw new TokenizerFormatException(
                        Fault.MISSING_BYTE,
                        "no token is the single byte 0x" + Integer.toHexString(value)
                                + "; expected one for each of the 256 bytes");
            }
        }
        return byteTokens;
    }

    private MergeTable mergeTable(TokenTable table, int[] entryOf) {
        MergeTable merges = new MergeTable(mergeCount());
        byte[] bytes = mergeParts.bytes();
        int result = 0;
        for (int rank = 0; rank < mergeCount(); rank++) {
            int start = mergeParts.start(2 * rank);
            int middle = mergeParts.end(2 * rank);
            int end = mergeParts.end(2 * rank + 1);
            int left = knownToken(table, rank, start, middle);
            int right = knownToken(table, rank, middle, end);
            // training makes tokens in the order of ranks, so the next id is nearly always the result
            int next = result + 1;
            boolean isNext = next < size && entryOf[next] != ABSENT && table.is(next, bytes, start, end);
            result = isNext ? next : knownToken(table, rank, start, end);
            if (!merges.put(left, right, rank, result)) {
                throw badMerge(
                        rank,
                        quote(Utf8.decode(bytes, start, middle)) + " and " + quote(Utf8.decode(bytes, middle, end))
                                + " merge already at a lower rank");
            }
        }
        return merges;
    }

    private int knownToken(TokenTable table, int rank, int from, int to) {
        int token = table.find(mergeParts.bytes(), from, to);
        if (token == TokenTable.NONE) {
            throw badMerge(rank, quote(Utf8.decode(mergeParts.bytes(), from, to)) + " is not in the vocabulary");
        }
        return token;
    }

    /** Plain text must never become a special token, so nothing may merge into one. */
    private void checkNoSpecialTokenIsMade(int[] entryOf, int[] byteTokens, MergeTable merges) {
        BitSet specials = new BitSet();
        added.values().stream()
                .filter(token -> token.special() && entryOf[token.id()] != ABSENT)
                .forEach(token -> specials.set(token.id()));
        if (specials.isEmpty()) {
            return;
        }
        for (int token : byteTokens) {
            checkNotSpecial(specials, token);
        }
        for (int rank = 0; rank < merges.size(); rank++) {
            checkNotSpecial(specials, merges.result(rank));
        }
    }

    private static void checkNotSpecial(BitSet specials, int token) {
        if (specials.get(token)) {
            throw new TokenizerFormatException(
                    Fault.BAD_VALUE,
                    "special token " + token + " is also what plain text is encoded to;"
                            + " expected special tokens apart from the byte-pair vocabulary");
        }
    }

    private int checkIdAndText(long id, String text) {
        if (id < 0 || id >= MergeTable.MAX_TOKENS) {
            throw new TokenizerFormatException(
                    Fault.BAD_VALUE,
                    "token " + quote(text) + " has id " + id + "; expected 0 to " + (MergeTable.MAX_TOKENS - 1));
        }
        if (text.isEmpty() || text.length() > MAX_TOKEN_LENGTH) {
            throw new TokenizerFormatException(
                    text.isEmpty() ? Fault.BAD_VALUE : Fault.TOO_LARGE,
                    "token " + id + " has " + text.length() + " characters; expected 1 to " + MAX_TOKEN_LENGTH);
        }
        size = Math.max(size, (int) id + 1);
        return (int) id;
    }

    private static void checkUnicode(int id, String text) {
        if (text.codePoints().anyMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE)) {
            throw new TokenizerFormatException(
                    Fault.BAD_UTF8, "token " + id + " holds half a surrogate pair; expected Unicode text");
        }
    }

    private static TokenizerFormatException notInAlphabet(int id, String text) {
        return new TokenizerFormatException(
                Fault.BAD_VALUE,
                "token " + id + " " + quote(text) + " has characters that stand for no byte;"
                        + " expected the byte alphabet, or an added token of the same id and text");
    }

    private static TokenizerFormatException duplicateId(int id, String text) {
        return new TokenizerFormatException(
                Fault.DUPLICATE_ID, "token " + quote(text) + " has id " + id + ", which another token has as well");
    }

    private static TokenizerFormatException duplicateToken(int id, String text) {
        return new TokenizerFormatException(
                Fault.DUPLICATE_TOKEN, "token " + id + " is " + quote(text) + ", which another token is as well");
    }

    private static TokenizerFormatException badMerge(int rank, String problem) {
        return new TokenizerFormatException(Fault.BAD_MERGE, "merge " + rank + ": " + problem);
    }

    private static String quote(String text) {
        return '"' + (text.length() <= 60 ? text : text.substring(0, 60) + "...") + '"';
    }
}
