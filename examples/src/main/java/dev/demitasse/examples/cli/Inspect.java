package dev.demitasse.examples.cli;

import dev.demitasse.chat.KernelChoice;
import dev.demitasse.chat.LanguageModel;
import dev.demitasse.chat.ModelInfo;
import dev.demitasse.chat.ModelLanguage;
import dev.demitasse.chat.RawModel;
import dev.demitasse.chat.TemplateException;
import dev.demitasse.core.format.Gguf;
import dev.demitasse.core.format.GgufMetadata;
import dev.demitasse.core.format.Safetensors;
import dev.demitasse.core.format.TensorFile;
import dev.demitasse.core.format.TensorInfo;
import dev.demitasse.core.kernels.KvType;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What a model file contains, whether this library runs it, and the memory it would need. */
@Command(
        name = "inspect",
        mixinStandardHelpOptions = true,
        description = "Shows metadata, tensors, types and sizes of a model, the memory it needs, and whether it loads.")
final class Inspect implements Callable<Integer> {
    private static final int LONGEST_VALUE = 100;

    @Parameters(arity = "0..1", paramLabel = "MODEL", description = ModelFiles.HELP)
    private @Nullable String model;

    @Option(names = "--no-tensors", description = "Leave the list of tensors out.")
    private boolean noTensors;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        Path path = ModelFiles.find(model, spec.commandLine().getErr());
        out.println(path);
        if (ModelFiles.hasWeights(path)) {
            weights(path, out);
        }
        if (ModelFiles.hasConfiguration(path)) {
            decoder(path, out);
        } else if (ModelFiles.hasWeights(path)) {
            out.println("model          none: there is no config.json beside these weights");
        }
        if (ModelFiles.hasTokenizer(path)) {
            language(path, out);
        }
        return 0;
    }

    private void weights(Path path, PrintWriter out) {
        try (TensorFile file = open(path)) {
            if (file instanceof Gguf gguf) {
                metadata(gguf.metadata(), out);
            }
            if (!noTensors) {
                tensors(file, out);
            }
            types(file, out);
        }
    }

    private static TensorFile open(Path path) {
        if (Files.isDirectory(path)) {
            return Safetensors.openFolder(path);
        }
        return path.toString().endsWith(".safetensors") ? Safetensors.open(path) : Gguf.open(path);
    }

    /** Builds the model, with the kernels that read the file in place. */
    private static void decoder(Path path, PrintWriter out) {
        try (RawModel raw =
                LanguageModel.loader().kernels(KernelChoice.SCALAR).threads(1).loadRaw(path)) {
            ModelInfo info = raw.info();
            out.println("model          " + info.architecture() + ", " + info.layers() + " layers, hidden "
                    + info.hiddenSize() + ", feed-forward " + info.intermediateSize() + ", heads " + info.heads() + "/"
                    + info.kvHeads() + " of " + info.headDim() + ", vocabulary " + info.vocabularySize()
                    + ", trained context " + info.trainedContext());
            long weights = info.weightBytes().values().stream()
                    .mapToLong(Long::longValue)
                    .sum();
            long f16 = cacheBytes(info, KvType.F16);
            out.println("memory         " + Sizes.bytes(weights) + " of weights, and for each token of context "
                    + Sizes.bytes(f16) + " in f16 or " + Sizes.bytes(cacheBytes(info, KvType.INT8)) + " in int8: "
                    + Sizes.bytes(weights + f16 * info.contextSize()) + " with " + info.contextSize()
                    + " tokens in f16");
        }
    }

    /** What the keys and values of one position take. */
    private static long cacheBytes(ModelInfo info, KvType type) {
        long block = (long) type.keyBlockBytes(info.headDim()) + type.valueBlockBytes(info.headDim());
        return (long) info.layers() * info.kvHeads() * block / KvType.BLOCK_POSITIONS;
    }

    private static void language(Path path, PrintWriter out) {
        ModelLanguage language = ModelLanguage.load(path);
        out.println("tokenizer      " + language.tokenizer().vocabulary().size() + " tokens, of them "
                + language.tokenizer().vocabulary().addedTokens().size() + " added; a turn ends with "
                + language.stopTokens());
        out.println("chat template  " + templateName(language));
    }

    private static String templateName(ModelLanguage language) {
        try {
            return language.template().name();
        } catch (TemplateException e) {
            return "none: " + e.getMessage();
        }
    }

    private static void metadata(GgufMetadata metadata, PrintWriter out) {
        out.println();
        for (String key : metadata.keys()) {
            out.println(String.format(Locale.ROOT, "  %-42s %s", key, value(metadata, key)));
        }
    }

    private static String value(GgufMetadata metadata, String key) {
        String type = metadata.typeName(key);
        return switch (type) {
            case "string" -> quoted(metadata.string(key));
            case "bool" -> Boolean.toString(metadata.bool(key));
            case "f32", "f64" -> Double.toString(metadata.real(key));
            default -> type.startsWith("array") ? type : Long.toString(metadata.integer(key));
        };
    }

    private static String quoted(String text) {
        String oneLine = text.replace("\n", "\\n").replaceAll("\\p{Cntrl}", "?");
        return oneLine.length() <= LONGEST_VALUE ? oneLine : oneLine.substring(0, LONGEST_VALUE) + "...";
    }

    private static void tensors(TensorFile file, PrintWriter out) {
        out.println();
        for (TensorInfo tensor : file.tensors().values()) {
            String shape = tensor.shape().stream().map(String::valueOf).collect(Collectors.joining(", ", "[", "]"));
            out.println(String.format(
                    Locale.ROOT,
                    "  %-42s %-8s %-18s %10s%s",
                    tensor.name(),
                    tensor.typeName(),
                    shape,
                    Sizes.bytes(tensor.byteSize()),
                    tensor.isSupported() ? "" : "  (no kernels for this type)"));
        }
    }

    private static void types(TensorFile file, PrintWriter out) {
        Map<String, Long> bytes = new TreeMap<>();
        long parameters = 0;
        long total = 0;
        for (TensorInfo tensor : file.tensors().values()) {
            bytes.merge(tensor.typeName(), tensor.byteSize(), Long::sum);
            parameters += tensor.shape().stream().reduce(1L, (a, b) -> a * b);
            total += tensor.byteSize();
        }
        out.println();
        out.println(
                "weights        " + String.format(Locale.ROOT, "%,d", parameters) + " in " + Sizes.bytes(total) + ": "
                        + bytes.entrySet().stream()
                                .map(type -> type.getKey() + " " + Sizes.bytes(type.getValue()))
                                .collect(Collectors.joining(", ")));
    }
}
