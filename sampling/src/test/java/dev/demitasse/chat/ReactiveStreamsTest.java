package dev.demitasse.chat;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Set;
import java.util.concurrent.Flow;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.reactivestreams.tck.TestEnvironment;
import org.reactivestreams.tck.flow.FlowPublisherVerification;
import org.testng.SkipException;

/** The rules for publishers, as the Reactive Streams project itself tests them. */
class ReactiveStreamsTest {
    /** Tests of what the specification leaves open: more than one subscriber. */
    private static final Set<String> LEFT_OPEN = Set.of(
            "optional_spec111_maySupportMultiSubscribe",
            "optional_spec111_multicast_mustProduceTheSameElementsInTheSameSequenceToAllOfItsSubscribersWhenRequestingOneByOne",
            "optional_spec111_multicast_mustProduceTheSameElementsInTheSameSequenceToAllOfItsSubscribersWhenRequestingManyUpfront",
            "optional_spec111_multicast_mustProduceTheSameElementsInTheSameSequenceToAllOfItsSubscribersWhenRequestingManyUpfrontAndCompleteAsExpected",
            "optional_spec111_registeredSubscribersMustReceiveOnNextOrOnCompleteSignals");

    private static TestModel model;

    @BeforeAll
    static void start() {
        model = TestModel.endless('x');
    }

    @AfterAll
    static void close() {
        model.close();
    }

    @TestFactory
    Stream<DynamicTest> rules() {
        return Arrays.stream(Verification.class.getMethods())
                .filter(method -> method.isAnnotationPresent(org.testng.annotations.Test.class))
                .filter(method -> !method.getName().startsWith("untested_"))
                .sorted(Comparator.comparing(Method::getName))
                .map(rule -> DynamicTest.dynamicTest(rule.getName(), () -> check(rule)));
    }

    private static void check(Method rule) throws Exception {
        Verification verification = new Verification();
        verification.setUp();
        try {
            rule.invoke(verification);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof SkipException skipped) {
                assertThat(LEFT_OPEN).as(skipped.getMessage()).contains(rule.getName());
            } else {
                throw new AssertionError(rule.getName(), e.getCause());
            }
        }
    }

    /** Turns whose replies are so many pieces long. Sessions are left to the cleaner, as careless callers do. */
    private static final class Verification extends FlowPublisherVerification<String> {
        Verification() {
            super(new TestEnvironment(2_000, 200));
        }

        @Override
        public long maxElementsFromPublisher() {
            return Integer.MAX_VALUE;
        }

        @Override
        public Flow.Publisher<String> createFlowPublisher(long elements) {
            ChatSession chat = model.chat();
            if (elements == 0) {
                return chat.send("go", o -> o.sampler(() -> (_, _) -> TestLanguage.IM_END))
                        .publisher();
            }
            return chat.send("go", o -> o.maxTokens(Math.toIntExact(elements))).publisher();
        }

        @Override
        public Flow.Publisher<String> createFailedFlowPublisher() {
            ChatSession closed = model.chat();
            Generation turn = closed.send("go");
            closed.close();
            return turn.publisher();
        }
    }
}
