/** GGUF and safetensors files: bytes to checked records, no knowledge of models. */
@NullMarked
package dev.demitasse.core.format;

import org.jspecify.annotations.NullMarked;
