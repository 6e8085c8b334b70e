/**
 * Starts the command line on whatever Java the user has. Compiled for Java 17, so that an older default Java can read
 * it and look for a newer one.
 */
@NullMarked
package dev.demitasse.examples.launcher;

import org.jspecify.annotations.NullMarked;
