package dev.demitasse.examples.server;

/** The client closed its connection, or does not take what it is sent: whatever is done for it can stop. */
final class ClientGoneException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ClientGoneException() {
        super("the client is gone", null, false, false);
    }
}
