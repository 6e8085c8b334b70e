package dev.demitasse.examples.server;

import dev.demitasse.chat.LanguageModel;
import java.time.Duration;

/**
 * A model as a service: OpenAI's HTTP interface, health and metrics, and a web page. Requests run together, each on a
 * virtual thread, in the order of their arrival where there are too many. Thread-safe.
 *
 * {@snippet :
 * try (var model = LanguageModel.load(path); var server = ChatServer.start(model, new ServerSettings())) {
 *     System.out.println("http://127.0.0.1:" + server.port());
 *     stop.await();
 * }
 * }
 */
public final class ChatServer implements AutoCloseable {
    // For those whose replies were cancelled, to send the error.
    private static final Duration TIME_TO_TELL = Duration.ofSeconds(2);

    private final Admission admission;
    private final Router router;
    private final HttpListener listener;
    private final ServerSettings settings;

    private ChatServer(LanguageModel model, ServerSettings settings) {
        this.settings = settings;
        this.admission = new Admission(settings.concurrent(), settings.queue());
        this.router = new Router(model, settings, admission);
        this.listener = HttpListener.open(settings, router::answer);
        router.countConnections(listener::connections);
    }

    /**
     * Opens the port and answers requests until it is closed. The model stays the caller's.
     *
     * @throws java.io.UncheckedIOException if the port cannot be had
     */
    public static ChatServer start(LanguageModel model, ServerSettings settings) {
        return new ChatServer(model, settings);
    }

    /** The TCP port. */
    public int port() {
        return listener.port();
    }

    /**
     * Refuses new requests from now on, gives those under way {@link ServerSettings#shutdownTimeout some time} to finish,
     * cancels the rest, and closes the port. Idempotent.
     */
    @Override
    public void close() {
        admission.refuseAll();
        if (!router.awaitIdle(settings.shutdownTimeout())) {
            router.interruptAll();
            boolean _ = router.awaitIdle(TIME_TO_TELL);
        }
        listener.close();
    }
}
