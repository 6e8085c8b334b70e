package dev.demitasse.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The consuming end of a running turn: takes its events, tells listeners, and settles it. For one thread at a time. */
final class TurnReader {
    private final Turn turn;
    private final TurnOutput output;
    private final List<Consumer<? super Event>> listeners;

    private final List<Reply> earlier = new ArrayList<>();
    private final List<ToolRun> toolRuns = new ArrayList<>();
    private @Nullable ToolRound round;

    TurnReader(Turn turn, TurnOutput output, List<Consumer<? super Event>> listeners) {
        this.turn = turn;
        this.output = output;
        this.listeners = List.copyOf(listeners);
    }

    /**
     * Reads to the end.
     *
     * @param deadline in terms of {@link System#nanoTime}, or null to wait as long as it takes
     * @throws TimeoutException if the deadline passed; reading may go on later
     */
    Reply readAll(@Nullable Long deadline) throws TimeoutException {
        for (Event event = next(deadline); event != null; event = next(deadline)) {
            tell(event);
        }
        return finish();
    }

    /** The next piece of text, or null after the last: then {@link #finish} is due. */
    @Nullable
    String nextText() {
        try {
            for (Event event = next(null); event != null; event = next(null)) {
                tell(event);
                if (event instanceof Event.Text(String text)) {
                    return text;
                }
            }
            return null;
        } catch (TimeoutException e) {
            throw new AssertionError("no deadline was given", e);
        }
    }

    /** The next event, or null after the last. Runs the tools that the model calls. */
    private @Nullable Event next(@Nullable Long deadline) throws TimeoutException {
        while (true) {
            Event event = nextOfRound();
            if (event == null) {
                event = output.take(deadline);
            }
            if (event != null) {
                return event;
            }
            Outcome outcome = output.claimTools();
            if (outcome == null) {
                return null;
            }
            earlier.add(outcome.reply());
            round = turn.tools(outcome);
        }
    }

    private @Nullable Event nextOfRound() {
        ToolRound current = round;
        if (current == null) {
            return null;
        }
        try {
            Event event = current.next();
            if (event == null) {
                toolRuns.addAll(current.runs());
                round = null;
            }
            return event;
        } catch (Throwable thrown) {
            round = null;
            output.failed(thrown);
            throw thrown;
        }
    }

    /** Tells of the reply and settles the turn; rethrows what made it fail. */
    Reply finish() {
        Reply reply = Reply.total(earlier, toolRuns, output.outcome().reply());
        tell(new Event.Done(reply));
        output.settle();
        return reply;
    }

    private void tell(Event event) {
        try {
            for (Consumer<? super Event> listener : listeners) {
                listener.accept(event);
            }
        } catch (Throwable thrown) {
            abandon();
            throw thrown;
        }
    }

    /**
     * Takes the turn back: cancels it, and waits until the model has let go of it, so that the session can be used when
     * the caller learns of the failure.
     */
    void abandon() {
        rollBack();
        turn.cancel();
        if (round != null) {
            // The model has let go of the turn already, and will not be asked again.
            round = null;
            output.failed(new CancellationException("a listener failed"));
            return;
        }
        discard();
    }

    /** The turn shall not enter the history. */
    void rollBack() {
        output.rollBack();
    }

    /** Reads what is left without telling anybody, and settles the turn. */
    private void discard() {
        try {
            while (output.take(null) != null) {
                // What comes after the reader has gone has nowhere to go.
            }
        } catch (TimeoutException e) {
            throw new AssertionError("no deadline was given", e);
        }
        output.settle();
    }
}
