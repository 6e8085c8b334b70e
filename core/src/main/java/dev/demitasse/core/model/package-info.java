/** The forward pass: configuration, weights, attention, feed-forward, KV cache. */
@NullMarked
package dev.demitasse.core.model;

import org.jspecify.annotations.NullMarked;
