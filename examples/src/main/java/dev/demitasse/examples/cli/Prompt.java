package dev.demitasse.examples.cli;

import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jline.utils.Signals;
import org.jspecify.annotations.Nullable;

/** Where questions come from: a person at a terminal, with line editing, or a pipe. */
sealed interface Prompt extends AutoCloseable {
    /** The next line, or null at the end. */
    @Nullable
    String readLine();

    /** Ctrl-C does this, and nothing else, until the result is closed. */
    Interrupts onInterrupt(Runnable action);

    @Override
    void close() throws IOException;

    /** Ends the handling of Ctrl-C. */
    interface Interrupts extends AutoCloseable {
        @Override
        void close();
    }

    /** A terminal where there is one, else the standard input as UTF-8. */
    @SuppressWarnings("SystemConsoleNull") // Whether it is null without a terminal depends on the JDK and its settings.
    static Prompt open() throws IOException {
        Console console = System.console();
        if (console != null && console.isTerminal()) {
            return new AtTerminal(TerminalBuilder.builder()
                    .system(true)
                    .encoding(System.getProperty("os.name").startsWith("Windows") ? null : StandardCharsets.UTF_8)
                    .build());
        }
        return new FromPipe(JsonLines.standardInput());
    }

    /** A person who types; Chinese and other wide characters are edited in their true width. */
    final class AtTerminal implements Prompt {
        private static final String PROMPT = "> ";
        private final Terminal terminal;
        private final LineReader reader;

        AtTerminal(Terminal terminal) {
            this.terminal = terminal;
            this.reader = LineReaderBuilder.builder()
                    .terminal(terminal)
                    .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
                    .build();
        }

        @Override
        public @Nullable String readLine() {
            while (true) {
                try {
                    return reader.readLine(PROMPT);
                } catch (UserInterruptException _) {
                    terminal.writer().println("(Ctrl-D or /exit ends the conversation)");
                } catch (EndOfFileException _) {
                    return null;
                }
            }
        }

        @Override
        public Interrupts onInterrupt(Runnable action) {
            Terminal.SignalHandler before = terminal.handle(Terminal.Signal.INT, _ -> action.run());
            return () -> terminal.handle(Terminal.Signal.INT, before);
        }

        @Override
        public void close() throws IOException {
            terminal.close();
        }
    }

    /** Lines of a file or of another program. */
    final class FromPipe implements Prompt {
        private final BufferedReader in;

        FromPipe(BufferedReader in) {
            this.in = in;
        }

        @Override
        public @Nullable String readLine() {
            try {
                return in.readLine();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public Interrupts onInterrupt(Runnable action) {
            Object before = Signals.register("INT", action);
            return () -> Signals.unregister("INT", before);
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }
}
