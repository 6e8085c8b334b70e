package dev.demitasse.tokenizer;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;

/** The tokenizer lists of a sound GGUF file, read just well enough for the tests of a module that knows no files. */
record GgufLists(List<String> tokens, int[] tokenTypes, List<String> merges) {
    private static final int STRING = 8;
    private static final int ARRAY = 9;
    private static final int[] BYTES_OF_TYPE = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};

    Vocabulary vocabulary() {
        return Vocabulary.fromGguf(tokens, tokenTypes, merges);
    }

    static GgufLists read(Path gzipped) {
        try (DataInputStream in = new DataInputStream(new GZIPInputStream(Files.newInputStream(gzipped), 1 << 16))) {
            in.skipNBytes(16);
            long keys = Long.reverseBytes(in.readLong());
            Map<String, List<Object>> lists = new HashMap<>();
            for (long i = 0; i < keys; i++) {
                String key = string(in);
                Object value = value(in, Integer.reverseBytes(in.readInt()));
                if (value instanceof List<?> list) {
                    lists.put(key, List.copyOf(list));
                }
            }
            return new GgufLists(
                    strings(lists.getOrDefault("tokenizer.ggml.tokens", List.of())),
                    lists.getOrDefault("tokenizer.ggml.token_type", List.of()).stream()
                            .mapToInt(type -> ((Long) type).intValue())
                            .toArray(),
                    strings(lists.getOrDefault("tokenizer.ggml.merges", List.of())));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> strings(List<Object> values) {
        return values.stream().map(String.class::cast).toList();
    }

    private static Object value(DataInputStream in, int type) throws IOException {
        if (type == STRING) {
            return string(in);
        }
        if (type == ARRAY) {
            int elementType = Integer.reverseBytes(in.readInt());
            long count = Long.reverseBytes(in.readLong());
            List<Object> list = new ArrayList<>();
            for (long i = 0; i < count; i++) {
                list.add(value(in, elementType));
            }
            return list;
        }
        long bits = 0;
        for (int i = 0; i < BYTES_OF_TYPE[type]; i++) {
            bits |= (in.readByte() & 0xFFL) << (8 * i);
        }
        return bits;
    }

    private static String string(InputStream in) throws IOException {
        DataInputStream data = (DataInputStream) in;
        int length = Math.toIntExact(Long.reverseBytes(data.readLong()));
        return new String(data.readNBytes(length), StandardCharsets.UTF_8);
    }
}
