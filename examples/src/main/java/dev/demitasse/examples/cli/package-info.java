/** The command line: one class a command. */
@NullMarked
package dev.demitasse.examples.cli;

import org.jspecify.annotations.NullMarked;
