package dev.demitasse.examples.launcher;

import java.lang.reflect.InvocationTargetException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/**
 * Main class of the executable jar. On Java 25 or later it switches the Vector API on and runs the command line in
 * this process; otherwise it starts itself again on a Java 25 that it finds.
 *
 * <p>It also starts itself again, on the same Java, where the locale cannot express the arguments: under the POSIX
 * locale Java reads Chinese arguments and file names as question marks.
 */
public final class Launcher {
    static final int OLDEST_JAVA = 25;
    private static final String COMMAND_LINE = "dev.demitasse.examples.cli.Main";
    private static final int CANNOT_START = 2;

    private Launcher() {}

    /** Runs the command line; ends with its exit status. */
    public static void main(String[] arguments) throws Exception {
        String[] handedOver = Relaunch.argumentsHandedOver();
        String[] intended = handedOver != null ? handedOver : Relaunch.recover(arguments, platformCharset());
        boolean readable = handedOver != null || isReadableHere(intended);
        if (Runtime.version().feature() >= OLDEST_JAVA && readable) {
            enableVectorApi();
            runInThisProcess(intended);
            return;
        }
        Optional<Path> java = Runtime.version().feature() >= OLDEST_JAVA
                ? Optional.of(Path.of(System.getProperty("java.home")))
                : JavaHomes.oldestSupported(OLDEST_JAVA);
        if (java.isEmpty() || handedOver != null) {
            System.err.println("demitasse needs Java " + OLDEST_JAVA + " or later. This is Java "
                    + System.getProperty("java.version") + " (" + System.getProperty("java.home")
                    + "), and no newer one was found in JAVA25_HOME, JAVA_HOME or the usual places."
                    + " Install a JDK " + OLDEST_JAVA + ", for example from https://adoptium.net,"
                    + " or set JAVA25_HOME to the folder of one.");
            System.exit(CANNOT_START);
        } else {
            System.exit(Relaunch.on(java.get(), intended, platformCharset()));
        }
    }

    /**
     * Loads the Vector API's module, which {@code java -jar} has no manifest entry for. The method is internal to the
     * JDK and open to this jar by the manifest's {@code Add-Exports}; without it scalar kernels run.
     */
    private static void enableVectorApi() {
        if (ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()) {
            return;
        }
        try {
            Class.forName("jdk.internal.module.Modules")
                    .getMethod("loadModule", String.class)
                    .invoke(null, "jdk.incubator.vector");
        } catch (ReflectiveOperationException | RuntimeException | LinkageError ignored) {
            // The library notices, warns, and says which flag to add.
        }
    }

    private static void runInThisProcess(String[] arguments) throws Exception {
        try {
            Class.forName(COMMAND_LINE).getMethod("main", String[].class).invoke(null, (Object) arguments);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof Exception exception) {
                throw exception;
            }
            throw e;
        }
    }

    /** How this process reads arguments and file names, and writes file names. */
    private static Charset platformCharset() {
        return Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));
    }

    private static boolean isReadableHere(String[] arguments) {
        if (System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("windows")) {
            return true;
        }
        return platformCharset().equals(StandardCharsets.UTF_8) || Relaunch.isAscii(arguments);
    }
}
