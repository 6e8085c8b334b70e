package dev.demitasse.examples.cli;

import dev.demitasse.chat.DownloadProgress;
import java.io.Console;
import java.io.PrintWriter;
import java.time.Duration;

/** Tells a user how a download goes on: a line that changes, or at every tenth a line where output is kept. */
final class DownloadNotes {
    private static final long REDRAW_NANOS = Duration.ofMillis(200).toNanos();
    private static final int WIDTH = 100;

    private final PrintWriter notes;
    private final boolean redraws;
    private String model = "";
    private String file = "";
    private long startNanos;
    private long startBytes;
    private long shownNanos;
    private long shownTenth;

    @SuppressWarnings("SystemConsoleNull") // Whether it is null without a terminal depends on the JDK and its settings.
    DownloadNotes(PrintWriter notes) {
        this.notes = notes;
        Console console = System.console();
        this.redraws = console != null && console.isTerminal();
    }

    /** Takes in how far it has come. */
    void show(DownloadProgress progress) {
        if (!progress.model().equals(model)) {
            model = progress.model();
            notes.println(model + ": "
                    + (progress.licence() == null ? "no licence stated" : "licence " + progress.licence()));
        }
        if (!progress.file().equals(file)) {
            file = progress.file();
            startNanos = System.nanoTime();
            startBytes = progress.done();
            shownNanos = 0;
            shownTenth = -1;
        }
        boolean complete = progress.done() == progress.total();
        if (redraws) {
            redraw(progress, complete);
        } else {
            long tenth = progress.total() == 0 ? 10 : progress.done() * 10 / progress.total();
            if (tenth > shownTenth) {
                shownTenth = tenth;
                notes.println(line(progress));
            }
        }
        notes.flush();
    }

    private void redraw(DownloadProgress progress, boolean complete) {
        long now = System.nanoTime();
        if (complete || now - shownNanos > REDRAW_NANOS) {
            shownNanos = now;
            String line = line(progress);
            notes.print("\r" + line + " ".repeat(Math.max(0, WIDTH - line.length())) + (complete ? "\n" : ""));
        }
    }

    private String line(DownloadProgress progress) {
        double seconds = (System.nanoTime() - startNanos) / 1e9;
        long here = progress.done() - startBytes;
        String speed = seconds < 0.5 ? "" : ", " + Sizes.bytes((long) (here / seconds)) + "/s";
        return file + ": " + Sizes.bytes(progress.done()) + " of " + Sizes.bytes(progress.total()) + speed;
    }
}
