package dev.demitasse.examples.server;

import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.impl.HttpServerConnection;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;

/**
 * The TCP port: reads whole requests within limits of size and time, and hands each to a virtual thread of its own. The
 * one class that knows Vert.x's event loop, which notices at once when a client leaves.
 */
final class HttpListener implements AutoCloseable {
    private static final int MAX_REQUEST_LINE = 4096;
    private static final int MAX_HEADERS = 16 * 1024;
    // After a body that was too large: time for the client to read the response before the connection ends.
    private static final long LINGER_MILLIS = 1000;

    private final ServerSettings settings;
    private final Consumer<Exchange> handler;
    private final Vertx vertx;
    private final HttpServer server;
    private final ThreadFactory threads =
            Thread.ofVirtual().name("demitasse-request-", 0).factory();
    private final Map<HttpConnection, ReceiveDeadline> connections = new ConcurrentHashMap<>();

    private HttpListener(ServerSettings settings, Consumer<Exchange> handler) {
        this.settings = settings;
        this.handler = handler;
        this.vertx = Vertx.vertx(new VertxOptions()
                .setEventLoopPoolSize(1)
                .setFileSystemOptions(
                        new FileSystemOptions().setFileCachingEnabled(false).setClassPathResolvingEnabled(false)));
        this.server = vertx.createHttpServer(new HttpServerOptions()
                        .setHost(settings.host())
                        .setPort(settings.port())
                        .setHttp2ClearTextEnabled(false)
                        .setMaxInitialLineLength(MAX_REQUEST_LINE)
                        .setMaxHeaderSize(MAX_HEADERS))
                .connectionHandler(this::opened)
                .invalidRequestHandler(HttpListener::refuseMalformed)
                .requestHandler(this::receive);
    }

    /**
     * Opens the port.
     *
     * @param handler answers one request, on a virtual thread that is interrupted when the client leaves
     * @throws UncheckedIOException if the port cannot be had
     */
    static HttpListener open(ServerSettings settings, Consumer<Exchange> handler) {
        HttpListener listener = new HttpListener(settings, handler);
        try {
            await(listener.server.listen());
            return listener;
        } catch (ExecutionException e) {
            listener.close();
            throw new UncheckedIOException(
                    "cannot listen on " + settings.host() + " port " + settings.port() + ": " + e.getMessage()
                            + "; choose another with --port or --host",
                    new IOException(e));
        }
    }

    int port() {
        return server.actualPort();
    }

    int connections() {
        return connections.size();
    }

    /** Ends all connections, and the event loop. */
    @Override
    public void close() {
        try {
            await(vertx.close());
        } catch (ExecutionException e) {
            throw new IllegalStateException("the HTTP server could not be closed", e.getCause());
        }
    }

    /** Ends a connection without waiting for what the client has not taken yet. */
    static void closeNow(HttpConnection connection) {
        var _ = ((HttpServerConnection) connection).channelHandlerContext().close();
    }

    private static void await(Future<?> future) throws ExecutionException {
        try {
            future.toCompletionStage().toCompletableFuture().get();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    // From here on: the event loop's thread, which must never wait.

    private void opened(HttpConnection connection) {
        if (connections.size() >= settings.maxConnections()) {
            closeNow(connection);
            return;
        }
        ReceiveDeadline deadline = new ReceiveDeadline(connection);
        connections.put(connection, deadline);
        connection.closeHandler(_ -> {
            connections.remove(connection);
            deadline.stop();
        });
        deadline.restart();
    }

    private void receive(HttpServerRequest request) {
        ReceiveDeadline deadline = connections.get(request.connection());
        if (deadline == null) {
            return;
        }
        int begun = deadline.begin();
        // A client may have sent its next request before this one's end is told here.
        request.response().endHandler(_ -> deadline.restartUnlessBegunSince(begun));
        new BodyReader(request, deadline).begin();
    }

    private void answer(HttpServerRequest request, byte @org.jspecify.annotations.Nullable [] body) {
        Exchange exchange = new Exchange(request, body, settings);
        Thread thread = threads.newThread(() -> handler.accept(exchange));
        request.response().exceptionHandler(_ -> {}).closeHandler(_ -> thread.interrupt());
        thread.start();
    }

    private static void refuseMalformed(HttpServerRequest request) {
        Throwable cause = request.decoderResult().cause();
        int status = cause instanceof TooLongHttpLineException
                ? 414
                : cause instanceof TooLongHttpHeaderException ? 431 : 400;
        HttpServerResponse response = request.response().exceptionHandler(_ -> {});
        response.setStatusCode(status)
                .putHeader("Content-Type", "application/json; charset=utf-8")
                .putHeader("Connection", "close")
                .end(Buffer.buffer(Json.write(ApiException.badRequest("this is not a request of HTTP/1.1")
                        .toJson())))
                .onComplete(_ -> closeNow(request.connection()));
    }

    /** Reads one body; too large a one is answered at once, and what follows of it is thrown away. */
    private final class BodyReader {
        private final HttpServerRequest request;
        private final ReceiveDeadline deadline;
        private final Buffer body = Buffer.buffer();
        private boolean answered;

        BodyReader(HttpServerRequest request, ReceiveDeadline deadline) {
            this.request = request;
            this.deadline = deadline;
        }

        void begin() {
            request.exceptionHandler(_ -> {}).handler(this::chunk).endHandler(_ -> complete());
            if (declaredLength() > settings.maxBodyBytes()) {
                tooLarge();
            } else if ("100-continue".equalsIgnoreCase(request.getHeader("Expect"))) {
                request.response().writeContinue();
            }
        }

        private long declaredLength() {
            String length = request.getHeader("Content-Length");
            try {
                return length == null ? 0 : Long.parseLong(length);
            } catch (NumberFormatException _) {
                return Long.MAX_VALUE;
            }
        }

        private void chunk(Buffer chunk) {
            if (answered) {
                return;
            }
            if (body.length() + chunk.length() > settings.maxBodyBytes()) {
                tooLarge();
            } else {
                body.appendBuffer(chunk);
            }
        }

        private void complete() {
            if (!answered) {
                answered = true;
                deadline.stop();
                answer(request, body.getBytes());
            }
        }

        private void tooLarge() {
            answered = true;
            deadline.stop();
            request.response().endHandler(_ -> vertx.setTimer(LINGER_MILLIS, _ -> closeNow(request.connection())));
            answer(request, null);
        }
    }

    /**
     * Closes a connection whose client takes too long to send the head or the body of a request. Told by the event loop, and
     * of a response's end by whoever ended it.
     */
    private final class ReceiveDeadline {
        private static final long NONE = -1;

        private final HttpConnection connection;
        private long timer = NONE;
        private int requests;

        ReceiveDeadline(HttpConnection connection) {
            this.connection = connection;
        }

        /** A request has begun to arrive: which one of this connection. */
        synchronized int begin() {
            restart();
            return ++requests;
        }

        synchronized void restartUnlessBegunSince(int request) {
            if (request == requests) {
                restart();
            }
        }

        synchronized void restart() {
            stop();
            timer = vertx.setTimer(settings.receiveTimeout().toMillis(), _ -> closeNow(connection));
        }

        synchronized void stop() {
            if (timer != NONE) {
                vertx.cancelTimer(timer);
                timer = NONE;
            }
        }
    }
}
