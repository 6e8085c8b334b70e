package dev.demitasse.chat;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StopStringsTest {
    @Test
    void theEarliestStopStringEndsTheText() {
        StopStrings stops = new StopStrings(List.of("cd", "bcde"));
        assertThat(stops.feed("abcdef")).isEqualTo("a");
        assertThat(stops.found()).isTrue();
        assertThat(stops.feed("more")).isEmpty();
        assertThat(stops.flush()).isEmpty();
    }

    /** A short string inside the beginning of a longer one: the short one is complete first. */
    @Test
    void aPossibleStopStringIsHeldBack() {
        StopStrings stops = new StopStrings(List.of("abab!"));
        assertThat(stops.feed("xab")).isEqualTo("x");
        assertThat(stops.feed("ab")).isEmpty();
        assertThat(stops.feed("ab")).isEqualTo("ab");
        assertThat(stops.feed("!")).isEmpty();
        assertThat(stops.found()).isTrue();
    }

    @Test
    void anyCutOfTheTextGivesTheSameAsTheWhole() {
        Random random = new Random(42);
        for (int round = 0; round < 2_000; round++) {
            String text = word(random, 1 + random.nextInt(12));
            List<String> stops = List.of(word(random, 1 + random.nextInt(4)), word(random, 2));
            int first = stops.stream()
                    .mapToInt(text::indexOf)
                    .filter(at -> at >= 0)
                    .min()
                    .orElse(-1);
            StopStrings watched = new StopStrings(stops);
            StringBuilder out = new StringBuilder();
            for (int from = 0; from < text.length(); ) {
                int to = Math.min(text.length(), from + 1 + random.nextInt(3));
                out.append(watched.feed(text.substring(from, to)));
                from = to;
                if (watched.found()) {
                    break;
                }
            }
            out.append(watched.flush());
            assertThat(watched.found()).isEqualTo(first >= 0);
            if (first < 0) {
                assertThat(out).hasToString(text);
            } else {
                // A later stop string may be complete before an earlier, longer one.
                assertThat(text).startsWith(out.toString());
                assertThat(stops).anySatisfy(stop -> assertThat(text).startsWith(out + stop));
            }
        }
    }

    private static String word(Random random, int length) {
        StringBuilder word = new StringBuilder();
        for (int i = 0; i < length; i++) {
            word.append((char) ('a' + random.nextInt(2)));
        }
        return word.toString();
    }
}
