package dev.demitasse.examples.server;

/**
 * Whether a reply is sent while it is written.
 *
 * @param on yes
 * @param includeUsage whether the stream ends with the number of tokens
 */
record StreamMode(boolean on, boolean includeUsage) {
    /** The fields {@code stream} and {@code stream_options}. */
    static StreamMode read(Fields fields) {
        boolean on = fields.flag("stream");
        Fields options = fields.object("stream_options");
        if (options != null && !on) {
            throw ApiException.badField("stream_options", "only allowed together with \"stream\": true");
        }
        return new StreamMode(on, options != null && options.flag("include_usage"));
    }
}
