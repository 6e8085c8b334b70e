package dev.demitasse.examples.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.NoSuchFileException;
import picocli.CommandLine;

/** How a command fails: one line that says what to do, and exit status 2. */
final class Errors {
    static final int EXIT_STATUS = 2;

    private Errors() {}

    /** A failure that the command itself found, told in a sentence for the user. */
    static final class CommandException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        CommandException(String message) {
            super(message);
        }
    }

    static int ofArguments(CommandLine.ParameterException failure) {
        CommandLine command = failure.getCommandLine();
        print(
                command.getErr(),
                failure.getMessage() + " (see: " + command.getCommandSpec().qualifiedName() + " --help)");
        return EXIT_STATUS;
    }

    static int report(Throwable failure, PrintWriter err, boolean verbose) {
        print(err, sentence(failure));
        if (verbose) {
            failure.printStackTrace(err);
        }
        return EXIT_STATUS;
    }

    private static String sentence(Throwable failure) {
        String message = failure.getMessage();
        return switch (failure) {
            case NoSuchFileException missing -> missing.getFile() + ": no such file or folder";
            case UncheckedIOException wrapper when wrapper.getCause() != null -> sentence(wrapper.getCause());
            case CharacterCodingException _ -> "the standard input is not UTF-8";
            case IOException _ -> "cannot read or write: " + failure;
            case OutOfMemoryError _ ->
                "out of memory with a heap of "
                        + Sizes.bytes(Runtime.getRuntime().maxMemory())
                        + "; give Java more with -Xmx, or choose a smaller model";
            case NullPointerException _, IndexOutOfBoundsException _, AssertionError _, ClassCastException _ ->
                "internal error, please report it with the output of --verbose: " + failure;
            default -> message == null ? failure.toString() : message;
        };
    }

    private static void print(PrintWriter err, String message) {
        err.println("demitasse: " + message.strip().replaceAll("\\s*\\R\\s*", " "));
        err.flush();
    }
}
