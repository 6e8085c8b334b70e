package dev.demitasse.examples.server;

import dev.demitasse.chat.Event;
import dev.demitasse.chat.Finish;
import dev.demitasse.chat.Generation;
import dev.demitasse.chat.LanguageModel;
import dev.demitasse.chat.Reply;
import dev.demitasse.chat.TokenLogprob;
import dev.demitasse.chat.Usage;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** {@code POST /v1/chat/completions}: a conversation in, one or more replies out, whole or while they are written. */
final class ChatCompletions implements Handler {
    private final LanguageModel model;
    private final ServedModel served;
    private final Replies replies;

    ChatCompletions(LanguageModel model, ServedModel served, Replies replies) {
        this.model = model;
        this.served = served;
        this.replies = replies;
    }

    @Override
    public void handle(Exchange exchange) throws InterruptedException {
        CompletionRequest request = new CompletionRequestReader(
                        Json.readObject(exchange.body()), model.info().vocabularySize())
                .read();
        CompletionJson json = new CompletionJson(
                "chatcmpl-" + UUID.randomUUID().toString().replace("-", ""),
                Instant.now().getEpochSecond(),
                served.id(),
                served.fingerprint());
        try (Admission.Places _ = replies.enter(request.choices(), exchange)) {
            if (request.stream()) {
                stream(request, json, exchange);
            } else {
                complete(request, json, exchange);
            }
        }
    }

    private List<Generation> generations(CompletionRequest request, Duration atMost) {
        List<Generation> generations = new ArrayList<>();
        for (int choice = 0; choice < request.choices(); choice++) {
            generations.add(model.send(request.toChatRequest(choice, atMost)));
        }
        return generations;
    }

    private void complete(CompletionRequest request, CompletionJson json, Exchange exchange)
            throws InterruptedException {
        List<Reply> finished = replies.await(generations(request, exchange.timeLeft()), exchange);
        List<CompletionJson.Choice> choices = new ArrayList<>();
        for (int i = 0; i < finished.size(); i++) {
            Reply reply = finished.get(i);
            choices.add(new CompletionJson.Choice(
                    i,
                    CompletionJson.Message.of(reply),
                    request.logprobs() ? logprobs(reply.logprobs()) : null,
                    CompletionJson.finishReason(reply.finish())));
        }
        exchange.respondJson(200, json.completion(choices, usage(finished)));
    }

    private void stream(CompletionRequest request, CompletionJson json, Exchange exchange) throws InterruptedException {
        EventStream events = EventStream.serverSent(exchange);
        List<Generation> generations = generations(request, exchange.timeLeft());
        for (int i = 0; i < generations.size(); i++) {
            generations.get(i).onEvent(new ChoiceStream(i, request, json, events)::event);
        }
        try {
            List<Reply> finished = replies.await(generations, exchange);
            if (request.includeUsage()) {
                events.send(json.chunk(List.of(), usage(finished)));
            }
            events.sendDone();
            events.end();
        } catch (ApiException failure) {
            if (!exchange.responded()) {
                throw failure;
            }
            // The status is sent: the error goes where the client reads, in the form it knows, and nothing follows.
            events.send(failure.toJson());
            events.end();
        }
    }

    private static CompletionJson.UsageEntry usage(List<Reply> finished) {
        List<Usage> usages = finished.stream().map(Reply::usage).toList();
        return CompletionJson.UsageEntry.of(usages);
    }

    private CompletionJson.Logprobs logprobs(List<TokenLogprob> tokens) {
        // The token that ends the model's turn is none of the text.
        List<TokenLogprob> ofText = tokens.stream()
                .filter(entry -> !model.language().stopTokens().contains(entry.token()))
                .toList();
        return CompletionJson.logprobs(ofText, model.tokenizer().vocabulary());
    }

    /** One choice of a stream: who speaks, then the text as it comes, then the tools it calls and why it ended. */
    private final class ChoiceStream {
        private final int index;
        private final CompletionRequest request;
        private final CompletionJson json;
        private final EventStream events;
        private final List<TokenLogprob> ofNextDelta = new ArrayList<>();
        private boolean started;

        ChoiceStream(int index, CompletionRequest request, CompletionJson json, EventStream events) {
            this.index = index;
            this.request = request;
            this.json = json;
            this.events = events;
        }

        void event(Event event) {
            switch (event) {
                case Event.Prefill _ -> start();
                case Event.Logprobs(List<TokenLogprob> tokens) -> ofNextDelta.addAll(tokens);
                case Event.Text(String text) -> send(CompletionJson.Delta.content(text), null);
                case Event.Thinking(String text) -> send(CompletionJson.Delta.reasoning(text), null);
                case Event.Done(Reply reply) -> end(reply);
                default -> {}
            }
        }

        /** With the first part of the prompt read: a reply will come, and a client sees that it is being worked on. */
        private void start() {
            if (!started) {
                started = true;
                sendChunk(CompletionJson.Delta.start(), null, null);
            }
        }

        private void end(Reply reply) {
            if (reply.finish() == Finish.CANCELLED || reply.finish() == Finish.TIMEOUT) {
                // No finish reason says so: the stream ends with an error instead.
                return;
            }
            for (int i = 0; i < reply.toolCalls().size(); i++) {
                for (CompletionJson.Call part :
                        CompletionJson.Call.parts(i, reply.toolCalls().get(i))) {
                    send(CompletionJson.Delta.calls(List.of(part)), null);
                }
            }
            send(CompletionJson.Delta.end(), CompletionJson.finishReason(reply.finish()));
        }

        /** Sends a delta with the log probabilities of its tokens. */
        private void send(CompletionJson.Delta delta, @Nullable String finishReason) {
            start();
            CompletionJson.Logprobs logprobs = logprobs(ofNextDelta);
            ofNextDelta.clear();
            sendChunk(delta, logprobs.content().isEmpty() ? null : logprobs, finishReason);
        }

        private void sendChunk(
                CompletionJson.Delta delta, CompletionJson.@Nullable Logprobs logprobs, @Nullable String finishReason) {
            List<CompletionJson.ChunkChoice> choices =
                    List.of(new CompletionJson.ChunkChoice(index, delta, logprobs, finishReason));
            events.send(request.includeUsage() ? json.chunk(choices, null) : json.chunk(choices));
        }
    }
}
