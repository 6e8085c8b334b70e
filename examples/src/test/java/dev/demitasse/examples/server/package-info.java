/** The server as its clients meet it: by HTTP, on the bundled model. */
@NullMarked
package dev.demitasse.examples.server;

import org.jspecify.annotations.NullMarked;
