/** What a model does, for metrics systems: a binder for Micrometer to copy into an application. */
@NullMarked
package dev.demitasse.examples.metrics;

import org.jspecify.annotations.NullMarked;
