package dev.demitasse.benchmarks;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.EncodingType;
import dev.demitasse.tokenizer.SpecialTokens;
import dev.demitasse.tokenizer.Tokenizer;
import dev.demitasse.tokenizer.TokenizerJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.ToIntFunction;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Encoding of mixed Chinese and English text on one thread. The counter {@code megabytes} is the result: MB of UTF-8 a
 * second. Give the tokenizer with {@code -p tokenizerJson=.../tokenizer.json}; the one of Qwen2.5 is what counts.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class TokenizerBenchmark {
    private static final int TEXT_LENGTH = 200_000;

    /** Who encodes. */
    public enum Engine {
        /** This library. */
        DEMITASSE,
        /** The reference, Hugging Face's tokenizers in Rust, through its Java binding. */
        HUGGING_FACE,
        /** A tokenizer in Java for OpenAI's vocabularies: another vocabulary (cl100k) of about the same size. */
        JTOKKIT
    }

    /** How much was encoded. */
    @AuxCounters(AuxCounters.Type.OPERATIONS)
    @State(Scope.Thread)
    public static class Volume {
        /** In 10^6 bytes of UTF-8. */
        public double megabytes;
    }

    /** Who encodes. */
    @Param
    public Engine engine = Engine.DEMITASSE;

    /** The tokenizer.json file. */
    @Param("tokenizer.json")
    public String tokenizerJson = "tokenizer.json";

    private final String text = MixedText.of(1, TEXT_LENGTH);
    private final double textMegabytes = text.getBytes(StandardCharsets.UTF_8).length / 1e6;
    private ToIntFunction<String> countTokens = String::length;

    /** Loads the tokenizer, and checks that ours and the reference agree. */
    @Setup(Level.Trial)
    public void load() throws IOException {
        Path file = Path.of(tokenizerJson);
        Tokenizer ours = TokenizerJson.load(file);
        countTokens = switch (engine) {
            case DEMITASSE -> input -> ours.encode(input, SpecialTokens.ALL).length;
            case HUGGING_FACE -> {
                HuggingFaceTokenizer reference =
                        HuggingFaceTokenizer.newInstance(file, Map.of("truncation", "false", "padding", "false"));
                yield input -> reference.encode(input, false, false).getIds().length;
            }
            case JTOKKIT -> {
                Encoding encoding = Encodings.newDefaultEncodingRegistry().getEncoding(EncodingType.CL100K_BASE);
                yield input -> encoding.encodeOrdinary(input).size();
            }
        };
        int expected = ours.count(text, SpecialTokens.ALL);
        if (engine == Engine.HUGGING_FACE && countTokens.applyAsInt(text) != expected) {
            throw new IllegalStateException(
                    "the reference counts " + countTokens.applyAsInt(text) + " tokens, this library " + expected);
        }
    }

    /** Encodes the text. */
    @Benchmark
    public int encode(Volume volume) {
        volume.megabytes += textMegabytes;
        return countTokens.applyAsInt(text);
    }
}
