package dev.demitasse.core.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.demitasse.core.ConformanceReport;
import dev.demitasse.core.format.FileFormatException;
import dev.demitasse.core.kernels.KernelSelection;
import dev.demitasse.core.kernels.Kernels;
import dev.demitasse.core.kernels.KvType;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** {@code bad/} of the conformance pack, level {@code model}: files that can be opened, and what must become of them. */
class BadModelsConformanceTest {
    private static final Set<String> FORMATS = Set.of("gguf", "folder");
    private static final String CASES = "bad/cases.jsonl";
    // Far from a hang, whatever else the machine does.
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    // An eighth of the heap that a load must get along with.
    private static final long MOST_BYTES_ALLOCATED = 32 << 20;

    private static final ConformanceReport REPORT = new ConformanceReport("bad-models");

    @AfterAll
    static void report() {
        REPORT.close();
    }

    @TestFactory
    List<DynamicTest> everyModelIsTakenOrRefusedAsItShouldBe() {
        Path bad = ConformanceReport.pack().resolve("bad");
        List<DynamicTest> tests = new ArrayList<>();
        for (TestJson example : TestJson.lines(bad.resolve("cases.jsonl"))) {
            if (example.string("level").equals("model") && FORMATS.contains(example.string("format"))) {
                String name = example.string("file") + ": " + example.string("expect");
                tests.add(DynamicTest.dynamicTest(name, () -> check(bad, example)));
            }
        }
        assertThat(tests).isNotEmpty();
        return tests;
    }

    private static void check(Path bad, TestJson example) {
        REPORT.started(CASES);
        Path path = bad.resolve(example.string("file"));
        boolean accepted = assertTimeoutPreemptively(TIMEOUT, () -> isAccepted(path));
        switch (example.string("expect")) {
            case "accept" -> assertThat(accepted).as("%s is accepted", path).isTrue();
            case "reject" -> assertThat(accepted).as("%s is accepted", path).isFalse();
            case "either" -> {}
            default -> throw new IllegalArgumentException("unknown expectation " + example.string("expect"));
        }
        REPORT.passed(CASES);
    }

    private static boolean isAccepted(Path path) {
        HeapAllocation allocation = new HeapAllocation();
        long before = allocation.bytes();
        boolean accepted = true;
        Kernels kernels = KernelSelection.all().getLast();
        try (TestModel model = TestModel.open(path, kernels, KvType.F16, 1)) {
            model.run(new int[] {1, 2, 3}, 1);
        } catch (FileFormatException refusal) {
            assertThat(refusal).hasMessageContaining(path.getFileName().toString());
            accepted = false;
        }
        assertThat(allocation.bytes() - before)
                .as("bytes allocated for %s", path)
                .isLessThan(MOST_BYTES_ALLOCATED);
        return accepted;
    }
}
