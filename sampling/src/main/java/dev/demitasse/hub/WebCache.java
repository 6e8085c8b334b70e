package dev.demitasse.hub;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Files that were named by an address: a folder for each, named by the address's hash, with the address beside. */
final class WebCache {
    private static final String ADDRESS = "address.txt";
    private static final String VERSION = "version.txt";
    private static final String PART = ".incomplete";

    private final Path root;

    WebCache(Path root) {
        this.root = root;
    }

    /** The folder of an address, with its hash if it has one. */
    Path folder(ModelName.Web web) {
        return root.resolve(Checksum.ofText(web.toString()).substring(0, 16));
    }

    /** Where the file of an address is or will be. */
    Path file(ModelName.Web web) {
        String path = web.uri().getPath() == null ? "" : web.uri().getPath();
        String name = path.substring(path.lastIndexOf('/') + 1);
        boolean usable = ModelName.Repositories.isFile(name) && name.endsWith(".gguf");
        return folder(web).resolve(usable ? name : "model.gguf");
    }

    Path lock(ModelName.Web web) {
        return root.resolve(folder(web).getFileName() + ".lock");
    }

    /** What one version of a file is loaded into; parts of other versions are deleted. */
    Path part(ModelName.Web web, Content content) throws IOException {
        Path folder = Files.createDirectories(folder(web));
        Files.writeString(folder.resolve(ADDRESS), web.toString());
        Path part = folder.resolve(version(web, content) + PART);
        for (Path file : Folders.files(folder)) {
            if (file.toString().endsWith(PART) && !file.equals(part)) {
                Files.delete(file);
            }
        }
        return part;
    }

    private static String version(ModelName.Web web, Content content) {
        return Checksum.ofText(content.size() + " " + content.tag() + " " + web.sha256())
                .substring(0, 16);
    }

    /** Whether this version of the file is here. A server that does not name versions may have any other. */
    boolean holds(ModelName.Web web, Content content) throws IOException {
        Path version = folder(web).resolve(VERSION);
        return !"".equals(content.tag())
                && Files.isRegularFile(file(web))
                && Files.isRegularFile(version)
                && Files.readString(version).equals(version(web, content));
    }

    /** Remembers which version of the file is here. */
    void remember(ModelName.Web web, Content content) throws IOException {
        Files.writeString(folder(web).resolve(VERSION), version(web, content));
    }

    List<StoredModel> models() throws IOException {
        List<StoredModel> models = new ArrayList<>();
        if (!Files.isDirectory(root)) {
            return models;
        }
        try (Stream<Path> folders = Files.list(root)) {
            for (Path folder : folders.filter(Files::isDirectory).sorted().toList()) {
                String address = addressIn(folder);
                for (Path file : Folders.files(folder)) {
                    if (address != null && file.toString().endsWith(".gguf")) {
                        models.add(new StoredModel(address, file, Files.size(file)));
                    }
                }
            }
        }
        return models;
    }

    private static @Nullable String addressIn(Path folder) throws IOException {
        Path file = folder.resolve(ADDRESS);
        return Files.isRegularFile(file) ? Files.readString(file, StandardCharsets.UTF_8) : null;
    }
}
