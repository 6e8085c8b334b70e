package dev.demitasse.examples.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** The {@code demitasse} command. Answers go to the standard output, notes and errors to the standard error. */
@Command(
        name = "demitasse",
        description = "Runs small language models in this process, on the CPU. Without a command: chat.",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        subcommands = {
            Chat.class,
            Ask.class,
            Serve.class,
            Pull.class,
            ListModels.class,
            Remove.class,
            Quantize.class,
            Inspect.class,
            Doctor.class,
            Tokenize.class,
            Detokenize.class,
            Render.class,
            Logits.class,
            Bench.class
        })
public final class Main {
    @Option(
            names = "--verbose",
            scope = ScopeType.INHERIT,
            description = "Print the stack trace of an error, and more about what is being done.")
    private boolean verbose;

    Main() {}

    /** Runs one command and ends the process with its exit status: 0, or 2 after an error. */
    public static void main(String[] arguments) {
        // The library's warnings in one line each.
        System.setProperty("java.util.logging.SimpleFormatter.format", "%4$s: %5$s%n");
        PrintWriter out = writer(FileDescriptor.out, "stdout.encoding");
        PrintWriter err = writer(FileDescriptor.err, "stderr.encoding");
        System.exit(run(arguments, out, err));
    }

    /** Runs one command and returns its exit status. */
    static int run(String[] arguments, PrintWriter out, PrintWriter err) {
        Main main = new Main();
        CommandLine commandLine = new CommandLine(main)
                .setOut(out)
                .setErr(err)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExpandAtFiles(false)
                .setParameterExceptionHandler((e, _) -> Errors.ofArguments(e))
                .setExecutionExceptionHandler((e, command, _) -> Errors.report(e, command.getErr(), main.verbose));
        int status;
        try {
            status = commandLine.execute(withDefaultCommand(arguments, commandLine));
        } catch (Error e) {
            // Not caught by picocli: too little memory, above all.
            status = Errors.report(e, err, main.verbose);
        }
        out.flush();
        err.flush();
        return status;
    }

    private static String[] withDefaultCommand(String[] arguments, CommandLine commandLine) {
        if (arguments.length > 0
                && (commandLine.getSubcommands().containsKey(arguments[0])
                        || commandLine.getCommandSpec().findOption(arguments[0]) != null)) {
            return arguments;
        }
        String[] chat = new String[arguments.length + 1];
        chat[0] = "chat";
        System.arraycopy(arguments, 0, chat, 1, arguments.length);
        return chat;
    }

    /** Text is UTF-8 wherever the system does not insist on something else: a Windows console does. */
    private static PrintWriter writer(FileDescriptor descriptor, String encodingProperty) {
        boolean windows = System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("windows");
        String encoding = windows ? System.getProperty(encodingProperty, "UTF-8") : "UTF-8";
        Charset charset = Charset.isSupported(encoding) ? Charset.forName(encoding) : StandardCharsets.UTF_8;
        return new PrintWriter(new OutputStreamWriter(new FileOutputStream(descriptor), charset), false);
    }

    /** The version, from the jar's manifest. */
    static final class Version implements CommandLine.IVersionProvider {
        static String text() {
            String version = Main.class.getPackage().getImplementationVersion();
            return version == null ? "(not packaged)" : version;
        }

        @Override
        public String[] getVersion() {
            return new String[] {"demitasse " + text() + ", Java " + Runtime.version()};
        }
    }
}
