package dev.demitasse.hub;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** A web server over plain sockets that answers as it is told to, right or wrong, and notes what it was asked. */
final class TestServer implements AutoCloseable {
    static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

    /** What was asked, header names in lower case. */
    record Request(String method, String path, Map<String, String> headers) {
        String header(String name) {
            return headers.getOrDefault(name, "");
        }

        /** First byte that is asked for. */
        int from() {
            String range = header("range");
            return range.isEmpty() ? 0 : Integer.parseInt(range.replaceAll("bytes=(\\d+)-.*", "$1"));
        }
    }

    /** One answer, written by hand. */
    @FunctionalInterface
    interface Answer {
        void write(Request request, Reply reply) throws IOException;
    }

    /** Where an answer goes to. */
    final class Reply {
        private final Socket socket;
        private final OutputStream out;
        private final boolean head;

        Reply(Socket socket, boolean head) throws IOException {
            this.socket = socket;
            this.out = socket.getOutputStream();
            this.head = head;
        }

        Reply head(int status, String... headers) throws IOException {
            StringBuilder text = new StringBuilder("HTTP/1.1 " + status + " X\r\nConnection: close\r\n");
            for (int i = 0; i < headers.length; i += 2) {
                text.append(headers[i]).append(": ").append(headers[i + 1]).append("\r\n");
            }
            out.write(text.append("\r\n").toString().getBytes(StandardCharsets.UTF_8));
            return this;
        }

        void body(byte[] content, int from, int to) throws IOException {
            if (!head) {
                out.write(content, from, to - from);
                sent.addAndGet(to - from);
            }
            out.flush();
        }

        /** Says nothing more until the client or the test has had enough. */
        void stall() throws IOException {
            out.flush();
            try {
                stop.await();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        }

        /** Ends the connection as a crash does. */
        void reset() throws IOException {
            out.flush();
            socket.setSoLinger(true, 0);
            socket.close();
        }
    }

    private final ServerSocket listener;
    private final Map<String, Answer> answers = new ConcurrentHashMap<>();
    private final CountDownLatch stop = new CountDownLatch(1);
    final List<Request> requests = new CopyOnWriteArrayList<>();
    /** Bytes of bodies. */
    final AtomicLong sent = new AtomicLong();

    TestServer() throws IOException {
        listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofPlatform().daemon().name("test-server").start(this::accept);
    }

    URI uri() {
        return URI.create("http://127.0.0.1:" + listener.getLocalPort());
    }

    /** The same server under another name, and so another origin. */
    URI otherOrigin() {
        return URI.create("http://localhost:" + listener.getLocalPort());
    }

    /** Answers requests for a path. */
    void on(String path, Answer answer) {
        answers.put(path, answer);
    }

    /** What was asked of a path, without the requests for its head. */
    List<Request> gets(String path) {
        return requests.stream()
                .filter(request ->
                        request.method().equals("GET") && request.path().equals(path))
                .toList();
    }

    /** A large file, told of as a hub does: by a redirect to where it lies, which {@code content} answers for. */
    void largeFile(String repository, String file, byte[] bytes, Answer content) {
        resolve(
                repository,
                file,
                (_, reply) -> reply.head(
                        302,
                        "Location",
                        "/cdn/" + file,
                        "X-Repo-Commit",
                        COMMIT,
                        "X-Linked-Etag",
                        "\"" + sha256(bytes) + "\"",
                        "X-Linked-Size",
                        String.valueOf(bytes.length)));
        on("/cdn/" + file, content);
    }

    /** A small file, which a hub gives at once. */
    void smallFile(String repository, String file, byte[] bytes) {
        resolve(
                repository,
                file,
                (_, reply) -> reply.head(
                                200,
                                "X-Repo-Commit",
                                COMMIT,
                                "ETag",
                                "\"" + gitBlob(bytes) + "\"",
                                "Content-Length",
                                String.valueOf(bytes.length))
                        .body(bytes, 0, bytes.length));
    }

    private void resolve(String repository, String file, Answer answer) {
        on("/" + repository + "/resolve/main/" + file, answer);
        on("/" + repository + "/resolve/" + COMMIT + "/" + file, answer);
    }

    /** What the hub says of a repository. */
    void repository(String repository, String licence, String... files) {
        List<String> siblings = new ArrayList<>();
        for (String file : files) {
            siblings.add("{\"rfilename\": \"" + file + "\"}");
        }
        byte[] json = ("{\"sha\": \"" + COMMIT + "\", \"cardData\": {\"tags\": [\"x\"], \"license\": \"" + licence
                        + "\"}, \"siblings\": [" + String.join(", ", siblings) + "]}")
                .getBytes(StandardCharsets.UTF_8);
        on(
                "/api/models/" + repository + "/revision/main",
                (_, reply) -> reply.head(200, "Content-Length", String.valueOf(json.length))
                        .body(json, 0, json.length));
    }

    /** Gives the bytes as asked. */
    static Answer honest(byte[] bytes) {
        return (request, reply) -> {
            int from = request.from();
            if (request.header("range").isEmpty()) {
                reply.head(200, "Content-Length", String.valueOf(bytes.length)).body(bytes, 0, bytes.length);
            } else {
                reply.head(
                                206,
                                "Content-Length",
                                String.valueOf(bytes.length - from),
                                "Content-Range",
                                "bytes " + from + "-" + (bytes.length - 1) + "/" + bytes.length)
                        .body(bytes, from, bytes.length);
            }
        };
    }

    static String sha256(byte[] bytes) {
        return hash("SHA-256", bytes);
    }

    static String gitBlob(byte[] bytes) {
        byte[] head = ("blob " + bytes.length + "\0").getBytes(StandardCharsets.US_ASCII);
        byte[] all = new byte[head.length + bytes.length];
        System.arraycopy(head, 0, all, 0, head.length);
        System.arraycopy(bytes, 0, all, head.length, bytes.length);
        return hash("SHA-1", all);
    }

    private static String hash(String algorithm, byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(bytes));
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket socket = listener.accept();
                Thread.ofVirtual().start(() -> serve(socket));
            } catch (IOException _) {
                return; // closed
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            Request request = read(socket);
            if (request != null) {
                requests.add(request);
                answers.getOrDefault(request.path(), (_, reply) -> reply.head(404, "Content-Length", "0"))
                        .write(request, new Reply(socket, request.method().equals("HEAD")));
            }
        } catch (IOException _) {
            // The client has gone, or the answer was to end so.
        }
    }

    private static @Nullable Request read(Socket socket) throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
        String line = in.readLine();
        if (line == null) {
            return null;
        }
        String[] words = line.split(" ", -1);
        Map<String, String> headers = new TreeMap<>();
        for (String header = in.readLine(); header != null && !header.isEmpty(); header = in.readLine()) {
            int colon = header.indexOf(':');
            headers.put(
                    header.substring(0, colon).toLowerCase(Locale.ROOT),
                    header.substring(colon + 1).strip());
        }
        return new Request(words[0], words[1], headers);
    }

    @Override
    public void close() throws IOException {
        stop.countDown();
        listener.close();
    }
}
