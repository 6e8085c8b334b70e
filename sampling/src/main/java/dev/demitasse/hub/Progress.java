package dev.demitasse.hub;

import org.jspecify.annotations.Nullable;

/**
 * How far the download of a file has come.
 *
 * @param model the name of the model
 * @param file the name of the file
 * @param licence of the model as its repository states it, or null where none is stated
 * @param done bytes that are here
 * @param total bytes of the file, or -1 where the server does not say
 */
public record Progress(String model, String file, @Nullable String licence, long done, long total) {}
