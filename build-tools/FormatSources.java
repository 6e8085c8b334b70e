import com.palantir.javaformat.java.Formatter;
import com.palantir.javaformat.java.FormatterException;
import com.palantir.javaformat.java.JavaFormatterOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Checks that every Java file of the working directory has palantir-java-format's layout, or gives it that layout.
 * Run by this folder's pom.xml with one argument, {@code check} or {@code apply}.
 */
final class FormatSources {
    private static final JavaFormatterOptions STYLE = JavaFormatterOptions.builder()
            .style(JavaFormatterOptions.Style.PALANTIR)
            .build();

    private FormatSources() {}

    /** Formats or checks; exits with 1 when a file is not formatted and only a check was asked for. */
    public static void main(String[] arguments) throws IOException, FormatterException {
        boolean apply = arguments.length == 1 && arguments[0].equals("apply");
        Formatter formatter = Formatter.createFormatter(STYLE);
        List<Path> different = new ArrayList<>();
        for (Path file : javaFiles()) {
            String source = Files.readString(file);
            String formatted;
            try {
                formatted = formatter.formatSourceAndFixImports(source);
            } catch (FormatterException unreadable) {
                System.err.println(file + ": " + unreadable.getMessage());
                different.add(file);
                continue;
            }
            if (!formatted.equals(source)) {
                different.add(file);
                if (apply) {
                    Files.writeString(file, formatted);
                }
            }
        }
        for (Path file : different) {
            System.err.println((apply ? "formatted " : "not formatted: ") + file);
        }
        if (!apply && !different.isEmpty()) {
            System.err.println("To format: mvn -q -pl build-tools verify -Dformat=apply");
            System.exit(1);
        }
    }

    private static List<Path> javaFiles() throws IOException {
        try (var paths = Files.walk(Path.of("."))) {
            return paths.map(Path::normalize)
                    .filter(path -> path.toString().endsWith(".java"))
                    .filter(path -> !isGenerated(path))
                    .sorted()
                    .toList();
        }
    }

    private static boolean isGenerated(Path path) {
        for (Path part : path) {
            if (part.toString().equals("target") || part.toString().startsWith(".")) {
                return true;
            }
        }
        return false;
    }
}
