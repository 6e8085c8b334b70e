package dev.demitasse.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.demitasse.sampling.Sampler;
import dev.demitasse.sampling.SamplingException;
import dev.demitasse.sampling.SamplingOptions;
import dev.demitasse.sampling.TokenConstraint;
import dev.demitasse.sampling.TokenHistory;
import dev.demitasse.tokenizer.Vocabulary;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokens under a grammar, compared with trying every token of a small vocabulary. */
@SuppressWarnings("JdkObsolete") // hitEnd tells whether more text could lead to a match, which is the question here
class TokenGrammarTest {
    private static final Vocabulary VOCABULARY = SmallVocabulary.VOCABULARY;
    private static final int MANY = 10_000;

    /** Java's matcher knows whether more input could still lead to a match. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "\\{\"name\":\"[a-c]{0,4}\",\"ab\":(true|false|null)\\}", "(\\[\\]|\\[\\[(12|0){1,3}\\]\\]), ?12",
                        "a(bc|b)*c?",
                "-?(0|[1-9][0-9]*)(\\.[0-9]+)?(e-?[0-9]{1,2})?", "(a|ab|abc)+\"", "[^\"]{2,3}\","
            })
    void theTokensAllowedAreThoseThatMayLeadToAMatch(String regex) {
        Pattern oracle = Pattern.compile(regex);
        TokenGrammar grammar = Texts.grammar(Regex.whole(regex));
        for (int seed = 0; seed < 20; seed++) {
            TokenConstraint constraint = grammar.newConstraint(Texts.END);
            Random random = new Random(seed);
            String written = "";
            for (int i = 0; i < 30; i++) {
                Set<Integer> allowed = allowed(constraint, MANY);
                assertThat(allowed).as("after " + written).isEqualTo(tried(oracle, written));
                assertThat(constraint.isComplete())
                        .isEqualTo(oracle.matcher(written).matches());
                List<Integer> choices = allowed.stream()
                        .filter(t -> t != SmallVocabulary.END && isAscii(t))
                        .toList();
                assertThat(constraint.isExhausted()).isEqualTo(allowed.equals(Texts.END));
                if (choices.isEmpty()) {
                    break;
                }
                int token = choices.get(random.nextInt(choices.size()));
                constraint.accept(token);
                written += VOCABULARY.tokenText(token);
            }
        }
    }

    private static Set<Integer> tried(Pattern oracle, String written) {
        Set<Integer> tokens = new TreeSet<>();
        for (int token = 0; token < VOCABULARY.size() - 4; token++) {
            byte[] bytes = VOCABULARY.tokenBytes(token);
            if (isAscii(token)) {
                Matcher matcher = oracle.matcher(written + new String(bytes, StandardCharsets.US_ASCII));
                if (matcher.matches() || matcher.hitEnd()) {
                    tokens.add(token);
                }
            } else if (mayContinue(oracle, written.getBytes(StandardCharsets.UTF_8), bytes)) {
                tokens.add(token);
            }
        }
        if (oracle.matcher(written).matches()) {
            tokens.add(SmallVocabulary.END);
        }
        return tokens;
    }

    /** Bytes that are part of characters, each completed in a few ways. */
    private static boolean mayContinue(Pattern oracle, byte[] before, byte[] token) {
        for (String end : List.of("", "80", "a0", "90", "8080", "a080", "9080", "908080", "808080")) {
            byte[] rest = HexFormat.of().parseHex(end);
            byte[] all = Arrays.copyOf(before, before.length + token.length + rest.length);
            System.arraycopy(token, 0, all, before.length, token.length);
            System.arraycopy(rest, 0, all, before.length + token.length, rest.length);
            String text = new String(all, StandardCharsets.UTF_8);
            Matcher matcher = oracle.matcher(text);
            if (Arrays.equals(text.getBytes(StandardCharsets.UTF_8), all) && (matcher.matches() || matcher.hitEnd())) {
                return true;
            }
        }
        return false;
    }

    private static boolean isAscii(int token) {
        for (byte value : VOCABULARY.tokenBytes(token)) {
            if (value < 0) {
                return false;
            }
        }
        return true;
    }

    @Test
    void tokensMayHoldTheEndOfOneCharacterAndTheBeginningOfAnother() {
        TokenConstraint constraint = Texts.grammar(Regex.whole("日月\"")).newConstraint(Texts.END);
        int firstTwoBytes = token("e697");
        int lastAndFirst = token("a5e6");
        assertThat(allowed(constraint, MANY)).containsExactlyInAnyOrder(firstTwoBytes, token("e6"));
        constraint.accept(firstTwoBytes);
        assertThat(allowed(constraint, MANY)).containsExactlyInAnyOrder(token("a5"), lastAndFirst);
        constraint.accept(lastAndFirst);
        assertThat(constraint.isComplete()).isFalse();
        assertThat(allowed(constraint, MANY)).containsExactly(token("9c"));
    }

