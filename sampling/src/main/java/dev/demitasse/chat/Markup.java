package dev.demitasse.chat;

import dev.demitasse.tokenizer.AddedToken;
import dev.demitasse.tokenizer.Tokenizer;

/**
 * Tokens by which a model divides its reply. They are known by id, never by their text: {@code <tool_call>} spelt in
 * ordinary tokens is text.
 *
 * @param think begins reasoning, or {@link #ABSENT}
 * @param endThink ends reasoning, or {@link #ABSENT}
 * @param toolCall begins a tool call, or {@link #ABSENT}
 * @param endToolCall ends a tool call, or {@link #ABSENT}
 */
record Markup(int think, int endThink, int toolCall, int endToolCall) {
    static final int ABSENT = -1;

    /** None: the reply is one text. */
    static final Markup NONE = new Markup(ABSENT, ABSENT, ABSENT, ABSENT);

    static Markup of(Tokenizer tokenizer) {
        return new Markup(
                find("<think>", tokenizer),
                find("</think>", tokenizer),
                find("<tool_call>", tokenizer),
                find("</tool_call>", tokenizer));
    }

    private static int find(String content, Tokenizer tokenizer) {
        for (AddedToken token : tokenizer.vocabulary().addedTokens()) {
            if (token.content().equals(content)) {
                return token.id();
            }
        }
        return ABSENT;
    }

    boolean canThink() {
        return think != ABSENT && endThink != ABSENT;
    }

    boolean canCall() {
        return toolCall != ABSENT && endToolCall != ABSENT;
    }

    /** Whether a prompt ends inside reasoning, which the model is to go on with. */
    boolean endsInThinking(int[] prompt) {
        if (!canThink()) {
            return false;
        }
        for (int i = prompt.length - 1; i >= 0; i--) {
            if (prompt[i] == think || prompt[i] == endThink) {
                return prompt[i] == think;
            }
        }
        return false;
    }
}
