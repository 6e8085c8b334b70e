package dev.demitasse.examples.server;

import dev.demitasse.chat.Event;
import dev.demitasse.chat.Generation;
import dev.demitasse.chat.LanguageModel;
import dev.demitasse.chat.Reply;
import dev.demitasse.chat.TokenLogprob;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * {@code POST /v1/completions}: texts in, what comes after them out, without a chat template. As many replies are written
 * together as the server allows; if there are more, then in waves, between which other requests have their turn.
 */
final class TextCompletions implements Handler {
    private final LanguageModel model;
    private final ServedModel served;
    private final Replies replies;
    private final ReplyTokens tokens;

    TextCompletions(LanguageModel model, ServedModel served, Replies replies) {
        this.model = model;
        this.served = served;
        this.replies = replies;
        this.tokens = new ReplyTokens(model);
    }

    @Override
    public void handle(Exchange exchange) throws InterruptedException {
        TextCompletionRequest request = new TextCompletionReader(Json.readObject(exchange.body()), model).read();
        CompletionEnvelope envelope = CompletionEnvelope.ofText(served);
        int together = Math.min(request.replies(), replies.places());
        try (Admission.Places places = replies.enter(together, exchange)) {
            Waves waves = new Waves(request, together, places, exchange);
            if (request.stream().on()) {
                stream(request, waves, envelope, exchange);
            } else {
                complete(request, waves, envelope, exchange);
            }
        }
    }

    private void complete(TextCompletionRequest request, Waves waves, CompletionEnvelope envelope, Exchange exchange)
            throws InterruptedException {
        List<Reply> finished = waves.write((_, _) -> {});
        List<TextCompletionJson.Choice> choices = new ArrayList<>();
        for (int i = 0; i < finished.size(); i++) {
            Reply reply = finished.get(i);
            choices.add(new TextCompletionJson.Choice(
                    request.beginning(i) + reply.text(),
                    i,
                    request.logprobs() ? new TextCompletionJson.LogprobsWriter(tokens).write(reply.logprobs()) : null,
                    CompletionEnvelope.finishReason(reply.finish())));
        }
        exchange.respondJson(200, envelope.whole(choices, usage(request, finished)));
    }

    private void stream(TextCompletionRequest request, Waves waves, CompletionEnvelope envelope, Exchange exchange)
            throws InterruptedException {
        EventStream events = EventStream.serverSent(exchange);
        events.sendAll(() -> {
            List<Reply> finished = waves.write((index, generation) -> {
                ChoiceStream choice = new ChoiceStream(
                        request.beginning(index),
                        (text, logprobs, finishReason) -> events.send(envelope.chunk(
                                new TextCompletionJson.Choice(text, index, logprobs, finishReason), request.stream())));
                generation.onEvent(choice::event);
            });
            if (request.stream().includeUsage()) {
                events.send(envelope.last(usage(request, finished)));
            }
        });
    }

    private static UsageEntry usage(TextCompletionRequest request, List<Reply> finished) {
        int choices = request.choices();
        UsageEntry usage = UsageEntry.ofChoices(finished.subList(0, choices));
        for (int first = choices; first < finished.size(); first += choices) {
            usage = usage.plus(UsageEntry.ofChoices(finished.subList(first, first + choices)));
        }
        return usage;
    }

    /** Has the replies of one request written, so many at a time. */
    private final class Waves {
        private final TextCompletionRequest request;
        private final int together;
        private final Admission.Places places;
        private final Exchange exchange;

        Waves(TextCompletionRequest request, int together, Admission.Places places, Exchange exchange) {
            this.request = request;
            this.together = together;
            this.places = places;
            this.exchange = exchange;
        }

        /** @param beforeStart told of each reply, with its number, before it is begun */
        List<Reply> write(BiConsumer<Integer, Generation> beforeStart) throws InterruptedException {
            List<Reply> finished = new ArrayList<>();
            while (finished.size() < request.replies()) {
                if (!finished.isEmpty()) {
                    places.giveWay(exchange.timeLeft());
                }
                List<Generation> wave = new ArrayList<>();
                int end = Math.min(finished.size() + together, request.replies());
                for (int index = finished.size(); index < end; index++) {
                    Generation generation =
                            model.complete(request.prompt(index).tokens(), request.options(index, exchange.timeLeft()));
                    beforeStart.accept(index, generation);
                    wave.add(generation);
                }
                finished.addAll(replies.await(wave, exchange));
            }
            return finished;
        }
    }

    /** Sends a chunk of one choice. */
    @FunctionalInterface
    private interface Chunks {
        void send(String text, TextCompletionJson.@Nullable Logprobs logprobs, @Nullable String finishReason);
    }

    /** One choice of a stream: its prompt, if it is echoed, then the text as it comes, then why it ended. */
    private final class ChoiceStream {
        private final Chunks chunks;
        private final TextCompletionJson.LogprobsWriter logprobs = new TextCompletionJson.LogprobsWriter(tokens);
        private final List<TokenLogprob> ofNextText = new ArrayList<>();
        private String beginning;

        ChoiceStream(String beginning, Chunks chunks) {
            this.beginning = beginning;
            this.chunks = chunks;
        }

        void event(Event event) {
            switch (event) {
                case Event.Logprobs(List<TokenLogprob> tokens) -> ofNextText.addAll(tokens);
                case Event.Text(String text) -> send(text, null);
                case Event.Done(Reply reply) -> end(reply);
                default -> {}
            }
        }

        private void end(Reply reply) {
            // No finish reason says that a reply was cut against the client's will: the stream ends with an error
            // instead.
            if (!Replies.isCut(reply)) {
                send("", CompletionEnvelope.finishReason(reply.finish()));
            }
        }

        private void send(String text, @Nullable String finishReason) {
            TextCompletionJson.Logprobs part = logprobs.write(ofNextText);
            ofNextText.clear();
            chunks.send(beginning + text, part.tokens().isEmpty() ? null : part, finishReason);
            beginning = "";
        }
    }
}
