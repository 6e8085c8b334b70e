package dev.demitasse.examples.cli;

import dev.demitasse.chat.ModelHub;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Gets a model, or its newest version. */
@Command(
        name = "pull",
        mixinStandardHelpOptions = true,
        description = {
            "Loads a model into the cache, or what is newer there than in the cache, and prints its path.",
            "What was cut goes on where it was cut; a file counts only when its hash is right.",
            "Environment: HF_HOME, HF_HUB_CACHE, HF_TOKEN, HF_ENDPOINT (a mirror), HF_HUB_OFFLINE, https_proxy."
        })
final class Pull implements Callable<Integer> {
    @Parameters(
            paramLabel = "MODEL",
            description = "hf:owner/repository/file.gguf, hf:owner/repository for one that holds a single model,"
                    + " https://host/file.gguf (with #sha256=... if known), or qwen2.5-0.5b.")
    private String model = "";

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        if (!ModelHub.isName(model)) {
            throw new Errors.CommandException("found \"" + model + "\"; expected hf:owner/repository/file.gguf,"
                    + " https://host/file.gguf or qwen2.5-0.5b");
        }
        DownloadNotes notes = new DownloadNotes(spec.commandLine().getErr());
        spec.commandLine()
                .getOut()
                .println(ModelHub.builder().onProgress(notes::show).build().pull(model));
        return 0;
    }
}
