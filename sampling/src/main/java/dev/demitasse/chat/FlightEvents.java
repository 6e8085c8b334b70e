package dev.demitasse.chat;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/**
 * What JDK Flight Recorder is told: how long models load, prompts are read, replies are written and tools run, and when keys
 * and values are given up. Counts and names only, never what was said. There are a few for each turn and none for each token.
 */
final class FlightEvents {
    private static final String CATEGORY = "Demitasse";

    private FlightEvents() {}

    /**
     * False as long as nothing was ever recorded in this JVM. Nobody should make an event then: the first one starts the
     * recorder's own machinery, which takes a tenth of a second.
     */
    static boolean areWanted() {
        return FlightRecorder.isInitialized();
    }

    /** A model was loaded. */
    @Name("dev.demitasse.ModelLoad")
    @Label("Model Load")
    @Category(CATEGORY)
    @StackTrace(false)
    static final class ModelLoad extends Event {
        @Label("Model")
        String model = "";

        @Label("Kernels")
        String kernels = "";

        @Label("Weights")
        @DataAmount
        long weights;
    }

    /** A prompt was read: from the first pass that had tokens of it to the first token of the reply. */
    @Name("dev.demitasse.Prefill")
    @Label("Prefill")
    @Category(CATEGORY)
    @StackTrace(false)
    static final class Prefill extends Event {
        @Label("Prompt Tokens")
        int promptTokens;

        @Label("Cached Tokens")
        @Description("Tokens of the prompt whose keys and values were in memory: they cost nothing")
        int cachedTokens;
    }

    /** A reply was written: from its first token to its end. */
    @Name("dev.demitasse.Decode")
    @Label("Decode")
    @Category(CATEGORY)
    @StackTrace(false)
    static final class Decode extends Event {
        @Label("Completion Tokens")
        int completionTokens;

        @Label("Finish")
        String finish = "";
    }

    /** A tool was run. */
    @Name("dev.demitasse.ToolCall")
    @Label("Tool Call")
    @Category(CATEGORY)
    @StackTrace(false)
    static final class ToolCall extends Event {
        @Label("Tool")
        String tool = "";

        @Label("Failed")
        boolean failed;
    }

    /** Idle sequences gave up keys and values for a turn; when they go on, they read again what they lost. */
    @Name("dev.demitasse.Eviction")
    @Label("Eviction")
    @Category(CATEGORY)
    @StackTrace(false)
    static final class Eviction extends Event {
        @Label("Freed")
        @DataAmount
        long freed;
    }
}
