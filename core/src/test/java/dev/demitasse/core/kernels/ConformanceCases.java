package dev.demitasse.core.kernels;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** Reads the flat JSON lines of the conformance pack: strings, numbers and arrays of numbers. */
final class ConformanceCases {
    private ConformanceCases() {}

    /** One line. */
    record Case(Map<String, String> texts, Map<String, double[]> numbers) {
        String text(String name) {
            String value = texts.get(name);
            if (value == null) {
                throw new IllegalArgumentException("no field " + name + " among " + texts.keySet());
            }
            return value;
        }

        double[] numbers(String name) {
            double[] values = numbers.get(name);
            if (values == null) {
                throw new IllegalArgumentException("no field " + name + " among " + numbers.keySet());
            }
            return values;
        }

        int integer(String name) {
            return (int) numbers(name)[0];
        }

        float[] floats(String name) {
            double[] values = numbers(name);
            float[] floats = new float[values.length];
            for (int i = 0; i < floats.length; i++) {
                floats[i] = (float) values[i];
            }
            return floats;
        }

        byte[] bytes(String name) {
            return HexFormat.of().parseHex(text(name));
        }

        float[] floatsFromHex(String name) {
            ByteBuffer buffer = ByteBuffer.wrap(bytes(name)).order(ByteOrder.LITTLE_ENDIAN);
            float[] floats = new float[buffer.remaining() / Float.BYTES];
            buffer.asFloatBuffer().get(floats);
            return floats;
        }
    }

    static List<Case> read(Path file) {
        JsonFactory factory = new JsonFactory();
        List<Case> cases = new ArrayList<>();
        try (JsonParser parser = factory.createParser(ObjectReadContext.empty(), Files.readString(file))) {
            while (parser.nextToken() == JsonToken.START_OBJECT) {
                cases.add(readCase(parser));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return cases;
    }

    private static Case readCase(JsonParser parser) {
        Map<String, String> texts = new HashMap<>();
        Map<String, double[]> numbers = new HashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            switch (parser.nextToken()) {
                case VALUE_STRING -> texts.put(name, parser.getString());
                case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> numbers.put(name, new double[] {parser.getDoubleValue()});
                case START_ARRAY -> numbers.put(name, readArray(parser));
                default -> parser.skipChildren();
            }
        }
        return new Case(texts, numbers);
    }

    private static double[] readArray(JsonParser parser) {
        List<Double> values = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            values.add(parser.getDoubleValue());
        }
        return values.stream().mapToDouble(Double::doubleValue).toArray();
    }
}
