package dev.demitasse.chat;

import dev.demitasse.tokenizer.SpecialText;
import dev.demitasse.tokenizer.TextStream;
import dev.demitasse.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Sorts the tokens of one reply: answer, reasoning, tool calls. Text goes to the turn's output as soon as it is certain.
 *
 * <p>Line feeds between the parts belong to the template and are left out: those after reasoning, and, where tools may be
 * called, those before and between calls.
 */
final class ReplyWriter {
    private enum Part {
        ANSWER,
        THINKING,
        CALL
    }

    private final Tokenizer tokenizer;
    private final Markup markup;
    private final Calling calling;
    private final TextStream textStream;
    private final StopStrings stopStrings;
    private final TurnOutput output;
    private final LogprobTrail logprobs;

    private final StringBuilder written = new StringBuilder();
    private final StringBuilder answer = new StringBuilder();
    private final StringBuilder thinking = new StringBuilder();
    private final StringBuilder call = new StringBuilder();
    private final List<ToolCall> calls = new ArrayList<>();
    private final LineFeeds answerEdges = new LineFeeds();
    private final LineFeeds thinkingEdges = new LineFeeds();
    private boolean hasParts;
    private Part part;

    /** @param stops strings that end the answer */
    ReplyWriter(Tokenizer tokenizer, ReplyTask task, List<String> stops, TurnOutput output) {
        this.tokenizer = tokenizer;
        this.markup = task.markup();
        this.calling = task.calling();
        this.textStream = tokenizer.textStream(SpecialText.SKIP);
        this.stopStrings = new StopStrings(stops);
        this.output = output;
        this.logprobs = new LogprobTrail(output);
        this.part = markup.endsInThinking(task.prompt()) ? Part.THINKING : Part.ANSWER;
        this.hasParts = calling.isOn() || part == Part.THINKING;
        thinkingEdges.startAnew();
    }

    /** A token was drawn, which {@link #accept} or {@link #endOfTurn} is told next. */
    void drawn(TokenLogprob logprob) {
        logprobs.drawn(logprob);
    }

    /** Takes a token; the result is whether a stop string appeared, which ends the reply. */
    boolean accept(int token) {
        if (part == Part.ANSWER && token == markup.think() && markup.canThink()) {
            enter(Part.THINKING, token);
        } else if (part == Part.ANSWER && token == markup.toolCall() && calling.isOn()) {
            enter(Part.CALL, token);
        } else if (part == Part.THINKING && token == markup.endThink()) {
            enter(Part.ANSWER, token);
        } else if (part == Part.CALL && token == markup.endToolCall()) {
            calls.add(parse());
            enter(Part.ANSWER, token);
        } else {
            write(textStream.feed(token));
        }
        return stopStrings.found();
    }

    private void enter(Part next, int token) {
        endText();
        if (part == Part.ANSWER) {
            answer(stopStrings.flush());
        }
        if (stopStrings.found()) {
            return;
        }
        hasParts = true;
        written.append(tokenizer.vocabulary().tokenText(token));
        if (next == Part.ANSWER) {
            answerEdges.startAnew();
        } else {
            call.setLength(0);
        }
        part = next;
    }

    /** The model ended its turn; the result is whether a stop string appeared at last. */
    boolean endOfTurn() {
        endText();
        return stopStrings.found();
    }

    /** Bytes that the model left without the rest of their character: as the whole reply decodes, U+FFFD. */
    private void endText() {
        write(textStream.flush());
    }

    /** The reply ended. A character cut off by a limit stays out, and so does a call: there is nothing whole of them. */
    void end() {
        answer(stopStrings.flush());
        if (calls.isEmpty() && part == Part.ANSWER) {
            send(answerEdges.flush());
        }
        logprobs.end();
    }

    private void write(String piece) {
        logprobs.completed(piece.length());
        switch (part) {
            case ANSWER -> answer(stopStrings.feed(piece));
            case THINKING -> {
                written.append(piece);
                String certain = thinkingEdges.feed(piece);
                thinking.append(certain);
                if (!certain.isEmpty()) {
                    logprobs.beforeText(thinkingEdges.held());
                    output.thinking(certain);
                }
            }
            case CALL -> {
                written.append(piece);
                call.append(piece);
            }
        }
    }

    private void answer(String certain) {
        written.append(certain);
        send(hasParts ? answerEdges.feed(certain) : certain);
    }

    private void send(String certain) {
        if (!certain.isEmpty()) {
            answer.append(certain);
            logprobs.beforeText(stopStrings.held() + answerEdges.held());
            output.text(certain);
        }
    }

    private ToolCall parse() {
        Object value;
        try {
            value = JsonReader.read(call.toString());
        } catch (TemplateException e) {
            throw new DemitasseException("the model wrote a tool call that is no JSON: " + e.getMessage(), e);
        }
        if (value instanceof Map<?, ?> fields
                && fields.get("name") instanceof String name
                && fields.get("arguments") instanceof Map<?, ?> arguments) {
            return ToolCall.of(name, JsonValues.asObject(arguments))
                    .withId("call_" + (calling.before() + calls.size()));
        }
        throw new DemitasseException("the model wrote a tool call without a name or without arguments");
    }

    /** What the model said. */
    Reply.Content content() {
        return new Reply.Content(answer.toString(), thinking.toString(), calls);
    }

    /** All that was written, as templates write it: markup included, a stop string and what follows it left out. */
    String written() {
        return written.toString();
    }

    /** Tools that the model called, the complete calls. */
    boolean called() {
        return !calls.isEmpty();
    }
}
