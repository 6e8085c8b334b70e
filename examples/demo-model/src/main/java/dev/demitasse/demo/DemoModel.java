package dev.demitasse.demo;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.Locale;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * The bundled demonstration model: a Qwen2-architecture decoder of 4.8 million parameters that writes classical Chinese
 * quatrains. It has no knowledge and cannot reason; it shows that the library works, and serves as a test file.
 *
 * <p>Thread-safe, also across processes.
 */
public final class DemoModel {
    private static final String FILE = "quatrain-q8_0.gguf";

    private DemoModel() {}

    /**
     * The model as a GGUF file of the file system, so that it can be mapped. Inside a jar it is first copied to the
     * user's cache folder, once for each content; where that folder cannot be written, to a temporary folder.
     *
     * @throws UncheckedIOException if it can be written nowhere
     */
    public static Path path() {
        URL resource = DemoModel.class.getResource(FILE);
        if (resource == null) {
            throw new IllegalStateException("the bundled model " + FILE
                    + " is missing from this jar: it was left out when" + " the jar was built or repackaged");
        }
        if (resource.getProtocol().equals("file")) {
            return fileOf(resource);
        }
        try {
            byte[] content = contentOf(resource);
            try {
                return copyInto(userCacheFolder(), content);
            } catch (IOException _) {
                return copyIntoTemporaryFolder(content);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot copy the bundled model out of its jar: " + e.getMessage(), e);
        }
    }

    private static Path copyIntoTemporaryFolder(byte[] content) throws IOException {
        Path folder = Files.createTempDirectory("demitasse");
        Path copy = copyInto(folder, content);
        // In reverse order: the folder goes after its file.
        folder.toFile().deleteOnExit();
        copy.toFile().deleteOnExit();
        return copy;
    }

    /** Puts the content into the folder unless it is there already; never shows a half-written file. */
    static Path copyInto(Path folder, byte[] content) throws IOException {
        Files.createDirectories(folder);
        Path target = folder.resolve(String.format(Locale.ROOT, "%08x-%s", checksum(content), FILE));
        if (holds(target, content)) {
            return target;
        }
        Path part = Files.createTempFile(folder, FILE, ".part");
        try {
            Files.write(part, content);
            moveAtomically(part, target);
        } catch (IOException e) {
            // Another process may have put it there, and may have it open, which some systems protect.
            if (!holds(target, content)) {
                throw e;
            }
        } finally {
            Files.deleteIfExists(part);
        }
        return target;
    }

    private static void moveAtomically(Path part, Path target) throws IOException {
        try {
            Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException _) {
            Files.move(part, target, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static boolean holds(Path file, byte[] content) throws IOException {
        return Files.isRegularFile(file)
                && Files.size(file) == content.length
                && Arrays.equals(Files.readAllBytes(file), content);
    }

    private static long checksum(byte[] content) {
        CRC32 checksum = new CRC32();
        checksum.update(content);
        return checksum.getValue();
    }

    private static byte[] contentOf(URL resource) throws IOException {
        try (InputStream in = resource.openStream()) {
            return in.readAllBytes();
        }
    }

    private static Path fileOf(URL resource) {
        try {
            return Path.of(resource.toURI());
        } catch (URISyntaxException _) {
            return Path.of(URI.create(resource.toExternalForm().replace(" ", "%20")));
        }
    }

    /** Where this operating system keeps a user's cached files. */
    private static Path userCacheFolder() {
        Path home = Path.of(System.getProperty("user.home"));
        String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        Path base;
        if (system.startsWith("windows")) {
            base = folder(System.getenv("LOCALAPPDATA"), home.resolve("AppData").resolve("Local"));
        } else if (system.startsWith("mac")) {
            base = home.resolve("Library").resolve("Caches");
        } else {
            base = folder(System.getenv("XDG_CACHE_HOME"), home.resolve(".cache"));
        }
        return base.resolve("demitasse");
    }

    private static Path folder(@Nullable String configured, Path otherwise) {
        return configured == null || configured.isBlank() ? otherwise : Path.of(configured);
    }
}
