/** For tests of applications: a model without weights, whose replies are written down. */
@NullMarked
package dev.demitasse.chat.testing;

import org.jspecify.annotations.NullMarked;
