package dev.demitasse.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TokenHistoryTest {
    @Test
    void countsEqualThoseOfAMapWhileTheSequenceGrows() {
        Random random = new Random(1);
        int[] prompt = random.ints(3000, 0, 500).toArray();
        TokenHistory history = new TokenHistory(prompt);
        Map<Integer, Integer> all = new HashMap<>();
        Map<Integer, Integer> generated = new HashMap<>();
        for (int token : prompt) {
            all.merge(token, 1, Integer::sum);
        }
        for (int i = 0; i < 2000; i++) {
            int token = random.nextInt(200_000);
            history.append(token);
            all.merge(token, 1, Integer::sum);
            generated.merge(token, 1, Integer::sum);
        }
        assertThat(asMap(history.counts())).isEqualTo(all);
        assertThat(asMap(history.generatedCounts())).isEqualTo(generated);
        assertThat(history.size()).isEqualTo(5000);
        assertThat(history.promptSize()).isEqualTo(3000);
        assertThat(history.token(2999)).isEqualTo(prompt[2999]);
    }

    @Test
    void clearedCountsStartAfresh() {
        Random random = new Random(2);
        TokenCounts counts = new TokenCounts();
        for (int round = 0; round < 50; round++) {
            counts.clear();
            Map<Integer, Integer> expected = new HashMap<>();
            for (int i = 0; i < 64; i++) {
                int token = random.nextInt(100) * 128;
                counts.add(token);
                expected.merge(token, 1, Integer::sum);
            }
            assertThat(asMap(counts)).isEqualTo(expected);
        }
    }

    @Test
    void aPositionOutsideTheHistoryIsRefused() {
        TokenHistory history = new TokenHistory(new int[] {1, 2});
        assertThatThrownBy(() -> history.token(2)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> history.token(-1)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    private static Map<Integer, Integer> asMap(TokenCounts counts) {
        Map<Integer, Integer> map = new HashMap<>();
        for (int i = 0; i < counts.distinct(); i++) {
            map.put(counts.token(i), counts.count(i));
        }
        return map;
    }
}
