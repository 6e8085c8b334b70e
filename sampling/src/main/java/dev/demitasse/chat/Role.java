package dev.demitasse.chat;

/**
 * Who speaks in a {@link Message}. Chat templates know the four roles named here; some write other names as they are,
 * some leave such messages out.
 *
 * @param name as JSON requests spell it: {@code "user"}
 */
public record Role(String name) {
    /** Instructions for the whole conversation. */
    public static final Role SYSTEM = new Role("system");

    /** The person, or the program, that asks. */
    public static final Role USER = new Role("user");

    /** The model. */
    public static final Role ASSISTANT = new Role("assistant");

    /** The result of a tool that the assistant called. */
    public static final Role TOOL = new Role("tool");

    /** The name alone. */
    @Override
    public String toString() {
        return name;
    }
}
