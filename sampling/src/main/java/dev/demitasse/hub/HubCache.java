package dev.demitasse.hub;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The folder that Hugging Face's tools keep models in. For each repository {@code models--owner--name}: contents under
 * {@code blobs}, named by their hash; under {@code snapshots/commit} the files as links to them; under {@code refs} the
 * commit that a branch or tag stood for when it was last asked. Locks lie in {@code .locks}.
 */
final class HubCache {
    private static final String PREFIX = "models--";
    // Their tools append to hash.incomplete under locks of another kind: two writers would spoil it.
    private static final String PART = ".demitasse.incomplete";

    private final Path root;

    HubCache(Path root) {
        this.root = root;
    }

    Path root() {
        return root;
    }

    Path folder(ModelName.Repository repository) {
        return root.resolve(folderName(repository));
    }

    private static String folderName(ModelName.Repository repository) {
        return PREFIX + repository.owner() + "--" + repository.name();
    }

    Path blob(ModelName.Repository repository, String hash) throws IOException {
        return Files.createDirectories(folder(repository).resolve("blobs")).resolve(hash);
    }

    Path part(ModelName.Repository repository, String hash) throws IOException {
        return blob(repository, hash + PART);
    }

    Path lock(ModelName.Repository repository, String hash) {
        return root.resolve(".locks").resolve(folderName(repository)).resolve(hash + ".demitasse.lock");
    }

    /** The snapshot that a revision stood for when it was last asked, or null if there is none. */
    @Nullable
    Path snapshot(ModelName.Repository repository) throws IOException {
        Path ref = folder(repository).resolve("refs").resolve(repository.revision());
        String commit = Files.isRegularFile(ref) ? Files.readString(ref).strip() : repository.revision();
        Path snapshot = snapshot(repository, commit);
        return isCommit(commit) && Files.isDirectory(snapshot) ? snapshot : null;
    }

    static boolean isCommit(String text) {
        return text.matches("[0-9a-f]{40}");
    }

    Path snapshot(ModelName.Repository repository, String commit) {
        return folder(repository).resolve("snapshots").resolve(commit);
    }

    /** Gives a content its name in a snapshot. The caller holds the lock for it. */
    Path link(ModelName.Repository repository, String commit, String file, Path blob) throws IOException {
        Path link = snapshot(repository, commit).resolve(file);
        Path folder = Files.createDirectories(link.toAbsolutePath().getParent());
        Path beside = folder.resolve("." + UUID.randomUUID());
        try {
            Files.createSymbolicLink(beside, folder.relativize(blob.toAbsolutePath()));
        } catch (UnsupportedOperationException | FileSystemException _) {
            // Systems without links have the content in its place, as other tools leave it there.
            return Files.move(blob, link, StandardCopyOption.ATOMIC_MOVE);
        }
        try {
            return Files.move(beside, link, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(beside);
        }
    }

    /** Remembers what a revision stands for. */
    void remember(ModelName.Repository repository, String commit) throws IOException {
        if (repository.revision().equals(commit)) {
            return;
        }
        Path refs = Files.createDirectories(folder(repository).resolve("refs"));
        // Not a temporary file, which only its owner could read: caches are shared.
        Path beside = refs.resolve("." + UUID.randomUUID());
        Files.writeString(beside, commit, StandardCharsets.US_ASCII);
        Files.move(beside, refs.resolve(repository.revision()), StandardCopyOption.ATOMIC_MOVE);
    }

    /** The models that are here: every GGUF file of every snapshot, and every snapshot with safetensors. */
    List<StoredModel> models() throws IOException {
        List<StoredModel> models = new ArrayList<>();
        for (Path folder : list(root)) {
            String[] names = folder.getFileName().toString().split("--", -1);
            if (names.length == 3 && names[0].equals("models")) {
                for (Path snapshot : list(folder.resolve("snapshots"))) {
                    String revision = revision(folder, snapshot.getFileName().toString());
                    ModelName.Repository repository = new ModelName.Repository(names[1], names[2], revision, null);
                    models.addAll(StoredModel.in(snapshot, repository));
                }
            }
        }
        return models;
    }

    /** What a commit is called: by a branch or tag that stands for it, else by itself. */
    private static String revision(Path folder, String commit) throws IOException {
        for (Path ref : list(folder.resolve("refs"))) {
            if (Files.isRegularFile(ref) && Files.readString(ref).strip().equals(commit)) {
                return ref.getFileName().toString();
            }
        }
        return commit;
    }

    /**
     * Removes a file of a snapshot or all of it, with the contents that no other snapshot is linked to. Waits for downloads
     * of this repository.
     *
     * @return the bytes that were freed, or -1 if there was nothing to remove
     */
    long remove(ModelName.Repository repository) throws IOException, InterruptedException {
        List<FileGuard> guards = new ArrayList<>();
        try {
            // In order: two who remove do not wait for each other.
            for (String hash : hashes(folder(repository))) {
                guards.add(FileGuard.acquire(lock(repository, hash)));
            }
            return removeUndisturbed(repository);
        } finally {
            for (FileGuard guard : guards) {
                guard.close();
            }
        }
    }

    /** Of the contents that are here, in whole or in part. */
    private static SortedSet<String> hashes(Path folder) throws IOException {
        SortedSet<String> hashes = new TreeSet<>();
        for (Path blob : list(folder.resolve("blobs"))) {
            hashes.add(blob.getFileName().toString().replaceFirst("\\..*", ""));
        }
        return hashes;
    }

    private long removeUndisturbed(ModelName.Repository repository) throws IOException {
        Path snapshot = snapshot(repository);
        Path folder = folder(repository);
        if (snapshot == null) {
            // What other revisions stand for stays; without any, nothing was ever completed.
            boolean useless = repository.file() == null
                    && Files.isDirectory(folder)
                    && list(folder.resolve("snapshots")).isEmpty();
            return useless ? Folders.delete(folder) : -1;
        }
        List<Path> files =
                repository.file() == null ? Folders.files(snapshot) : List.of(snapshot.resolve(repository.file()));
        long freed = 0;
        for (Path file : files) {
            if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
                return -1;
            }
            Path content = contentOf(file);
            long bytes = Files.exists(content) ? Files.size(content) : 0;
            Files.delete(file);
            boolean own = content.startsWith(folder.toAbsolutePath().normalize());
            if (own && !isLinked(folder, content)) {
                Files.deleteIfExists(content);
                freed += bytes;
            }
        }
        Folders.deleteEmpty(folder.resolve("snapshots"));
        return list(folder.resolve("snapshots")).isEmpty() ? freed + Folders.delete(folder) : freed;
    }

    private static Path contentOf(Path file) throws IOException {
        Path content = Files.isSymbolicLink(file) ? file.resolveSibling(Files.readSymbolicLink(file)) : file;
        return content.toAbsolutePath().normalize();
    }

    private static boolean isLinked(Path folder, Path content) throws IOException {
        for (Path file : Folders.files(folder.resolve("snapshots"))) {
            if (contentOf(file).equals(content)) {
                return true;
            }
        }
        return false;
    }

    private static List<Path> list(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.sorted().toList();
        }
    }
}
