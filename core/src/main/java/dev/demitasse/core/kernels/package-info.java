/** Arithmetic over flat arrays and weight blocks: the scalar definition and its Vector API twin. */
@NullMarked
package dev.demitasse.core.kernels;

import org.jspecify.annotations.NullMarked;
