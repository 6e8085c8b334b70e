package dev.demitasse.examples.server;

import dev.demitasse.chat.ChatOptions;
import dev.demitasse.chat.ChatRequest;
import dev.demitasse.chat.Message;
import dev.demitasse.chat.TemplateInput;
import dev.demitasse.chat.ToolChoice;
import dev.demitasse.chat.ToolDefinition;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a client asks of a conversation.
 *
 * @param options everything but seed and time limit
 * @param choices how many replies
 * @param seed of the first reply; the others count up from it
 * @param stream whether the replies are sent while they are written
 * @param logprobs whether the tokens' probabilities are sent
 */
record ChatCompletionRequest(
        List<Message> messages,
        ChatOptions options,
        TemplateInput.Thinking thinking,
        List<ToolDefinition> tools,
        ToolChoice toolChoice,
        int choices,
        @Nullable Long seed,
        StreamMode stream,
        boolean logprobs) {

    /** The request of one choice. */
    ChatRequest toChatRequest(int choice, Duration atMost) {
        ChatOptions.Builder own = options.toBuilder().timeout(atMost);
        if (seed != null) {
            own.seed(seed + choice);
        }
        ChatRequest.Builder request =
                ChatRequest.builder().messages(messages).options(own.build()).thinking(thinking);
        try {
            return request.tools(tools).toolChoice(toolChoice).build();
        } catch (IllegalArgumentException e) {
            throw ApiException.badField(tools.isEmpty() ? "tool_choice" : "tools", String.valueOf(e.getMessage()));
        }
    }
}
