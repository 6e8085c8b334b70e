package dev.demitasse.chat;

import dev.demitasse.hub.StoredModel;
import java.nio.file.Path;

/** A model in the cache of a {@link ModelHub}. Immutable. */
public final class CachedModel {
    private final StoredModel model;

    CachedModel(StoredModel model) {
        this.model = model;
    }

    /** What {@link ModelHub#fetch} and {@link ModelHub#remove} know it by. */
    public String name() {
        return model.name();
    }

    /** What to load. */
    public Path path() {
        return model.path();
    }

    /** Bytes of its files. */
    public long bytes() {
        return model.bytes();
    }
}
