package dev.demitasse.examples.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** Asks a server on this machine whether it is well, for containers: exit status 0 or 1. Starts quickly. */
public final class HealthCheck {
    private static final int PATIENCE_MILLIS = 3000;
    private static final String REQUEST = "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

    private HealthCheck() {}

    /** Ends the process with status 0 if the server at the port that is the one argument is well. */
    public static void main(String[] arguments) {
        System.exit(isHealthy(Integer.parseInt(arguments[0])) ? 0 : 1);
    }

    private static boolean isHealthy(int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), PATIENCE_MILLIS);
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.getOutputStream().write(REQUEST.getBytes(StandardCharsets.US_ASCII));
            byte[] status = socket.getInputStream().readNBytes("HTTP/1.1 200".length());
            return new String(status, StandardCharsets.US_ASCII).equals("HTTP/1.1 200");
        } catch (IOException e) {
            System.err.println("health check: " + e.getMessage());
            return false;
        }
    }
}
