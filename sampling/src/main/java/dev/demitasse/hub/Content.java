package dev.demitasse.hub;

import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * What is to be downloaded.
 *
 * @param source where it is
 * @param size its bytes, as the server states them
 * @param checksum what it must hash to, or null where nobody says; it is then a GGUF file, whose structure is checked
 * @param tag the server's name for this version of the content, empty if it has none, or null where {@code checksum}
 *     names it
 */
record Content(
        URI source,
        long size,
        @Nullable Checksum checksum,
        @Nullable String tag) {}
