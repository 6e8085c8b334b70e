package dev.demitasse.chat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.StringJoiner;

/** Adapters of random numbers. */
public final class AdapterFolder {
    private static final int WIDTH = 256;
    private static final int RANK = 4;

    private AdapterFolder() {}

    /**
     * Writes a folder as PEFT writes it, for the query and value projections of the bundled model.
     *
     * @param size of the numbers in B; with 0 the adapter adds nothing
     */
    public static Path write(Path to, Random random, float size) throws IOException {
        Files.createDirectory(to);
        Files.writeString(
                to.resolve("adapter_config.json"),
                "{\"peft_type\": \"LORA\", \"r\": " + RANK + ", \"lora_alpha\": " + RANK + "}");
        StringJoiner header = new StringJoiner(",", "{", "}");
        List<float[]> data = new ArrayList<>();
        int at = 0;
        for (int layer = 0; layer < 4; layer++) {
            for (String projection : List.of("q", "v")) {
                int rows = projection.equals("q") ? WIDTH : WIDTH / 2;
                String stem = "base_model.model.model.layers." + layer + ".self_attn." + projection + "_proj.lora_";
                at = tensor(header, data, at, stem + "A.weight", RANK, WIDTH, random, 0.2f);
                at = tensor(header, data, at, stem + "B.weight", rows, RANK, random, size);
            }
        }
        byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
        ByteBuffer file = ByteBuffer.allocate(8 + json.length + at).order(ByteOrder.LITTLE_ENDIAN);
        file.putLong(json.length).put(json);
        for (float[] values : data) {
            for (float value : values) {
                file.putFloat(value);
            }
        }
        Files.write(to.resolve("adapter_model.safetensors"), file.array());
        return to;
    }

    private static int tensor(
            StringJoiner header,
            List<float[]> data,
            int at,
            String name,
            int rows,
            int cols,
            Random random,
            float size) {
        float[] values = new float[rows * cols];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (random.nextGaussian() * size);
        }
        data.add(values);
        int end = at + values.length * Float.BYTES;
        header.add("\"" + name + "\":{\"dtype\":\"F32\",\"shape\":[" + rows + "," + cols + "],\"data_offsets\":[" + at
                + "," + end + "]}");
        return end;
    }
}
