/** The bundled demonstration model. */
@NullMarked
package dev.demitasse.demo;

import org.jspecify.annotations.NullMarked;
