package dev.demitasse.chat;

/** A model could not be loaded: says which file, what was found, what was expected and what to do. */
public class ModelLoadException extends DemitasseException {
    private static final long serialVersionUID = 1L;

    ModelLoadException(String message) {
        super(message);
    }

    ModelLoadException(String message, Throwable cause) {
        super(message, cause);
    }
}
