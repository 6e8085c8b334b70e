package dev.demitasse.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.demitasse.demo.DemoModel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Structured replies of the bundled model, which has never seen JSON. */
@Timeout(3600)
class StructuredDemoModelTest {
    @Test
    void repliesAtTemperatureTwoAreValid() {
        try (LanguageModel model = LanguageModel.load(DemoModel.path())) {
            assertThat(StructuredReplies.failures(model, StructuredReplies.COUNT))
                    .isEmpty();
        }
    }
}
