package dev.demitasse.chat;

import dev.demitasse.hub.Progress;
import org.jspecify.annotations.Nullable;

/** How far the download of a file has come. Immutable. */
public final class DownloadProgress {
    private final Progress progress;

    DownloadProgress(Progress progress) {
        this.progress = progress;
    }

    /** The model that the file belongs to, as {@code hf:owner/repository} or an address. */
    public String model() {
        return progress.model();
    }

    /** The name of the file. */
    public String file() {
        return progress.file();
    }

    /** The model's licence as its repository states it, such as {@code "apache-2.0"}; null where none is stated. */
    public @Nullable String licence() {
        return progress.licence();
    }

    /** Bytes that are here. */
    public long done() {
        return progress.done();
    }

    /** Bytes of the file. */
    public long total() {
        return progress.total();
    }
}