    @Test
    void aStringNeverHoldsBrokenCharacters() {
        TokenGrammar grammar = Texts.grammar(JsonText.STRING);
        for (int seed = 0; seed < 500; seed++) {
            assertThat(Texts.random(grammar, seed, 12))
                    .doesNotContain("\uFFFD")
                    .startsWith("\"")
                    .endsWith("\"");
        }
    }

    @Test
    void theDrawFollowsTheModelsOwnDistributionOverWhatIsAllowed() {
        String regex = "(a|ab|abc|12|0)(bc|,|, |\"|\",)?(12|\")";
        Pattern oracle = Pattern.compile(regex);
        TokenGrammar grammar = Texts.grammar(Regex.whole(regex));
        float[][] logits = new float[8][VOCABULARY.size()];
        Random random = new Random(5);
        for (float[] step : logits) {
            for (int token = 0; token < step.length; token++) {
                step[token] = (float) random.nextGaussian();
            }
        }
        Map<String, Double> expected = new HashMap<>();
        expect(oracle, "", 1, 0, logits, expected);
        assertThat(expected.values().stream().mapToDouble(p -> p).sum()).isCloseTo(1, within(1e-9));

        int draws = 100_000;
        Map<String, Integer> drawn = new HashMap<>();
        for (int seed = 0; seed < draws; seed++) {
            drawn.merge(draw(grammar, seed, logits), 1, Integer::sum);
        }
        assertThat(expected.keySet()).containsAll(drawn.keySet());
        double distance = 0;
        for (Map.Entry<String, Double> way : expected.entrySet()) {
            distance += Math.abs(way.getValue() - drawn.getOrDefault(way.getKey(), 0) / (double) draws) / 2;
        }
        assertThat(expected).hasSizeGreaterThan(50);
        // total variation of the true distribution with itself, drawn this often, is about sqrt(ways / draws) / 2.5
        assertThat(distance).isLessThan(Math.sqrt(expected.size() / (double) draws));
    }

    /** Probability of each sequence of tokens, by masking every step with what {@link #tried} allows. */
    private static void expect(
            Pattern oracle, String path, double probability, int step, float[][] logits, Map<String, Double> expected) {
        String written = path.replace("|", "");
        Set<Integer> tokens = tried(oracle, written);
        if (tokens.equals(Texts.END)) {
            expected.merge(path, probability, Double::sum);
            return;
        }
        double total =
                tokens.stream().mapToDouble(t -> Math.exp(logits[step][t])).sum();
        for (int token : tokens) {
            double share = probability * Math.exp(logits[step][token]) / total;
            if (token == SmallVocabulary.END) {
                expected.merge(path, share, Double::sum);
            } else {
                expect(oracle, path + VOCABULARY.tokenText(token) + "|", share, step + 1, logits, expected);
            }
        }
    }

