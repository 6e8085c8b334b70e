package dev.demitasse.examples.server;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A request that was read whole, and its response. Belongs to the virtual thread that answers it: sending waits until the
 * client has taken the bytes, and a client that leaves interrupts the thread.
 */
final class Exchange {
    private static final int OK = 200;

    private final HttpServerRequest request;
    private final HttpServerResponse response;
    private final byte @Nullable [] body;
    private final ServerSettings settings;
    private final long receivedAt = System.nanoTime();

    /** @param body null if it was larger than the settings allow */
    Exchange(HttpServerRequest request, byte @Nullable [] body, ServerSettings settings) {
        this.request = request;
        this.response = request.response();
        this.body = body;
        this.settings = settings;
    }

    String method() {
        return request.method().name();
    }

    /** The path as it was sent, without a query: compared with known paths only, so that nothing has to be decoded. */
    String path() {
        return request.path() == null ? "" : request.path();
    }

    @Nullable
    String header(String name) {
        return request.getHeader(name);
    }

    /** The body; status 413 if it was too large. */
    byte[] body() {
        if (body == null) {
            throw ApiException.bodyTooLarge(settings.maxBodyBytes());
        }
        return body;
    }

    /** What is left of the time that a reply may take, waiting included: positive, if only just. */
    Duration timeLeft() {
        Duration left = settings.requestTimeout().minusNanos(System.nanoTime() - receivedAt);
        return left.isPositive() ? left : Duration.ofMillis(1);
    }

    Duration requestTimeout() {
        return settings.requestTimeout();
    }

    /** Adds a header to the response. Before the response is sent. */
    void setHeader(String name, String value) {
        response.putHeader(name, value);
    }

    /** Whether the head of the response is on its way: its status cannot change any more. */
    boolean responded() {
        return response.headWritten();
    }

    int status() {
        return response.getStatusCode();
    }

    /** Sends the whole response. */
    void respond(int status, String contentType, byte[] content) {
        response.setStatusCode(status).putHeader("Content-Type", contentType);
        if (body == null) {
            response.putHeader("Connection", "close");
        }
        await(response.end(Buffer.buffer(content)));
    }

    void respondJson(int status, Object value) {
        respond(status, "application/json; charset=utf-8", Json.write(value));
    }

    /** Begins a response whose length is not known yet. */
    void startStream(String contentType) {
        response.setStatusCode(OK).putHeader("Content-Type", contentType).setChunked(true);
    }

    /** Sends a piece of a response that was started. */
    void send(byte[] piece) {
        await(response.write(Buffer.buffer(piece)));
    }

    void endStream() {
        await(response.end());
    }

    /** Ends the connection in the middle of a response, so that nobody takes what there is for the whole. */
    void breakOff() {
        HttpListener.closeNow(request.connection());
    }

    private void await(Future<Void> sending) {
        try {
            sending.toCompletionStage()
                    .toCompletableFuture()
                    .get(settings.sendTimeout().toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException _) {
            breakOff();
            throw new ClientGoneException();
        } catch (ExecutionException _) {
            throw new ClientGoneException();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new ClientGoneException();
        }
    }
}
