package dev.demitasse.core.format;

import dev.demitasse.core.format.GgufWriter.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Writes safetensors files for tests. */
public final class SafetensorsWriter {
    private final List<String> fields = new ArrayList<>();
    private final Bytes data = new Bytes();

    /** An empty file. */
    public SafetensorsWriter() {}

    /** A field of the header as it stands: {@code "\"name\":{...}"}. */
    SafetensorsWriter field(String json) {
        fields.add(json);
        return this;
    }

    public SafetensorsWriter tensor(String name, String type, byte[] content, long... shape) {
        int begin = data.size();
        data.bytes(content);
        return field("\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
                .formatted(name, type, Arrays.toString(shape), begin, data.size()));
    }

    public byte[] toBytes() {
        return file("{" + String.join(",", fields) + "}", data.toBytes());
    }

    static byte[] file(String header, byte... data) {
        Bytes file = new Bytes();
        file.string(header.getBytes(StandardCharsets.UTF_8));
        file.bytes(data);
        return file.toBytes();
    }
}
