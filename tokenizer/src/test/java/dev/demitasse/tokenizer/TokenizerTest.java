package dev.demitasse.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.text.Normalizer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

class TokenizerTest {
    private final Tokenizer tokenizer = SmallTokenizer.load();
    private final int imEnd = tokenizer.tokenId("<|im_end|>").orElseThrow();
    private final int toolCall = tokenizer.tokenId("<tool_call>").orElseThrow();

    @Test
    void decodingWhatWasEncodedGivesTheNormalisedText() {
        Random random = new Random(1);
        for (int i = 0; i < 20_000; i++) {
            String text = RandomTexts.valid(random, 15);
            String normalized = Normalizer.normalize(text, Normalizer.Form.NFC);
            // plain text always; an added token in the text keeps marks from composing across its border
            assertThat(tokenizer.decode(tokenizer.encode(text, SpecialTokens.NONE)))
                    .isEqualTo(normalized);
            assertThat(Normalizer.normalize(
                            tokenizer.decode(tokenizer.encode(text, SpecialTokens.ALL)), Normalizer.Form.NFC))
                    .isEqualTo(normalized);
        }
    }

    @Test
    void plainTextNeverGivesAnAddedToken() {
        Random random = new Random(2);
        List<Integer> added = tokenizer.vocabulary().addedTokens().stream()
                .map(AddedToken::id)
                .toList();
        for (int i = 0; i < 5_000; i++) {
            int[] ids = tokenizer.encode(RandomTexts.any(random, 15), SpecialTokens.NONE);
            assertThat(IntStream.of(ids).filter(added::contains)).isEmpty();
        }
    }

    @Test
    void eachModeRecognisesItsTokens() {
        String text = "a<|im_end|>b<tool_call>";
        assertThat(tokenizer.encode(text, SpecialTokens.ALL)).contains(imEnd, toolCall);
        assertThat(tokenizer.encode(text, SpecialTokens.SPLIT))
                .contains(toolCall)
                .doesNotContain(imEnd);
        assertThat(tokenizer.encode(text, SpecialTokens.NONE)).doesNotContain(toolCall, imEnd);
    }

    @Test
    void ofTheTokensThatStartAtOnePlaceTheLongestIsTaken() {
        VocabularyBuilder builder = SmallTokenizer.bytes();
        builder.addedToken(300, "<a", false, false);
        builder.addedToken(301, "<a><b", false, false);
        builder.addedToken(302, "><b>", false, false);
        Tokenizer nested = new Tokenizer(builder.build(), Normalization.NFC, false);
        assertThat(nested.encode("<a><b", SpecialTokens.ALL)).containsExactly(301);
        assertThat(nested.encode("<a><c", SpecialTokens.ALL)).startsWith(300).hasSize(4);
        assertThat(nested.encode("x><b>", SpecialTokens.ALL)).endsWith(302).hasSize(2);
    }

    @Test
    void noTokenIsFoundInsideASpecialTokenThatIsToStayText() {
        VocabularyBuilder builder = SmallTokenizer.bytes();
        builder.addedToken(300, "<|a|>", true, false);
        builder.addedToken(301, "|a", false, false);
        Tokenizer nested = new Tokenizer(builder.build(), Normalization.NFC, false);
        assertThat(nested.encode("<|a|>", SpecialTokens.SPLIT)).hasSize(5).doesNotContain(300, 301);
        assertThat(nested.encode("|a|", SpecialTokens.SPLIT)).startsWith(301).hasSize(2);
    }

    @Test
    void aNormalisedAddedTokenIsFoundInNormalisedTextOnly() {
        VocabularyBuilder builder = SmallTokenizer.bytes();
        builder.addedToken(300, "caf\u00E9", false, true);
        builder.addedToken(301, "th\u00E9", false, false);
        Tokenizer accents = new Tokenizer(builder.build(), Normalization.NFC, false);
        assertThat(accents.encode("cafe\u0301", SpecialTokens.ALL)).containsExactly(300);
        assertThat(accents.encode("the\u0301", SpecialTokens.ALL)).doesNotContain(301);
        assertThat(accents.encode("th\u00E9", SpecialTokens.ALL)).containsExactly(301);
    }

