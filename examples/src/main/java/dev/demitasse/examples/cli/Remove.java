package dev.demitasse.examples.cli;

import dev.demitasse.chat.ModelHub;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Removes models from the cache. */
@Command(
        name = "rm",
        mixinStandardHelpOptions = true,
        description = "Removes models from the cache. What other versions of a model share with them stays.")
final class Remove implements Callable<Integer> {
    @Parameters(arity = "1..*", paramLabel = "MODEL", description = "Names as list shows them.")
    private List<String> models = List.of();

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        ModelHub hub = ModelHub.fromEnvironment();
        for (String model : models) {
            long freed = hub.remove(model);
            spec.commandLine().getErr().println(model + ": removed, " + Sizes.bytes(freed) + " freed");
        }
        return 0;
    }
}
