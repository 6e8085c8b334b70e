package dev.demitasse.examples.server;

import dev.demitasse.chat.Finish;
import dev.demitasse.chat.Generation;
import dev.demitasse.chat.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Has replies written: when there is room, together, and no longer than somebody waits for them. Thread-safe. */
final class Replies {
    private final Admission admission;
    private final Metrics metrics;

    Replies(Admission admission, Metrics metrics) {
        this.admission = admission;
        this.metrics = metrics;
    }

    /** Most replies that are written at the same time. */
    int places() {
        return admission.places();
    }

    /** Waits until so many replies may be written. */
    Admission.Places enter(int wanted, Exchange exchange) throws InterruptedException {
        return admission.enter(wanted, exchange.timeLeft());
    }

    /**
     * Waits for all of these replies. If one fails, or the client leaves, the others are cancelled.
     *
     * @throws ApiException 504 if one was not complete in time, 503 if the server shuts down
     * @throws InterruptedException if the client left
     */
    List<Reply> await(List<Generation> generations, Exchange exchange) throws InterruptedException {
        List<Reply> replies = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Reply>> running = generations.stream()
                    .map(generation -> threads.submit(() -> generation.await()))
                    .toList();
            try {
                for (Future<Reply> reply : running) {
                    replies.add(reply.get());
                }
            } catch (ExecutionException e) {
                throw asUnchecked(Objects.requireNonNullElse(e.getCause(), e));
            } catch (InterruptedException e) {
                // Either the client left, or the server ends and there still is a client to tell.
                admission.checkOpen();
                throw e;
            } finally {
                generations.forEach(Generation::cancel);
            }
        }
        replies.forEach(metrics::replied);
        for (Reply reply : replies) {
            if (reply.finish() == Finish.TIMEOUT) {
                throw ApiException.timeout(exchange.requestTimeout().toSeconds());
            }
            if (reply.finish() == Finish.CANCELLED) {
                throw ApiException.shuttingDown();
            }
        }
        return replies;
    }

    /** Whether a reply was ended against the client's will, which is an error and no way for a reply to finish. */
    static boolean isCut(Reply reply) {
        return reply.finish() == Finish.CANCELLED || reply.finish() == Finish.TIMEOUT;
    }

    private static RuntimeException asUnchecked(Throwable failure) {
        return failure instanceof ClientGoneException gone ? gone : ApiException.of(failure);
    }
}
