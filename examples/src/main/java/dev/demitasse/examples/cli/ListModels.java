package dev.demitasse.examples.cli;

import dev.demitasse.chat.CachedModel;
import dev.demitasse.chat.ModelHub;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The models that were downloaded, by this program or by others that keep them in the same cache. */
@Command(name = "list", mixinStandardHelpOptions = true, description = "Lists the models in the cache.")
final class ListModels implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        List<CachedModel> models = ModelHub.fromEnvironment().list();
        PrintWriter out = spec.commandLine().getOut();
        for (CachedModel model : models) {
            out.println(String.format(Locale.ROOT, "%8s  %s", Sizes.bytes(model.bytes()), model.name()));
        }
        if (models.isEmpty()) {
            spec.commandLine().getErr().println("There are no models yet. Get one: demitasse pull qwen2.5-0.5b");
        }
        return 0;
    }
}
