package dev.demitasse.hub;

import java.net.URI;
import java.util.Locale;

/** Scheme, host and port of an address: what a token is meant for. */
record Origin(String scheme, String host, int port) {
    static Origin of(URI uri) {
        String scheme = uri.getScheme().toLowerCase(Locale.ROOT);
        int standard = scheme.equals("https") ? 443 : 80;
        return new Origin(scheme, uri.getHost().toLowerCase(Locale.ROOT), uri.getPort() < 0 ? standard : uri.getPort());
    }

    boolean isEncrypted() {
        return scheme.equals("https");
    }

    /** Whether nobody but this machine sees what is sent there. */
    boolean isLoopback() {
        return host.equals("localhost") || host.equals("[::1]") || host.matches("127\\.\\d+\\.\\d+\\.\\d+");
    }
}
