package dev.demitasse.examples;

import dev.demitasse.chat.KernelChoice;
import dev.demitasse.chat.LanguageModel;
import dev.demitasse.demo.DemoModel;
import java.nio.file.Path;

/** The code of docs/guide/setup.md that is not part of an application in src/test/consumers. */
final class SetupGuide {
    private SetupGuide() {}

    public static void main(String... arguments) {
        try (var model = LanguageModel.load(DemoModel.path());
                var chat = model.chat()) {
            System.out.println(chat.ask("写一首关于月亮的诗"));
        }
    }

    static void vectorsOrNothing(Path path) {
        var model = LanguageModel.loader().kernels(KernelChoice.REQUIRE_VECTOR).load(path);
        model.close();
    }
}
