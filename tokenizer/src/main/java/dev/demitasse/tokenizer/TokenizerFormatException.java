package dev.demitasse.tokenizer;

/** A vocabulary that is damaged or not supported: says what was found, where, and what was expected. */
public final class TokenizerFormatException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What kind of fault was found. More kinds may be added. */
    public enum Fault {
        /** Not well-formed JSON: cut off, empty, nested too deeply, or followed by something else. */
        BAD_JSON,
        /** A JSON value of another type than expected. */
        BAD_JSON_TYPE,
        /** Text that is not valid UTF-8 or holds half a surrogate pair. */
        BAD_UTF8,
        /** A value that is out of range or makes no sense. */
        BAD_VALUE,
        /** A merge that is malformed, given twice, or about tokens that do not exist. */
        BAD_MERGE,
        /** Something required is not there. */
        MISSING_KEY,
        /** A JSON key given twice. */
        DUPLICATE_KEY,
        /** One of the 256 single-byte tokens is not there. */
        MISSING_BYTE,
        /** Two tokens with one id. */
        DUPLICATE_ID,
        /** Two ids with one text. */
        DUPLICATE_TOKEN,
        /** Lists that belong together differ in length. */
        LENGTH_MISMATCH,
        /** More entries or longer ones than any supported tokenizer has. */
        TOO_LARGE,
        /** A well-formed tokenizer of a kind that is not implemented. */
        UNSUPPORTED_TOKENIZER
    }

    /** The kind of fault. */
    private final Fault fault;

    /** Makes the exception. */
    public TokenizerFormatException(Fault fault, String message) {
        super(message);
        this.fault = fault;
    }

    /** Makes the exception for a fault that another exception reported. */
    public TokenizerFormatException(Fault fault, String message, Throwable cause) {
        super(message, cause);
        this.fault = fault;
    }

    /** Returns the kind of fault. */
    public Fault fault() {
        return fault;
    }
}
