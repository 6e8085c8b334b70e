/** The examples as a user runs them. */
@NullMarked
package dev.demitasse.examples;

import org.jspecify.annotations.NullMarked;
