package dev.demitasse.core.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.demitasse.core.BadFileCases;
import dev.demitasse.core.BadFileCases.Case;
import dev.demitasse.core.BadFileCases.Expectation;
import dev.demitasse.core.ConformanceReport;
import dev.demitasse.core.format.FileFormatException.Kind;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** {@code bad/} of the conformance pack, level {@code parse}: what opening a file must refuse. Runs in a small heap. */
@Tag("small-heap")
class BadFilesConformanceTest {
    private static final ConformanceReport REPORT = new ConformanceReport("bad-files");

    /**
     * Kinds that name neighbouring views of one fault: a length beyond the end of the file is a file that was cut as
     * well as a length that is wrong. A refusal fits if it shares a set with the expected class.
     */
    private static final List<Set<Kind>> NEIGHBOURS = List.of(
            EnumSet.of(
                    Kind.TRUNCATED,
                    Kind.OFFSET_OUT_OF_FILE,
                    Kind.STRING_TOO_LONG,
                    Kind.ARRAY_TOO_LONG,
                    Kind.COUNT_TOO_LARGE,
                    Kind.BAD_HEADER_LENGTH),
            EnumSet.of(Kind.OFFSET_OUT_OF_FILE, Kind.MISALIGNED_OFFSET, Kind.BAD_OFFSETS, Kind.OVERLAP, Kind.GAP),
            EnumSet.of(
                    Kind.DIM_OVERFLOW, Kind.BAD_DIM, Kind.BLOCK_MISMATCH, Kind.SHAPE_MISMATCH, Kind.OFFSET_OUT_OF_FILE),
            EnumSet.of(Kind.BAD_JSON, Kind.BAD_HEADER, Kind.BAD_UTF8));

    @AfterAll
    static void report() {
        REPORT.close();
    }

    @TestFactory
    Stream<DynamicTest> everyFileIsOpenedOrRefusedAsExpected() {
        Path pack = ConformanceReport.pack();
        return BadFileCases.ofLevel(pack, "parse").stream()
                .filter(example -> !example.format().equals("tokenizer"))
                .map(example -> DynamicTest.dynamicTest(example.toString(), () -> check(example)));
    }

    private static void check(Case example) {
        REPORT.started(BadFileCases.LIST);
        Throwable failure = BadFileCases.failureOf(() -> openAndReadAll(example));
        if (failure == null) {
            assertThat(example.expected()).as("what opening should do").isNotEqualTo(Expectation.REJECT);
        } else {
            assertThat(example.expected()).as("%s", failure).isNotEqualTo(Expectation.ACCEPT);
            checkRefusal(example, failure);
        }
        REPORT.passed(BadFileCases.LIST);
    }

    private static void openAndReadAll(Case example) {
        try (TensorFile file = open(example);
                Arena arena = Arena.ofConfined()) {
            for (TensorInfo tensor : file.tensors().values()) {
                MemorySegment copy = arena.allocate(tensor.byteSize());
                file.read(tensor, copy);
                MemorySegment mapped = file.map(tensor, arena);
                assertThat(mapped.mismatch(copy))
                        .as("%s, mapped and read", tensor)
                        .isEqualTo(-1);
            }
        }
    }

    private static TensorFile open(Case example) {
        return switch (example.format()) {
            case "gguf" -> Gguf.open(example.path());
            case "safetensors" -> Safetensors.open(example.path());
            case "folder" -> Safetensors.openFolder(example.path());
            default -> fail("unknown format " + example.format());
        };
    }

    private static void checkRefusal(Case example, Throwable failure) {
        if (!(failure instanceof FileFormatException refusal)) {
            throw new AssertionError("not a refusal: " + failure, failure);
        }
        String file = String.valueOf(example.path().getFileName());
        assertThat(refusal).hasMessageContaining(file).hasMessageContaining(refusal.place());
        assertThat(refusal.place()).isNotBlank();
        assertThat(refusal.found()).isNotBlank();
        assertThat(refusal.expected()).isNotBlank();
        if (example.expected() == Expectation.REJECT) {
            assertThat(refusal.kind())
                    .as("%s", refusal.getMessage())
                    .matches(kind -> fits(kind, example.error()), "fits " + example.error());
        }
    }

    private static boolean fits(Kind kind, String errorClass) {
        Kind expected = kindOf(errorClass);
        // CORRUPT and classes of other packs: the bytes are out of step, and what that looks like is chance.
        return expected == null
                || kind == expected
                || NEIGHBOURS.stream().anyMatch(set -> set.contains(kind) && set.contains(expected));
    }

    private static @Nullable Kind kindOf(String errorClass) {
        if (errorClass.equals("UNKNOWN_DTYPE")) {
            return Kind.UNKNOWN_TENSOR_TYPE;
        }
        return Arrays.stream(Kind.values())
                .filter(kind -> kind.name().equals(errorClass))
                .findFirst()
                .orElse(null);
    }
}
