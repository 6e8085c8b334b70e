package dev.demitasse.hub;

import dev.demitasse.core.format.FileFormatException;
import dev.demitasse.core.format.Gguf;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.function.LongConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Brings a content into a file. What has come is kept beside it and not fetched again: a connection that breaks, a
 * process that is killed, a server that stalls cost only time. The file gets its name when its hash is right.
 */
final class Download {
    private static final int BUFFER = 1 << 17;
    private static final Pattern CONTENT_RANGE = Pattern.compile("bytes (\\d+)-\\d+/(?:\\d+|\\*)");

    private final HubClient client;
    private final HubSettings settings;
    private final Content content;
    private final LongConsumer progress;
    private final byte[] buffer = new byte[BUFFER];

    /** @param progress told how many bytes are here */
    Download(HubClient client, HubSettings settings, Content content, LongConsumer progress) {
        this.client = client;
        this.settings = settings;
        this.content = content;
        this.progress = progress;
    }

    /**
     * Loads what is missing and moves the file to where it belongs. The caller holds the lock for {@code part}.
     *
     * @param part holds what earlier attempts have loaded, if there were any
     */
    void run(Path part, Path target) throws IOException, InterruptedException {
        try (FileChannel out =
                FileChannel.open(part, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            requireRoom(part, out);
            boolean resumed = out.size() > 0 && canGoOn();
            String fault = fault(load(out), part);
            if (fault != null && resumed) {
                // What an earlier attempt left may have been damaged since: a fresh copy tells.
                out.truncate(0);
                fault = fault(load(out), part);
            }
            if (fault != null) {
                out.truncate(0);
                throw new HubException(content.source() + ": found " + fault + ". Nothing was kept");
            }
            out.force(true);
        }
        Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
    }

    private void requireRoom(Path part, FileChannel out) throws IOException {
        long free = Files.getFileStore(part).getUsableSpace();
        long needed = content.size() - out.size();
        if (free < needed) {
            throw new HubException(content.source() + " takes " + needed + " more bytes, and there are " + free
                    + " free in " + part.getParent() + ". Make room, or choose another folder with HF_HUB_CACHE");
        }
    }

    /** What is wrong with a content that has all its bytes, or null. */
    private @Nullable String fault(String hash, Path part) {
        if (content.checksum() != null) {
            return hash.equals(content.checksum().hex())
                    ? null
                    : "bytes with the hash " + hash + ", expected "
                            + content.checksum().hex()
                            + "; the server or something on the way changes the file: try another network, or a mirror"
                            + " with HF_ENDPOINT";
        }
        try {
            Gguf.open(part).close();
            return null;
        } catch (FileFormatException e) {
            return "no whole GGUF file, which was expected (" + e.getMessage() + "); check the address";
        }
    }

    /** Loads all that is missing, and returns the hash of the whole. */
    private String load(FileChannel out) throws IOException, InterruptedException {
        if (out.size() > content.size() || !canGoOn()) {
            out.truncate(0);
        }
        MessageDigest digest = Checksum.digest(content.checksum(), content.size());
        addWhatIsThere(out, digest);
        Patience patience = new Patience(settings.pause());
        while (out.position() < content.size()) {
            long before = out.position();
            progress.accept(before);
            try {
                attempt(out, digest);
            } catch (TransientFailure failure) {
                if (!canGoOn()) {
                    out.truncate(0); // and the position with it
                    digest.reset();
                } else if (out.position() > before) {
                    patience.renew();
                } else if (isComplete(digest)) {
                    break; // the size that was stated was wrong
                }
                patience.endOrPause(failure);
            }
        }
        progress.accept(out.position());
        return Checksum.text(digest);
    }

    /** Whether it would be noticed if what comes later were of another version than what is here. */
    private boolean canGoOn() {
        return content.checksum() != null || !"".equals(content.tag());
    }

    private boolean isComplete(MessageDigest digest) {
        return content.checksum() != null
                && Checksum.text(digest).equals(content.checksum().hex());
    }

    /** Reads what earlier attempts left; the position is then its end. */
    private void addWhatIsThere(FileChannel out, MessageDigest digest) throws IOException {
        out.position(0);
        ByteBuffer bytes = ByteBuffer.wrap(buffer);
        while (out.read(bytes.clear()) > 0) {
            digest.update(bytes.flip());
        }
    }

    /** One request for the rest. Returns when all of it has come, throws {@link TransientFailure} when it has not. */
    private void attempt(FileChannel out, MessageDigest digest) throws IOException, InterruptedException {
        long from = out.position();
        HttpResponse<InputStream> response =
                from == 0 ? client.get(content.source()) : client.get(content.source(), "Range", "bytes=" + from + "-");
        try (InputStream body = response.body();
                StallGuard guard = new StallGuard(body, settings.stall())) {
            long unwanted = unwanted(response, from);
            while (out.position() < content.size()) {
                int read = read(body, guard, unwanted + content.size() - out.position(), out.position());
                int skipped = (int) Math.min(unwanted, read);
                unwanted -= skipped;
                append(out, digest, skipped, read - skipped);
            }
        }
    }

    /** How many bytes of a response come before the one that is wanted. */
    private long unwanted(HttpResponse<?> response, long from) throws IOException {
        requireSameVersion(response, from);
        return switch (response.statusCode()) {
            case 200 -> from; // the server does not know ranges
            case 206 -> {
                String range = response.headers().firstValue("Content-Range").orElse("");
                Matcher matcher = CONTENT_RANGE.matcher(range);
                long start = matcher.matches() ? Long.parseLong(matcher.group(1)) : Long.MAX_VALUE;
                if (start > from) {
                    throw new HubException(content.source() + ": asked for the bytes from " + from
                            + " on, found Content-Range \"" + range + "\". The server is at fault: try a mirror with"
                            + " HF_ENDPOINT");
                }
                yield from - start;
            }
            case 416 -> throw new TransientFailure(brokenAt(from, "the server has no more"), Duration.ZERO);
            default -> throw Refusals.of(response, content.source().toString(), settings);
        };
    }

    private void requireSameVersion(HttpResponse<?> response, long from) throws HubException {
        String tag = response.headers().firstValue("ETag").orElse(content.tag());
        if (content.tag() != null && from > 0 && !content.tag().equals(tag)) {
            throw new HubException(content.source() + ": the file was changed while it was loaded. Load it again");
        }
    }

    /** Fills the buffer with at most so many bytes, and at least one. */
    private int read(InputStream body, StallGuard guard, long most, long position)
            throws IOException, InterruptedException {
        int read;
        try {
            read = body.read(buffer, 0, (int) Math.min(BUFFER, most));
        } catch (IOException e) {
            if (Thread.interrupted() || e.getCause() instanceof InterruptedException) {
                throw new InterruptedException();
            }
            throw new TransientFailure(brokenAt(position, reason(guard, HubClient.reason(e))), e);
        }
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        if (read < 0) {
            throw new TransientFailure(brokenAt(position, reason(guard, "the answer ended")), Duration.ZERO);
        }
        guard.alive();
        return read;
    }

    private String reason(StallGuard guard, String otherwise) {
        return guard.hasStalled() ? "nothing came for " + settings.stall().toMillis() / 1e3 + " s" : otherwise;
    }

    private String brokenAt(long position, String reason) {
        return content.source().getHost() + " broke off at byte " + position + " of " + content.size() + " (" + reason
                + ")";
    }

    private void append(FileChannel out, MessageDigest digest, int start, int length) throws IOException {
        digest.update(buffer, start, length);
        ByteBuffer bytes = ByteBuffer.wrap(buffer, start, length);
        while (bytes.hasRemaining()) {
            out.write(bytes);
        }
        progress.accept(out.position());
    }
}