    private static String draw(TokenGrammar grammar, long seed, float[][] logits) {
        TokenConstraint constraint = grammar.newConstraint(Texts.END);
        Sampler sampler = SamplingOptions.builder().build().newSampler(seed);
        StringBuilder path = new StringBuilder();
        for (int step = 0; !constraint.isExhausted(); step++) {
            float[] masked = logits[step].clone();
            constraint.mask(masked, MANY);
            int token = sampler.sample(masked, new TokenHistory(new int[0]));
            if (token == SmallVocabulary.END) {
                break;
            }
            constraint.accept(token);
            path.append(VOCABULARY.tokenText(token)).append('|');
        }
        return path.toString();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'type':'object','properties':{'name':{'type':'string','minLength':3},'more':{'type':'array','items':{'$ref':'#'}}},'required':['name','more']}",
                "{}",
                "{'enum':['abc','a','name name name']}",
                "{'type':'array','items':{'type':'number'},'minItems':4}"
            })
    void everyTextIsCompleteWithinItsTokensFromTheShortestOn(String schema) {
        TokenGrammar grammar = Texts.grammar(JsonSchema.expression(Json.read(schema.replace('\'', '"'))));
        Validator validator = new Validator(schema.replace('\'', '"'));
        int shortest = grammar.shortest();
        for (int maxTokens = shortest; maxTokens < shortest + 40; maxTokens++) {
            for (int seed = 0; seed < 20; seed++) {
                assertThat(validator.errors(Texts.random(grammar, seed, maxTokens)))
                        .isEmpty();
            }
        }
        assertThatThrownBy(() -> grammar.newConstraint(Texts.END).mask(new float[VOCABULARY.size()], shortest - 1))
                .isInstanceOf(SamplingException.class)
                .hasMessageContaining("cannot be completed within " + (shortest - 1));
    }

    @Test
    void theShortestTextIsCountedInTokensNotBytes() {
        assertThat(Texts.grammar(Regex.whole("\\{\"name\":\"(abc)+\"\\}")).shortest())
                .isEqualTo(6);
        assertThat(Texts.grammar(Regex.whole("日|月")).shortest()).isEqualTo(2);
    }

    @Test
    void nearTheEndOnlyTokensThatLeaveTimeToFinishRemain() {
        TokenConstraint constraint =
                Texts.grammar(Regex.whole("(ab|\\[\\[0\\]\\])+")).newConstraint(Texts.END);
        assertThat(allowed(constraint, 2)).containsExactlyInAnyOrder(token("61"), token("6162"));
        assertThat(allowed(constraint, 1)).containsExactly(token("6162"));
        assertThat(allowed(constraint, 3)).contains(token("5b5b")).doesNotContain(token("5b"));
        constraint.accept(token("6162"));
        assertThat(allowed(constraint, 1)).containsExactlyInAnyOrder(token("6162"), SmallVocabulary.END);
    }

    @Test
    void addedTokensAreNeverPartOfTheText() {
        TokenConstraint constraint = Texts.grammar(Regex.whole("[^\"]*")).newConstraint(Texts.END);
        int size = VOCABULARY.size();
        assertThat(allowed(constraint, MANY))
                .contains(SmallVocabulary.END)
                .doesNotContain(size - 4, size - 3, size - 1);
        assertThatThrownBy(() -> constraint.accept(size - 1)).isInstanceOf(SamplingException.class);
        assertThatThrownBy(() -> constraint.accept(-1)).isInstanceOf(SamplingException.class);
    }

    @Test
    void logitsBeyondTheVocabularyAreExcluded() {
        float[] padded = new float[VOCABULARY.size() + 100];
        Texts.grammar(Regex.whole(".*")).newConstraint(Texts.END).mask(padded, MANY);
        for (int token = VOCABULARY.size(); token < padded.length; token++) {
            assertThat(padded[token]).isEqualTo(Float.NEGATIVE_INFINITY);
        }
    }

    @Test
    void aCopyGoesItsOwnWay() {
        TokenConstraint one = Texts.grammar(Regex.whole("a(b|c)")).newConstraint(Texts.END);
        one.accept(token("61"));
        TokenConstraint other = one.copy();
        one.accept(token("62"));
        assertThat(one.isComplete()).isTrue();
        assertThat(other.isComplete()).isFalse();
        other.accept(token("63"));
        assertThat(other.isExhausted()).isTrue();
    }

    @Test
    void forgettingChangesNothing() {
        Grammar grammar = Grammar.of(JsonSchema.expression(true));
        TokenGrammar remembering = new TokenGrammar(grammar, Texts.TRIE);
        TokenGrammar forgetting = new TokenGrammar(grammar, Texts.TRIE, 3, 1);
        for (int seed = 0; seed < 50; seed++) {
            assertThat(Texts.random(forgetting, seed, 40)).isEqualTo(Texts.random(remembering, seed, 40));
        }
    }

    @Test
    void deepNestingEndsInTime() {
        TokenGrammar grammar = Texts.grammar(JsonSchema.expression(true));
        TokenConstraint constraint = grammar.newConstraint(Texts.END);
        int open = token("5b5b");
        int remaining = 600;
        while (allowed(constraint, remaining).contains(open)) {
            constraint.accept(open);
            remaining--;
        }
        assertThat(remaining).isBetween(298, 302);
        while (!constraint.isExhausted()) {
            constraint.accept(allowed(constraint, remaining--).iterator().next());
        }
        assertThat(remaining).isNotNegative();
    }

    private static Set<Integer> allowed(TokenConstraint constraint, int remaining) {
        float[] logits = new float[VOCABULARY.size()];
        constraint.mask(logits, remaining);
        Set<Integer> tokens = new TreeSet<>();
        for (int token = 0; token < logits.length; token++) {
            if (logits[token] == 0) {
                tokens.add(token);
            }
        }
        return tokens;
    }

    private static int token(String hex) {
        byte[] wanted = HexFormat.of().parseHex(hex);
        List<Integer> found = new ArrayList<>();
        for (int token = 0; token < VOCABULARY.size() - 4; token++) {
            if (Arrays.equals(VOCABULARY.tokenBytes(token), wanted)) {
                found.add(token);
            }
        }
        assertThat(found).as(hex).hasSize(1);
        return found.getFirst();
    }
}
