package dev.demitasse.examples.cli;

import dev.demitasse.chat.RawModel;
import dev.demitasse.chat.RawSequence;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The logits after every token of a sequence, for comparison with a reference. */
@Command(
        name = "logits",
        mixinStandardHelpOptions = true,
        description = {
            "Writes the logits after each of the given token ids as a safetensors file: tensor \"logits\", f32,"
                    + " [positions, vocabulary].",
            "Runs in exact mode (float activations, f32 KV cache) unless --as-served."
        })
final class Logits implements Callable<Integer> {
    @Parameters(arity = "0..1", paramLabel = "MODEL", description = ModelFiles.HELP)
    private @Nullable String model;

    @Option(
            names = "--ids",
            split = ",",
            required = true,
            paramLabel = "ID",
            description = "Token ids, separated by commas.")
    private int[] ids = {};

    @Option(names = "--out", required = true, paramLabel = "FILE", description = "The safetensors file to write.")
    private Path out = Path.of("");

    @Option(names = "--as-served", description = "Compute as chat, ask and bench do: what is fastest for the weights.")
    private boolean asServed;

    @Mixin
    private ModelArguments modelArguments = new ModelArguments();

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        try (RawModel loaded = modelArguments
                .loader(!asServed)
                .loadRaw(ModelFiles.find(model, spec.commandLine().getErr()))) {
            boolean complete = false;
            try {
                write(loaded);
                complete = true;
            } finally {
                if (!complete && Files.isRegularFile(out)) {
                    Files.delete(out);
                }
            }
            spec.commandLine()
                    .getErr()
                    .println(out + ": logits [" + ids.length + ", " + loaded.vocabularySize() + "], "
                            + ModelReport.line(loaded.info()));
        }
        return 0;
    }

    private void write(RawModel loaded) throws IOException {
        try (RawSequence sequence = loaded.newSequence();
                FileChannel file = FileChannel.open(
                        out,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE,
                        StandardOpenOption.TRUNCATE_EXISTING)) {
            int vocabulary = loaded.vocabularySize();
            writeFully(file, header(ids.length, vocabulary));
            ByteBuffer row = ByteBuffer.allocate(vocabulary * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            sequence.append(ids, (_, logits) -> {
                row.clear();
                row.asFloatBuffer().put(logits);
                writeFully(file, row);
            });
        }
    }

    /** Header of the safetensors format: its length, then JSON padded so that the data starts at a multiple of 8. */
    private static ByteBuffer header(int positions, int vocabulary) {
        long bytes = (long) positions * vocabulary * Float.BYTES;
        String json = JsonLines.JSON.writeValueAsString(Map.of(
                "logits",
                Map.of("dtype", "F32", "shape", List.of(positions, vocabulary), "data_offsets", List.of(0, bytes))));
        String padded = json + " ".repeat((8 - json.length() % 8) % 8);
        return ByteBuffer.allocate(Long.BYTES + padded.length())
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(padded.length())
                .put(padded.getBytes(StandardCharsets.US_ASCII))
                .flip();
    }

    private static void writeFully(FileChannel file, ByteBuffer bytes) {
        try {
            while (bytes.hasRemaining()) {
                file.write(bytes);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
