/** Tensors, kernels, model files and the forward pass. Knows token ids and logits, never text. */
module dev.demitasse.core {
    requires static transitive org.jspecify;
    requires tools.jackson.core;
    requires jdk.incubator.vector;

    exports dev.demitasse.core.format;
    exports dev.demitasse.core.kernels;
    exports dev.demitasse.core.model;
    exports dev.demitasse.core.runtime;
    exports dev.demitasse.core.tensor;
}
