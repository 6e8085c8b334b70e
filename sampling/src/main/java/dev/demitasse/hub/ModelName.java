package dev.demitasse.hub;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Where a model is, as its name says. */
public sealed interface ModelName {
    /** Names for models that are often asked for. */
    Map<String, String> SHORT_NAMES =
            new TreeMap<>(Map.of("qwen2.5-0.5b", "hf:Qwen/Qwen2.5-0.5B-Instruct-GGUF/qwen2.5-0.5b-instruct-q8_0.gguf"));

    /**
     * A repository on a hub, {@code hf:owner/name[@revision][/file]}.
     *
     * @param revision a branch, a tag or a commit
     * @param file the file of the repository, or null for the model that it holds
     */
    record Repository(
            String owner,
            String name,
            String revision,
            @Nullable String file) implements ModelName {
        static final String DEFAULT_REVISION = "main";

        /** {@code owner/name}. */
        String id() {
            return owner + "/" + name;
        }

        Repository withFile(@Nullable String other) {
            return new Repository(owner, name, revision, other);
        }

        @Override
        public String toString() {
            return "hf:" + id() + (revision.equals(DEFAULT_REVISION) ? "" : "@" + revision)
                    + (file == null ? "" : "/" + file);
        }
    }

    /**
     * A GGUF file on a web server. The hash is part of its name: what was loaded without one is not what has it.
     *
     * @param sha256 what its content must hash to, 64 hexadecimal digits, or null
     */
    record Web(URI uri, @Nullable String sha256) implements ModelName {
        @Override
        public String toString() {
            return uri + (sha256 == null ? "" : "#sha256=" + sha256);
        }
    }

    /** A file or folder of this machine. */
    record Local(Path path) implements ModelName {
        @Override
        public String toString() {
            return path.toString();
        }
    }

    /** Whether a text is meant as a name of a model elsewhere, rightly written or not. */
    static boolean isRemote(String text) {
        return !scheme(text).isEmpty() || SHORT_NAMES.containsKey(text.toLowerCase(Locale.ROOT));
    }

    /** {@code hf}, {@code https}, {@code http} or {@code file}, however it is written, or nothing. */
    private static String scheme(String text) {
        String word = text.substring(0, Math.max(0, text.indexOf(':'))).toLowerCase(Locale.ROOT);
        return Set.of("hf", "https", "http", "file").contains(word) ? word : "";
    }

    /**
     * Reads a name.
     *
     * @throws IllegalArgumentException if it is none, with what was expected
     */
    static ModelName parse(String text) {
        String known = SHORT_NAMES.get(text.toLowerCase(Locale.ROOT));
        if (known != null) {
            return Repositories.parse(known);
        }
        String scheme = scheme(text);
        String usual = scheme + text.substring(scheme.length());
        return switch (scheme) {
            case "hf" -> Repositories.parse(usual);
            case "https", "http" -> Webs.parse(usual);
            case "file" -> new Local(Path.of(uri(usual)));
            default -> local(text);
        };
    }

    private static Local local(String text) {
        try {
            return new Local(Path.of(text));
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException("\"" + text + "\" is neither a path nor the name of a model", e);
        }
    }

    private static URI uri(String text) {
        try {
            return new URI(text);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(text + " is not a URI: " + e.getReason() + " at " + e.getIndex(), e);
        }
    }

    /** Reads names of repositories; nothing in them can lead out of the folder that is made of them. */
    final class Repositories {
        private static final String WORD = "[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?";
        private static final Pattern NAME =
                Pattern.compile("hf:(" + WORD + ")/(" + WORD + ")(?:@(" + WORD + "))?(?:/(.+))?");

        private Repositories() {}

        static Repository parse(String text) {
            Matcher name = NAME.matcher(text);
            if (!name.matches()) {
                throw new IllegalArgumentException("found \"" + text + "\"; expected hf:owner/repository or"
                        + " hf:owner/repository/file.gguf, with @revision behind the repository if it is not main");
            }
            String revision = name.group(3) == null ? Repository.DEFAULT_REVISION : name.group(3);
            String file = name.group(4);
            if (file != null && !isFile(file)) {
                throw new IllegalArgumentException(
                        "found the file \"" + file + "\" in " + text + "; expected a path inside of the repository");
            }
            return new Repository(name.group(1), name.group(2), revision, file);
        }

        /** Whether a text is a relative path that stays below where it starts. */
        static boolean isFile(String text) {
            for (String part : text.split("/", -1)) {
                if (part.isBlank() || part.equals(".") || part.equals("..") || part.matches(".*[\\\\:\\p{Cntrl}].*")) {
                    return false;
                }
            }
            return true;
        }
    }

    /** Reads addresses of files. */
    final class Webs {
        private static final Pattern FRAGMENT = Pattern.compile("sha256=([0-9a-fA-F]{64})");

        private Webs() {}

        static Web parse(String text) {
            URI uri = uri(text);
            if (uri.getHost() == null) {
                throw new IllegalArgumentException("found \"" + text + "\"; expected https://host/path/file.gguf");
            }
            if (uri.getRawUserInfo() != null) {
                throw new IllegalArgumentException(
                        "the address at " + uri.getHost() + " holds a password; expected one without");
            }
            if (!uri.getScheme().equals("https") && !Origin.of(uri).isLoopback()) {
                throw new IllegalArgumentException("found \"" + text
                        + "\"; expected https: what comes over http: may have been changed on its way");
            }
            String fragment = uri.getRawFragment();
            if (fragment == null) {
                return new Web(uri, null);
            }
            Matcher hash = FRAGMENT.matcher(fragment);
            if (!hash.matches()) {
                throw new IllegalArgumentException(
                        "found #" + fragment + " behind the address; expected #sha256= and 64 hexadecimal digits");
            }
            return new Web(
                    uri(text.substring(0, text.indexOf('#'))), hash.group(1).toLowerCase(Locale.ROOT));
        }
    }
}
