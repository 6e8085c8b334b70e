package dev.demitasse.core.format;

import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A model file that is damaged, truncated, missing or not supported. The message reads
 * {@code <file>: <place>: found <found>; expected <expected>. <advice>}, and each part can be asked for.
 */
public final class FileFormatException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What is wrong, for programs. */
    public enum Kind {
        /** The file ends before what it promises. */
        TRUNCATED,
        /** The file does not start as its format does. */
        BAD_MAGIC,
        /** A version or byte order of the format that this library does not read. */
        UNSUPPORTED_VERSION,
        /** More entries, tensors or shards than any model has. */
        COUNT_TOO_LARGE,
        /** A string longer than the file or than its place allows. */
        STRING_TOO_LONG,
        /** An array longer than any model has. */
        ARRAY_TOO_LONG,
        /** A metadata value of a type that the format does not define. */
        UNKNOWN_METADATA_TYPE,
        /** An array of arrays. */
        NESTED_ARRAY,
        /** Bytes that are not UTF-8 where text must be. */
        BAD_UTF8,
        /** A metadata key that is empty. */
        BAD_KEY,
        /** The same metadata key twice. */
        DUPLICATE_KEY,
        /** The same tensor name twice. */
        DUPLICATE_TENSOR,
        /** The alignment is not a power of two. */
        BAD_ALIGNMENT,
        /** A tensor that does not start on the file's alignment. */
        MISALIGNED_OFFSET,
        /** A tensor whose bytes lie outside the file. */
        OFFSET_OUT_OF_FILE,
        /** Offsets that are negative or reversed. */
        BAD_OFFSETS,
        /** Two tensors that share bytes. */
        OVERLAP,
        /** Bytes that belong to no tensor. */
        GAP,
        /** Bytes after the last tensor where the format allows none. */
        TRAILING_BYTES,
        /** A tensor type number or name that the format does not define. */
        UNKNOWN_TENSOR_TYPE,
        /** A tensor type that is known, but has no kernels here. */
        UNSUPPORTED_TENSOR_TYPE,
        /** More values or bytes than 63 bits can count. */
        DIM_OVERFLOW,
        /** A dimension that is zero or negative, or too many dimensions. */
        BAD_DIM,
        /** A row that is not a whole number of blocks. */
        BLOCK_MISMATCH,
        /** A header length that is zero, too large or beyond the file. */
        BAD_HEADER_LENGTH,
        /** Text that is not JSON, or JSON of the wrong outline. */
        BAD_JSON,
        /** A header field that is missing or of the wrong type. */
        BAD_HEADER,
        /** A name in an index that leads outside the folder. */
        PATH_ESCAPE,
        /** A file that should be there. */
        MISSING_FILE,
        /** A file that the operating system does not let us read. */
        UNREADABLE,
        /** A file that changed after it was opened. */
        CHANGED,
        /** A required metadata or configuration key that is absent. */
        MISSING_KEY,
        /** A metadata value of another type than its key has. */
        METADATA_TYPE,
        /** A value out of its range. */
        BAD_VALUE,
        /** Lists that should be of the same length. */
        LENGTH_MISMATCH,
        /** A tensor that the model needs. */
        MISSING_TENSOR,
        /** A tensor that the model does not use. */
        EXTRA_TENSOR,
        /** A tensor of another shape or size than it must have. */
        SHAPE_MISMATCH,
        /** A model architecture that this library does not run. */
        UNSUPPORTED_ARCHITECTURE,
        /** A tokenizer that this library does not have. */
        UNSUPPORTED_TOKENIZER,
        /** A feature that this library does not have. */
        UNSUPPORTED,
        /** Weights that are NaN or infinite. */
        NON_FINITE
    }

    private static final int MAX_PART = 300;

    private final Kind kind;
    private final transient Path file;
    private final String place;
    private final String found;
    private final String expected;
    private final String advice;

    /**
     * Makes the exception.
     *
     * @param kind what is wrong, for programs
     * @param file the file it is wrong with, as the caller named it
     * @param place where in the file: {@code "byte 24"}, {@code "key general.architecture"}, {@code "tensor blk.0.attn_q.weight"}
     * @param found what is there
     * @param expected what should be there
     * @param advice what to do next, a sentence; empty if there is nothing to add
     */
    public FileFormatException(Kind kind, Path file, String place, String found, String expected, String advice) {
        this(kind, file, place, found, expected, advice, null);
    }

    /** As the other constructor, with the exception that told. */
    public FileFormatException(
            Kind kind,
            Path file,
            String place,
            String found,
            String expected,
            String advice,
            @Nullable Throwable cause) {
        super(
                file + ": " + readable(place) + ": found " + readable(found) + "; expected " + readable(expected) + "."
                        + (advice.isEmpty() ? "" : " " + advice),
                cause);
        this.kind = kind;
        this.file = file;
        this.place = place;
        this.found = found;
        this.expected = expected;
        this.advice = advice;
    }

    /** What most refusals are: bytes that cannot be what the writer of the file meant. */
    static FileFormatException damaged(Kind kind, Path file, String place, String found, String expected) {
        return new FileFormatException(
                kind, file, place, found, expected, "The file is damaged or incomplete; download or convert it again.");
    }

    /** Names come from the file: they may be long, and may hold what a terminal would obey. */
    private static String readable(String text) {
        StringBuilder readable = new StringBuilder();
        text.codePoints().limit(MAX_PART).forEach(c -> {
            if (Character.isISOControl(c) || Character.getType(c) == Character.FORMAT) {
                readable.append(String.format(Locale.ROOT, "\\u%04x", c));
            } else {
                readable.appendCodePoint(c);
            }
        });
        return text.codePointCount(0, text.length()) > MAX_PART ? readable + "..." : readable.toString();
    }

    /** What is wrong, for programs. */
    public Kind kind() {
        return kind;
    }

    /** The file it is wrong with. */
    public Path file() {
        return file;
    }

    /** Where in the file. */
    public String place() {
        return place;
    }

    /** What was found there. */
    public String found() {
        return found;
    }

    /** What should have been there. */
    public String expected() {
        return expected;
    }

    /** What to do next; may be empty. */
    public String advice() {
        return advice;
    }
}
