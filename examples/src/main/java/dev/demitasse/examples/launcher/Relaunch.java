package dev.demitasse.examples.launcher;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The same program again in a child process, which takes over terminal, JVM arguments, signals and exit status. */
final class Relaunch {
    // Base64 of the UTF-8 arguments, each ended by NUL: passes through any locale unharmed.
    private static final String ARGUMENTS = "demitasse.arguments";

    private Relaunch() {}

    /** The arguments given by a launcher that started this one, or null when nobody did. */
    static String @Nullable [] argumentsHandedOver() {
        String encoded = System.getProperty(ARGUMENTS);
        return encoded == null ? null : splitAtNul(Base64.getUrlDecoder().decode(encoded));
    }

    /** The arguments as the user typed them, even where this locale turned them into question marks (Linux only). */
    static String[] recover(String[] arguments, Charset platform) {
        Path commandLine = Path.of("/proc/self/cmdline");
        boolean damaged = !platform.equals(StandardCharsets.UTF_8) && !isAscii(arguments);
        if (!damaged || !Files.isReadable(commandLine)) {
            return arguments;
        }
        try {
            String[] all = splitAtNul(Files.readAllBytes(commandLine));
            return Arrays.copyOfRange(all, all.length - arguments.length, all.length);
        } catch (IOException e) {
            return arguments;
        }
    }

    static boolean isAscii(String[] arguments) {
        return Arrays.stream(arguments).allMatch(argument -> argument.chars().allMatch(c -> c < 0x80));
    }

    /** Runs this program on another Java and returns its exit status. */
    static int on(Path javaHome, String[] arguments, Charset platform) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(javaHome.resolve("bin").resolve("java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.add("--add-exports=java.base/jdk.internal.module=ALL-UNNAMED");
        command.add("--enable-native-access=ALL-UNNAMED");
        command.add("-D" + ARGUMENTS + "=" + Base64.getUrlEncoder().encodeToString(joinWithNul(arguments)));
        command.add("-classpath");
        command.add(System.getProperty("java.class.path"));
        command.add(Launcher.class.getName());
        ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
        Map<String, String> environment = builder.environment();
        // Their content is among the JVM's arguments already.
        environment.remove("JDK_JAVA_OPTIONS");
        environment.remove("JAVA_TOOL_OPTIONS");
        if (!platform.equals(StandardCharsets.UTF_8) && !isWindows()) {
            environment.put("LC_ALL", "C.UTF-8");
        }
        boolean terminalSignalsBoth = isForegroundOfTerminal();
        Process child = builder.start();
        forwardInterrupts(child, terminalSignalsBoth);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> terminate(child)));
        return child.waitFor();
    }

    /** Asked to end, this process asks its child and leaves after it. */
    private static void terminate(Process child) {
        if (child.isAlive()) {
            child.destroy();
            child.onExit().join();
        }
    }

    /**
     * Ctrl-C is the child's business. A terminal sends it to both processes, so that this one only has to survive it;
     * an interrupt from elsewhere reaches this process alone and is passed on. Signal handling is not part of Java's
     * standard API: where it is missing, Ctrl-C ends both.
     */
    private static void forwardInterrupts(Process child, boolean terminalSignalsBoth) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            InvocationHandler onInterrupt = (proxy, method, parameters) -> {
                if (method.getName().equals("handle") && !terminalSignalsBoth) {
                    new ProcessBuilder("kill", "-INT", Long.toString(child.pid()))
                            .inheritIO()
                            .start();
                }
                return null;
            };
            Object proxy =
                    Proxy.newProxyInstance(Relaunch.class.getClassLoader(), new Class<?>[] {handler}, onInterrupt);
            Object interrupt = signal.getConstructor(String.class).newInstance("INT");
            signal.getMethod("handle", signal, handler).invoke(null, interrupt, proxy);
        } catch (ReflectiveOperationException | RuntimeException ignored) {
            // Ctrl-C ends both processes.
        }
    }

    /** Whether a terminal's Ctrl-C reaches this process and its children. */
    private static boolean isForegroundOfTerminal() {
        try {
            // proc(5): after the name in parentheses come state, parent, process group, session, terminal, and the
            // terminal's foreground process group.
            String status = Files.readString(Path.of("/proc/self/stat"));
            String[] fields = status.substring(status.lastIndexOf(')') + 2).split(" ", 7);
            return fields[2].equals(fields[5]);
        } catch (IOException | RuntimeException e) {
            // Not Linux: most likely a person at a terminal.
            return true;
        }
    }

    private static boolean isWindows() {
        return System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("windows");
    }

    private static byte[] joinWithNul(String[] arguments) {
        StringBuilder joined = new StringBuilder();
        for (String argument : arguments) {
            joined.append(argument).append('\0');
        }
        return joined.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static String[] splitAtNul(byte[] joined) {
        String text = new String(joined, StandardCharsets.UTF_8);
        return text.isEmpty()
                ? new String[0]
                : text.substring(0, text.length() - 1).split("\0", -1);
    }
}
