package dev.demitasse.core.model;

import dev.demitasse.core.format.Safetensors;
import dev.demitasse.core.format.TensorInfo;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** The float tensors of a reference file, by name. */
record ReferenceTensors(Map<String, Tensor> tensors) {
    /** {@code [rows, cols]}, row-major. */
    record Tensor(int rows, int cols, float[] values) {}

    static ReferenceTensors read(Path path) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        try (Safetensors file = Safetensors.open(path);
                Arena arena = Arena.ofConfined()) {
            for (TensorInfo info : file.tensors().values()) {
                MemorySegment bytes = arena.allocate(info.byteSize(), Float.BYTES);
                file.read(info, bytes);
                int cols = info.shape().getLast().intValue();
                float[] values = bytes.toArray(ValueLayout.JAVA_FLOAT);
                tensors.put(info.name(), new Tensor(values.length / cols, cols, values));
            }
        }
        return new ReferenceTensors(tensors);
    }

    Tensor get(String name) {
        Tensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new IllegalArgumentException("no tensor " + name + " among " + tensors.keySet());
        }
        return tensor;
    }
}
