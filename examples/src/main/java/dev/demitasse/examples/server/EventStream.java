package dev.demitasse.examples.server;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.locks.ReentrantLock;

/**
 * JSON values sent one after another in one response. Nothing is sent before the first, so that a request which fails
 * until then still gets a status of its own. Thread-safe: several choices of one completion write to it.
 */
final class EventStream {
    private static final byte[] DONE = "[DONE]".getBytes(StandardCharsets.US_ASCII);

    private final Exchange exchange;
    private final String contentType;
    private final byte[] before;
    private final byte[] after;
    private final ReentrantLock lock = new ReentrantLock();
    private boolean started;

    private EventStream(Exchange exchange, String contentType, String before, String after) {
        this.exchange = exchange;
        this.contentType = contentType;
        this.before = before.getBytes(StandardCharsets.US_ASCII);
        this.after = after.getBytes(StandardCharsets.US_ASCII);
    }

    /** Server-sent events: {@code data: {...}} and an empty line. */
    static EventStream serverSent(Exchange exchange) {
        return new EventStream(exchange, "text/event-stream; charset=utf-8", "data: ", "\n\n");
    }

    /** A value on each line. */
    static EventStream lines(Exchange exchange) {
        return new EventStream(exchange, "application/x-ndjson", "", "\n");
    }

    /** Sends one value, and waits until the client has taken it. */
    void send(Object json) {
        sendPiece(Json.write(json));
    }

    /** The word after the last value, by which OpenAI's clients know that the stream is complete. */
    void sendDone() {
        sendPiece(DONE);
    }

    /** Ends the response. */
    void end() {
        exchange.endStream();
    }

    private void sendPiece(byte[] piece) {
        ByteArrayOutputStream event = new ByteArrayOutputStream();
        event.writeBytes(before);
        event.writeBytes(piece);
        event.writeBytes(after);
        lock.lock();
        try {
            if (!started) {
                started = true;
                exchange.startStream(contentType);
            }
            exchange.send(event.toByteArray());
        } finally {
            lock.unlock();
        }
    }
}
