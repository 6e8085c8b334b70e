package dev.demitasse.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.demitasse.tokenizer.TokenizerFormatException.Fault;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class VocabularyTest {
    private final List<String> tokens = new ArrayList<>();
    private final List<String> merges = new ArrayList<>(List.of("Ġ t", "h e", "Ġt he"));
    private int[] types;

    VocabularyTest() {
        for (int value = 0; value < 256; value++) {
            tokens.add(SlowBytePairEncoding.alphabetText(new byte[] {(byte) value}));
        }
        tokens.addAll(List.of("Ġt", "he", "Ġthe", "<|im_end|>", "<tool_call>", "[PAD261]", "[PAD261]"));
        types = new int[tokens.size()];
        Arrays.fill(types, 1);
        types[259] = 3;
        types[260] = 4;
        types[261] = 5;
        types[262] = 5;
    }

    @Test
    void theListsOfAGgufFileMakeAVocabulary() {
        Vocabulary vocabulary = Vocabulary.fromGguf(tokens, types, merges);
        assertThat(vocabulary.size()).isEqualTo(263);
        assertThat(vocabulary.mergeCount()).isEqualTo(3);
        assertThat(vocabulary.tokenText(258)).isEqualTo(" the");
        assertThat(vocabulary.addedTokens())
                .containsExactly(
                        new AddedToken(259, "<|im_end|>", true, false),
                        new AddedToken(260, "<tool_call>", false, false));
        assertThat(vocabulary.isSpecial(259)).isTrue();
        assertThat(vocabulary.isSpecial(260)).isFalse();
        assertThat(vocabulary.isSpecial(-1)).isFalse();
        assertThat(Tokenizer.qwen2(vocabulary).encode("at the<tool_call>", SpecialTokens.ALL))
                .containsExactly('a', 't', 258, 260);
    }

    @Test
    void anUnusedIdHasNoTextAndIsNotFound() {
        Vocabulary vocabulary = Vocabulary.fromGguf(tokens, types, merges);
        assertThat(vocabulary.tokenText(261)).isEmpty();
        assertThat(vocabulary.tokenLength(262)).isZero();
        assertThat(vocabulary.tokenId("[PAD261]")).isEmpty();
    }

    @Test
    void tokensAreFoundByTheirText() {
        Vocabulary vocabulary = Vocabulary.fromGguf(tokens, types, merges);
        assertThat(vocabulary.tokenId(" the")).hasValue(258);
        assertThat(vocabulary.tokenId("<|im_end|>")).hasValue(259);
        assertThat(vocabulary.tokenId("\n")).hasValue('\n');
        assertThat(vocabulary.tokenId("é")).isEmpty(); // two bytes, no token of both
        assertThat(vocabulary.tokenId("\uD800")).isEmpty();
        assertThat(vocabulary.tokenId("")).isEmpty();
    }

    @Test
    void theBytesOfATokenAreReadWithoutACopy() {
        Vocabulary vocabulary = Vocabulary.fromGguf(tokens, types, merges);
        byte[] target = new byte[10];
        assertThat(vocabulary.copyTokenBytes(258, target, 2)).isEqualTo(4);
        assertThat(new String(target, 2, 4, StandardCharsets.UTF_8)).isEqualTo(" the");
        assertThat(vocabulary.tokenBytes(0xE4)).containsExactly(0xE4);
        assertThat(vocabulary.tokenByte(258, 3)).isEqualTo((byte) 'e');
        assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> vocabulary.tokenByte(258, 4));
        assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> vocabulary.tokenText(263));
    }

    @Test
    void listsThatDoNotFitTogetherAreRefused() {
        checkRefused(Fault.LENGTH_MISMATCH, lists -> lists.types = Arrays.copyOf(lists.types, 10));
        checkRefused(Fault.BAD_VALUE, lists -> lists.types[257] = 9);
        checkRefused(Fault.BAD_VALUE, lists -> lists.types[257] = 6);
        checkRefused(Fault.DUPLICATE_TOKEN, lists -> lists.tokens.set(257, "Ġt"));
        checkRefused(Fault.BAD_MERGE, lists -> lists.merges.add("h x"));
        checkRefused(Fault.BAD_MERGE, lists -> lists.merges.add("he"));
        checkRefused(Fault.BAD_MERGE, lists -> lists.merges.add("h e"));
        checkRefused(Fault.BAD_VALUE, lists -> lists.tokens.set(257, "世"));
        checkRefused(Fault.BAD_VALUE, lists -> lists.tokens.set(257, ""));
        checkRefused(Fault.MISSING_BYTE, lists -> lists.tokens.set(65, "AA"));
    }

    private static void checkRefused(Fault fault, Consumer<VocabularyTest> damage) {
        VocabularyTest lists = new VocabularyTest();
        damage.accept(lists);
        assertThatExceptionOfType(TokenizerFormatException.class)
                .isThrownBy(() -> Vocabulary.fromGguf(lists.tokens, lists.types, lists.merges))
                .matches(e -> e.fault() == fault, "fault " + fault);
    }
}
