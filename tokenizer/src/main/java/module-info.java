/** Byte-level BPE tokenizers of the Qwen family, usable on their own: text to token ids and back. */
module dev.demitasse.tokenizer {
    requires static transitive org.jspecify;
    requires tools.jackson.core;

    exports dev.demitasse.tokenizer;
}
