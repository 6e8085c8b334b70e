package dev.demitasse.examples.cli;

import dev.demitasse.chat.ModelQuantizer;
import dev.demitasse.chat.WeightFormat;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Makes a model smaller, or a Hugging Face folder a GGUF file. */
@Command(
        name = "quantize",
        mixinStandardHelpOptions = true,
        description = {
            "Writes a model with weights in F32, F16 or BF16 as a GGUF file of another type, as llama.cpp's quantiser"
                    + " does; a Hugging Face folder becomes a file. OUT is replaced when the new file is complete.",
            "Q8_0 loses hardly anything, Q4_K_M is the usual compromise."
        })
final class Quantize implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "IN", description = ModelFiles.HELP)
    private String in = "";

    @Parameters(index = "1", paramLabel = "OUT", description = "The GGUF file to write.")
    private Path out = Path.of("");

    @Parameters(index = "2", paramLabel = "TYPE", description = "One of ${COMPLETION-CANDIDATES}.")
    private WeightFormat type = WeightFormat.Q8_0;

    @Option(
            names = {"-t", "--threads"},
            paramLabel = "N",
            description = "Threads that compute (default: the physical cores).")
    private @Nullable Integer threads;

    @Spec
    private CommandSpec spec;

    private int shownTenth = -1;

    @Override
    public Integer call() throws IOException {
        PrintWriter notes = spec.commandLine().getErr();
        Path model = ModelFiles.find(in, notes);
        ModelQuantizer quantizer = ModelQuantizer.to(type).onProgress(share -> show(share, notes));
        if (threads != null) {
            quantizer.threads(threads);
        }
        quantizer.write(model, out);
        notes.println(out + ": " + Sizes.bytes(Files.size(out)));
        return 0;
    }

    private void show(double share, PrintWriter notes) {
        int tenth = (int) (share * 10);
        if (tenth > shownTenth) {
            shownTenth = tenth;
            notes.println(tenth * 10 + " %");
            notes.flush();
        }
    }
}
