package dev.demitasse.examples.server;

import dev.demitasse.chat.Event;
import dev.demitasse.chat.Generation;
import dev.demitasse.chat.LanguageModel;
import dev.demitasse.chat.Reply;
import dev.demitasse.chat.TokenLogprob;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code POST /v1/chat/completions}: a conversation in, one or more replies out, whole or while they are written. */
final class ChatCompletions implements Handler {
    private final LanguageModel model;
    private final ServedModel served;
    private final Replies replies;
    private final ReplyTokens tokens;

    ChatCompletions(LanguageModel model, ServedModel served, Replies replies) {
        this.model = model;
        this.served = served;
        this.replies = replies;
        this.tokens = new ReplyTokens(model);
    }

    @Override
    public void handle(Exchange exchange) throws InterruptedException {
        ChatCompletionRequest request = new ChatCompletionReader(
                        Json.readObject(exchange.body()), model.info().vocabularySize())
                .read();
        CompletionEnvelope envelope = CompletionEnvelope.ofChat(served);
        try (Admission.Places _ = replies.enter(request.choices(), exchange)) {
            if (request.stream().on()) {
                stream(request, envelope, exchange);
            } else {
                complete(request, envelope, exchange);
            }
        }
    }

    private List<Generation> generations(ChatCompletionRequest request, Duration atMost) {
        List<Generation> generations = new ArrayList<>();
        for (int choice = 0; choice < request.choices(); choice++) {
            generations.add(model.send(request.toChatRequest(choice, atMost)));
        }
        return generations;
    }

    private void complete(ChatCompletionRequest request, CompletionEnvelope envelope, Exchange exchange)
            throws InterruptedException {
        List<Reply> finished = replies.await(generations(request, exchange.timeLeft()), exchange);
        List<ChatCompletionJson.Choice> choices = new ArrayList<>();
        for (int i = 0; i < finished.size(); i++) {
            Reply reply = finished.get(i);
            choices.add(new ChatCompletionJson.Choice(
                    i,
                    ChatCompletionJson.Message.of(reply),
                    request.logprobs() ? logprobs(reply.logprobs()) : null,
                    CompletionEnvelope.finishReason(reply.finish())));
        }
        exchange.respondJson(200, envelope.whole(choices, UsageEntry.ofChoices(finished)));
    }

    private void stream(ChatCompletionRequest request, CompletionEnvelope envelope, Exchange exchange)
            throws InterruptedException {
        EventStream events = EventStream.serverSent(exchange);
        List<Generation> generations = generations(request, exchange.timeLeft());
        for (int i = 0; i < generations.size(); i++) {
            int index = i;
            ChoiceStream choice = new ChoiceStream((delta, logprobs, finishReason) -> events.send(envelope.chunk(
                    new ChatCompletionJson.ChunkChoice(index, delta, logprobs, finishReason), request.stream())));
            generations.get(i).onEvent(choice::event);
        }
        events.sendAll(() -> {
            List<Reply> finished = replies.await(generations, exchange);
            if (request.stream().includeUsage()) {
                events.send(envelope.last(UsageEntry.ofChoices(finished)));
            }
        });
    }

    private ChatCompletionJson.Logprobs logprobs(List<TokenLogprob> logprobs) {
        return ChatCompletionJson.logprobs(tokens.ofText(logprobs), tokens);
    }

    /** Sends a chunk of one choice. */
    @FunctionalInterface
    private interface Chunks {
        void send(
                ChatCompletionJson.Delta delta,
                ChatCompletionJson.@Nullable Logprobs logprobs,
                @Nullable String finishReason);
    }

    /** One choice of a stream: who speaks, then the text as it comes, then the tools it calls and why it ended. */
    private final class ChoiceStream {
        private final Chunks chunks;
        private final List<TokenLogprob> ofNextDelta = new ArrayList<>();
        private boolean started;

        ChoiceStream(Chunks chunks) {
            this.chunks = chunks;
        }

        void event(Event event) {
            switch (event) {
                case Event.Prefill _ -> start();
                case Event.Logprobs(List<TokenLogprob> tokens) -> ofNextDelta.addAll(tokens);
                case Event.Text(String text) -> send(ChatCompletionJson.Delta.content(text), null);
                case Event.Thinking(String text) -> send(ChatCompletionJson.Delta.reasoning(text), null);
                case Event.Done(Reply reply) -> end(reply);
                default -> {}
            }
        }

        /** With the first part of the prompt read: a reply will come, and a client sees that it is being worked on. */
        private void start() {
            if (!started) {
                started = true;
                chunks.send(ChatCompletionJson.Delta.start(), null, null);
            }
        }

        private void end(Reply reply) {
            if (Replies.isCut(reply)) {
                // No finish reason says so: the stream ends with an error instead.
                return;
            }
            for (int i = 0; i < reply.toolCalls().size(); i++) {
                for (ChatCompletionJson.Call part :
                        ChatCompletionJson.Call.parts(i, reply.toolCalls().get(i))) {
                    send(ChatCompletionJson.Delta.calls(List.of(part)), null);
                }
            }
            send(ChatCompletionJson.Delta.end(), CompletionEnvelope.finishReason(reply.finish()));
        }

        /** Sends a delta with the log probabilities of its tokens. */
        private void send(ChatCompletionJson.Delta delta, @Nullable String finishReason) {
            start();
            ChatCompletionJson.Logprobs logprobs = logprobs(ofNextDelta);
            ofNextDelta.clear();
            chunks.send(delta, logprobs.content().isEmpty() ? null : logprobs, finishReason);
        }
    }
}
