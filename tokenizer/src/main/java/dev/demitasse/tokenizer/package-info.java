/** Text to token ids and back: pre-tokenization, byte-level BPE, added tokens, streaming decoding. */
@NullMarked
package dev.demitasse.tokenizer;

import org.jspecify.annotations.NullMarked;