    @Test
    void withoutNormalisationTextIsTakenAsItIs() {
        Tokenizer plain = new Tokenizer(SmallTokenizer.bytes().build(), Normalization.NONE, false);
        assertThat(plain.decode(plain.encode("e\u0301", SpecialTokens.ALL))).isEqualTo("e\u0301");
    }

    @Test
    void whereMergesAreIgnoredAWholePieceWinsOverThem() {
        VocabularyBuilder builder = SmallTokenizer.bytes();
        builder.token(256, "ab");
        builder.token(257, "abc"); // there, but no merge leads to it
        builder.merge("a b");
        Vocabulary vocabulary = builder.build();
        assertThat(new Tokenizer(vocabulary, Normalization.NFC, false).encode("abc", SpecialTokens.ALL))
                .containsExactly(256, tokenId(vocabulary, "c"));
        assertThat(new Tokenizer(vocabulary, Normalization.NFC, true).encode("abc", SpecialTokens.ALL))
                .containsExactly(257);
    }

    @Test
    void halfASurrogatePairIsEncodedAsTheReplacementCharacter() {
        assertThat(tokenizer.encode("a\uD800b\uDC00", SpecialTokens.ALL))
                .containsExactly(tokenizer.encode("a\uFFFDb\uFFFD", SpecialTokens.ALL));
    }

    @Test
    void countIsTheLengthOfTheEncodedText() {
        String text = "Count 这些 tokens<|im_end|>";
        for (SpecialTokens mode : SpecialTokens.values()) {
            assertThat(tokenizer.count(text, mode)).isEqualTo(tokenizer.encode(text, mode).length);
        }
        assertThat(tokenizer.encode("", SpecialTokens.ALL)).isEmpty();
    }

    @Test
    void specialTokensAreLeftOutOfDecodedTextOnDemand() {
        int[] ids = tokenizer.encode("a<|im_end|><tool_call>", SpecialTokens.ALL);
        assertThat(tokenizer.decode(ids)).isEqualTo("a<|im_end|><tool_call>");
        assertThat(tokenizer.decode(ids, SpecialText.SKIP)).isEqualTo("a<tool_call>");
    }

    @Test
    void idsWithoutATokenGiveNoTextAndNegativeOnesAreRefused() {
        assertThat(tokenizer.decode(new int[] {1_000_000, Integer.MAX_VALUE})).isEmpty();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> tokenizer.decode(new int[] {-1}))
                .withMessageContaining("-1");
    }

    @Test
    void aMegabyteWithoutAGapIsEncodedInReasonableTime() {
        for (String unit : List.of("a", " ", "\n", "你", "=", "\uD800", "e\u0301", "<|im_")) {
            String text = unit.repeat((1 << 20) / unit.length());
            int[] ids = Assertions.assertTimeoutPreemptively(
                    Duration.ofMinutes(2), () -> tokenizer.encode(text, SpecialTokens.ALL));
            assertThat(ids).as(unit).isNotEmpty();
        }
    }

    @Test
    void severalThreadsMayShareATokenizer() throws Exception {
        Random random = new Random(3);
        List<String> texts = IntStream.range(0, 300)
                .mapToObj(i -> RandomTexts.valid(random, 20))
                .toList();
        List<int[]> expected = texts.stream()
                .map(text -> SmallTokenizer.load().encode(text, SpecialTokens.ALL))
                .toList();
        Tokenizer shared = SmallTokenizer.load();
        try (var executor = Executors.newFixedThreadPool(4)) {
            List<Future<Boolean>> agree = IntStream.range(0, 4)
                    .mapToObj(thread -> executor.submit(() -> IntStream.range(0, texts.size())
                            .allMatch(i ->
                                    Arrays.equals(shared.encode(texts.get(i), SpecialTokens.ALL), expected.get(i)))))
                    .toList();
            for (Future<Boolean> each : agree) {
                assertThat(each.get()).isTrue();
            }
        }
    }

    private static int tokenId(Vocabulary vocabulary, String text) {
        return vocabulary.tokenId(text).orElseThrow();
    }
}
