/**
 * Getting model files: names, the cache that Hugging Face's tools share, and downloads that may be cut at any byte.
 * Knows HTTP and files, no model. Internal to this library; {@code ModelHub} of the chat package is its face.
 */
@NullMarked
package dev.demitasse.hub;

import org.jspecify.annotations.NullMarked;
