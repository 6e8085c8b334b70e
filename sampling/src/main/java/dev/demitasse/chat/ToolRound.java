package dev.demitasse.chat;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The tools that one reply called: run one after the other by the thread that reads the turn, which then goes on. */
final class ToolRound {
    private final Iterator<ToolCall> calls;
    private final Function<ToolCall, ToolRun> runner;
    private final Consumer<List<ToolRun>> goOn;
    private final List<ToolRun> runs = new ArrayList<>();
    private @Nullable ToolCall announced;

    ToolRound(List<ToolCall> calls, Function<ToolCall, ToolRun> runner, Consumer<List<ToolRun>> goOn) {
        this.calls = calls.iterator();
        this.runner = runner;
        this.goOn = goOn;
    }

    /** Announces a tool, or runs the one that was announced. After the last, lets the turn go on and returns null. */
    @Nullable
    Event next() {
        if (announced != null) {
            ToolRun run = run(announced);
            announced = null;
            runs.add(run);
            return new Event.ToolFinished(run);
        }
        if (calls.hasNext()) {
            announced = calls.next();
            return new Event.ToolStarted(announced);
        }
        goOn.accept(runs);
        return null;
    }

    private ToolRun run(ToolCall call) {
        if (!FlightEvents.areWanted()) {
            return runner.apply(call);
        }
        FlightEvents.ToolCall event = new FlightEvents.ToolCall();
        event.begin();
        ToolRun run = runner.apply(call);
        event.tool = call.name();
        event.failed = run.failure() != null;
        event.commit();
        return run;
    }

    /** What was run so far. */
    List<ToolRun> runs() {
        return runs;
    }
}
