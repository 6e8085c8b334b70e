/** Storage of weights: shapes, data types, memory. No arithmetic. */
@NullMarked
package dev.demitasse.core.tensor;

import org.jspecify.annotations.NullMarked;
