/** The worker threads of one model. */
@NullMarked
package dev.demitasse.core.runtime;

import org.jspecify.annotations.NullMarked;
