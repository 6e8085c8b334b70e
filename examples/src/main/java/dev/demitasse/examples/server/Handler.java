package dev.demitasse.examples.server;

/** Answers the requests of one route. */
@FunctionalInterface
interface Handler {
    /**
     * Answers one request, on its own virtual thread.
     *
     * @throws ApiException to answer with an error
     * @throws InterruptedException if the client left
     */
    void handle(Exchange exchange) throws InterruptedException;
}
