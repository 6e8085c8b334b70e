package dev.demitasse.examples.server;

import dev.demitasse.chat.Event;
import dev.demitasse.chat.Generation;
import dev.demitasse.chat.LanguageModel;
import dev.demitasse.chat.Reply;
import dev.demitasse.chat.TokenLogprob;
import java.util.ArrayList;
import java.util.List;
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
        List<TextCompletionJson.Choice> choices = new ArrayList<>();
        List<Written> finished = waves.write((_, _, _) -> {});
        for (Written written : finished) {
            choices.add(choice(choices.size(), written, request));
        }
        exchange.respondJson(200, envelope.whole(choices, usage(request, finished)));
    }

    private TextCompletionJson.Choice choice(int index, Written written, TextCompletionRequest request) {
        Reply reply = written.reply();
        TextCompletionJson.Logprobs logprobs = null;
        if (request.logprobs() != null) {
            TextCompletionJson.LogprobsWriter writer = new TextCompletionJson.LogprobsWriter(tokens);
            logprobs = writer.write(reply.logprobs(), writer.begin(written.echo()));
        }
        return new TextCompletionJson.Choice(
                written.echo().text() + reply.text(), index, logprobs, CompletionEnvelope.finishReason(reply.finish()));
    }

    private void stream(TextCompletionRequest request, Waves waves, CompletionEnvelope envelope, Exchange exchange)
            throws InterruptedException {
        EventStream events = EventStream.serverSent(exchange);
        events.sendAll(() -> {
            List<Written> finished = waves.write((index, echo, generation) -> {
                ChoiceStream choice = new ChoiceStream(
                        echo,
                        request.logprobs() != null,
                        (text, logprobs, finishReason) -> events.send(envelope.chunk(
                                new TextCompletionJson.Choice(text, index, logprobs, finishReason), request.stream())));
                generation.onEvent(choice::event);
            });
            if (request.stream().includeUsage()) {
                events.send(envelope.last(usage(request, finished)));
            }
        });
    }

    private static UsageEntry usage(TextCompletionRequest request, List<Written> finished) {
        List<Reply> all = finished.stream().map(Written::reply).toList();
        int choices = request.choices();
        UsageEntry usage = UsageEntry.ofChoices(all.subList(0, choices));
        for (int first = choices; first < all.size(); first += choices) {
            usage = usage.plus(UsageEntry.ofChoices(all.subList(first, first + choices)));
        }
        return usage;
    }

    /** One reply, and what comes before it in its choice's text. */
    private record Written(TextCompletionJson.Echo echo, Reply reply) {}

    /** Is told of each reply before it is begun. */
    @FunctionalInterface
    private interface BeforeStart {
        void prepare(int index, TextCompletionJson.Echo echo, Generation generation);
    }

    /** Has the replies of one request written, so many at a time. */
    private final class Waves {
        private final TextCompletionRequest request;
        private final int together;
        private final Admission.Places places;
        private final Exchange exchange;
        private TextCompletionJson.Echo echo = TextCompletionJson.Echo.NONE;

        Waves(TextCompletionRequest request, int together, Admission.Places places, Exchange exchange) {
            this.request = request;
            this.together = together;
            this.places = places;
            this.exchange = exchange;
        }

        List<Written> write(BeforeStart beforeStart) throws InterruptedException {
            List<Written> finished = new ArrayList<>();
            while (finished.size() < request.replies()) {
                if (!finished.isEmpty()) {
                    places.giveWay(exchange.timeLeft());
                }
                List<TextCompletionJson.Echo> echoes = new ArrayList<>();
                List<Generation> wave = new ArrayList<>();
                int end = Math.min(finished.size() + together, request.replies());
                for (int index = finished.size(); index < end; index++) {
                    echoes.add(echo(index));
                    Generation generation =
                            model.complete(request.prompt(index).tokens(), request.options(index, exchange.timeLeft()));
                    beforeStart.prepare(index, echo, generation);
                    wave.add(generation);
                }
                for (Reply reply : replies.await(wave, exchange)) {
                    finished.add(new Written(echoes.get(finished.size() % together), reply));
                }
            }
            return finished;
        }

        /** What a reply comes after; the replies to one prompt, one after the other, share it. */
        private TextCompletionJson.Echo echo(int index) throws InterruptedException {
            if (request.echo() && index % request.choices() == 0) {
                TokenInputs.Input prompt = request.prompt(index);
                Integer top = request.logprobs();
                echo = new TextCompletionJson.Echo(
                        prompt.text(),
                        prompt.tokens(),
                        top == null ? List.of() : PromptLogprobs.of(model, prompt.tokens(), top));
            }
            return echo;
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
        private final TextCompletionJson.LogprobsWriter writer = new TextCompletionJson.LogprobsWriter(tokens);
        private final List<TokenLogprob> ofNextText = new ArrayList<>();
        private String beginning;
        private TextCompletionJson.Logprobs logprobs;

        ChoiceStream(TextCompletionJson.Echo echo, boolean withLogprobs, Chunks chunks) {
            this.beginning = echo.text();
            this.logprobs = withLogprobs ? writer.begin(echo) : new TextCompletionJson.Logprobs();
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
            TextCompletionJson.Logprobs part = writer.write(ofNextText, logprobs);
            ofNextText.clear();
            logprobs = new TextCompletionJson.Logprobs();
            chunks.send(beginning + text, part.tokens().isEmpty() ? null : part, finishReason);
            beginning = "";
        }
    }
}
