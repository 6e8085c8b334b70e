package dev.demitasse.examples.server;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/**
 * JSON values sent one after another in one response. Nothing is sent before the first, so that a request which fails
 * until then still gets a status of its own. Thread-safe: several choices of one completion write to it.
 */
final class EventStream {
    /** Has the values sent. */
    @FunctionalInterface
    interface Source {
        void send() throws InterruptedException;
    }

    /**
     * How values become bytes.
     *
     * @param named whether an event is named by the type that its value says
     * @param done the word after the last value, by which clients know that the stream is complete; may be empty
     * @param failure what a client is sent instead when the stream fails
     */
    private record Form(
            String contentType,
            boolean named,
            String before,
            String after,
            String done,
            Function<ApiException, Object> failure) {}

    private static final String EVENTS = "text/event-stream; charset=utf-8";
    private static final Form SERVER_SENT = new Form(EVENTS, false, "data: ", "\n\n", "[DONE]", ApiException::toJson);
    private static final Form NAMED = new Form(EVENTS, true, "data: ", "\n\n", "", ApiException::toEvent);
    private static final Form LINES =
            new Form("application/x-ndjson", false, "", "\n", "", ApiException::toOllamasJson);

    private final Exchange exchange;
    private final Form form;
    private final ReentrantLock lock = new ReentrantLock();
    private boolean started;

    private EventStream(Exchange exchange, Form form) {
        this.exchange = exchange;
        this.form = form;
    }

    /** Server-sent events: {@code data: {...}} and an empty line. */
    static EventStream serverSent(Exchange exchange) {
        return new EventStream(exchange, SERVER_SENT);
    }

    /** Server-sent events with names: {@code event: x}, {@code data: {"type": "x", ...}} and an empty line. */
    static EventStream namedEvents(Exchange exchange) {
        return new EventStream(exchange, NAMED);
    }

    /** A value on each line. */
    static EventStream lines(Exchange exchange) {
        return new EventStream(exchange, LINES);
    }

    /**
     * Has all values sent, and ends the response. A failure after the first value, when the status is on its way, goes where
     * the client reads, in the form it knows, and nothing follows.
     */
    void sendAll(Source source) throws InterruptedException {
        try {
            source.send();
            if (!form.done().isEmpty()) {
                sendPiece("", form.done());
            }
        } catch (ApiException failure) {
            if (!exchange.responded()) {
                throw failure;
            }
            send(form.failure().apply(failure));
        }
        exchange.endStream();
    }

    /** Sends one value, and waits until the client has taken it. */
    void send(Object json) {
        boolean named = form.named() && json instanceof Map<?, ?>;
        sendPiece(named ? "event: " + ((Map<?, ?>) json).get("type") + "\n" : "", Json.writeText(json));
    }

    private void sendPiece(String name, String piece) {
        byte[] event = (name + form.before() + piece + form.after()).getBytes(StandardCharsets.UTF_8);
        lock.lock();
        try {
            if (!started) {
                started = true;
                exchange.startStream(form.contentType());
            }
            exchange.send(event);
        } finally {
            lock.unlock();
        }
    }
}
