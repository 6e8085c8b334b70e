package dev.demitasse.examples.server;

import dev.demitasse.chat.Generation;
import dev.demitasse.chat.LanguageModel;
import dev.demitasse.chat.Reply;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code POST /v1/responses}: OpenAI's newer form of a chat, as far as it goes without keeping anything: a conversation in,
 * items of reasoning, message and calls out.
 */
final class Responses implements Handler {
    private final LanguageModel model;
    private final ServedModel served;
    private final Replies replies;
    private final ReplyTokens tokens;

    Responses(LanguageModel model, ServedModel served, Replies replies) {
        this.model = model;
        this.served = served;
        this.replies = replies;
        this.tokens = new ReplyTokens(model);
    }

    @Override
    public void handle(Exchange exchange) throws InterruptedException {
        ObjectNode body = Json.readObject(exchange.body());
        ChatCompletionRequest request = new ResponsesReader(body).read();
        ResponsesJson json = new ResponsesJson(served, body);
        try (Admission.Places _ = replies.enter(1, exchange)) {
            Generation generation = model.send(request.toChatRequest(0, exchange.timeLeft()));
            if (request.stream().on()) {
                EventStream events = EventStream.namedEvents(exchange);
                ResponseWriter writer = new ResponseWriter(json, tokens, events::send);
                generation.onEvent(writer::event);
                events.sendAll(() -> {
                    var _ = writer.end(await(generation, exchange));
                });
            } else {
                ResponseWriter writer = new ResponseWriter(json, tokens, _ -> {});
                generation.onEvent(writer::event);
                exchange.respondJson(200, writer.end(await(generation, exchange)));
            }
        }
    }

    private Reply await(Generation generation, Exchange exchange) throws InterruptedException {
        return replies.await(List.of(generation), exchange).getFirst();
    }
}
