package dev.demitasse.chat;

import dev.demitasse.chat.PromptEncoder.Transcript;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A conversation in the model's own tokens as it was after each turn, so that one that is rewound goes on with them too.
 * Not thread-safe.
 */
final class TranscriptLog {
    /**
     * Where a turn ended.
     *
     * @param messages of the history
     * @param textLength of the transcript
     * @param tokenCount of the transcript
     */
    record TurnEnd(int messages, int textLength, int tokenCount) {}

    private final List<TurnEnd> ends = new ArrayList<>();
    private @Nullable Transcript latest;

    TranscriptLog() {}

    TranscriptLog(@Nullable Transcript latest, List<TurnEnd> ends) {
        this.latest = latest;
        this.ends.addAll(ends);
    }

    TranscriptLog copy() {
        return new TranscriptLog(latest, ends);
    }

    /** After the last turn, or null if there was none. */
    @Nullable
    Transcript latest() {
        return latest;
    }

    List<TurnEnd> ends() {
        return List.copyOf(ends);
    }

    /** A turn ended: the history has so many messages now. */
    void add(int messages, Transcript transcript) {
        if (latest != null && !continues(transcript, latest)) {
            ends.clear();
        }
        ends.add(new TurnEnd(messages, transcript.text().length(), transcript.tokens().length));
        latest = transcript;
    }

    private static boolean continues(Transcript next, Transcript before) {
        int[] tokens = before.tokens();
        return next.text().startsWith(before.text())
                && next.tokens().length >= tokens.length
                && Arrays.equals(next.tokens(), 0, tokens.length, tokens, 0, tokens.length);
    }

    /** Goes back to when the history had at most so many messages. */
    void rewind(int messages) {
        while (!ends.isEmpty() && ends.getLast().messages() > messages) {
            ends.removeLast();
        }
        Transcript whole = latest;
        if (whole != null) {
            latest = ends.isEmpty() ? null : cut(whole, ends.getLast());
        }
    }

    private static Transcript cut(Transcript whole, TurnEnd end) {
        return new Transcript(
                whole.text().substring(0, end.textLength()), Arrays.copyOf(whole.tokens(), end.tokenCount()));
    }
}
