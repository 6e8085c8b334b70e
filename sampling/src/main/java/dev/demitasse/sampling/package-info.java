/** From logits to the next token: penalties, temperature, truncation, drawing. */
@NullMarked
package dev.demitasse.sampling;

import org.jspecify.annotations.NullMarked;
