package dev.demitasse.examples.server;

import dev.demitasse.chat.ContextOverflowException;
import dev.demitasse.chat.ModelBusyException;
import dev.demitasse.chat.ModelClosedException;
import dev.demitasse.chat.StructuredOutputException;
import dev.demitasse.chat.TemplateException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A request that is answered with an error, in the form OpenAI's clients read. */
final class ApiException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private static final System.Logger LOG = System.getLogger(ApiException.class.getPackageName());
    private static final String INVALID = "invalid_request_error";
    private static final String SERVER = "server_error";

    private static final String RETRY_AFTER_SECONDS = "2";

    private final int status;
    private final String type;
    private final @Nullable String code;
    private final @Nullable String field;
    private final transient Map<String, String> headers = new LinkedHashMap<>();

    private ApiException(int status, String type, @Nullable String code, @Nullable String field, String message) {
        // No stack trace and no cause: this is an answer, not an accident.
        super(message, null, false, false);
        this.status = status;
        this.type = type;
        this.code = code;
        this.field = field;
    }

    /** A field of the request's body that cannot be used. */
    static ApiException badField(String field, String message) {
        return new ApiException(400, INVALID, "invalid_value", field, field + ": " + message);
    }

    /** A field that asks for something this server or its model does not have. */
    static ApiException unsupported(String field, String message) {
        return new ApiException(400, INVALID, "unsupported_value", field, field + " is not supported: " + message);
    }

    static ApiException badRequest(String message) {
        return new ApiException(400, INVALID, "invalid_request", null, message);
    }

    /** A field whose text is longer than the context. */
    static ApiException contextOverflow(String field, String message) {
        return new ApiException(400, INVALID, "context_length_exceeded", field, message);
    }

    static ApiException unauthorized(String message) {
        ApiException refused = new ApiException(401, "authentication_error", "invalid_api_key", null, message);
        refused.headers.put("WWW-Authenticate", "Bearer");
        return refused;
    }

    static ApiException forbidden(String message) {
        return new ApiException(403, "permission_error", "forbidden", null, message);
    }

    static ApiException notFound(String message) {
        return new ApiException(404, INVALID, "not_found", null, message);
    }

    static ApiException methodNotAllowed(String method, String path, String allowed) {
        ApiException refused = new ApiException(
                405, INVALID, "method_not_allowed", null, path + " answers " + allowed + ", not " + method);
        refused.headers.put("Allow", allowed);
        return refused;
    }

    static ApiException bodyTooLarge(int limit) {
        return new ApiException(413, INVALID, "body_too_large", null, "the body is larger than " + limit + " bytes");
    }

    static ApiException tooManyRequests(String message) {
        ApiException refused = new ApiException(429, "rate_limit_error", "queue_full", null, message);
        refused.headers.put("Retry-After", RETRY_AFTER_SECONDS);
        return refused;
    }

    static ApiException internal() {
        return new ApiException(500, SERVER, "internal_error", null, "the server failed; its log says why");
    }

    static ApiException shuttingDown() {
        ApiException refused = new ApiException(503, SERVER, "shutting_down", null, "the server is shutting down");
        refused.headers.put("Connection", "close");
        return refused;
    }

    static ApiException timeout(long seconds) {
        return new ApiException(
                504,
                SERVER,
                "timeout",
                null,
                "the reply was not complete after " + seconds + " seconds: ask for fewer tokens, or try again later");
    }

    /** What a client is told about any failure. What no client can have caused goes to the log. */
    static ApiException of(Throwable failure) {
        String message = String.valueOf(failure.getMessage());
        return switch (failure) {
            case ApiException exception -> exception;
            case ContextOverflowException overflow ->
                contextOverflow(
                        "messages",
                        "the conversation takes " + (overflow.needed() - 1)
                                + " tokens and leaves no room for an answer: the context holds " + overflow.available()
                                + " tokens. Shorten it");
            case TemplateException _, StructuredOutputException _ -> badRequest(message);
            case ModelBusyException _ -> tooManyRequests(message);
            case ModelClosedException _ -> shuttingDown();
            default -> {
                // In the message, since the command line's log format has no place for a stack.
                StringWriter stack = new StringWriter();
                failure.printStackTrace(new PrintWriter(stack));
                LOG.log(System.Logger.Level.ERROR, "a request failed: " + stack);
                yield internal();
            }
        };
    }

    int status() {
        return status;
    }

    /** Headers that the status asks for. */
    Map<String, String> headers() {
        return headers;
    }

    /** {@code {"error": {"message": ..., "type": ..., "param": ..., "code": ...}}}. */
    Map<String, Object> toJson() {
        Map<String, @Nullable Object> error = new LinkedHashMap<>();
        error.put("message", getMessage());
        error.put("type", type);
        error.put("param", field);
        error.put("code", code);
        return Map.of("error", error);
    }

    /** {@code {"type": "error", "code": ..., "message": ..., "param": ...}}: what ends a stream of a response. */
    Map<String, @Nullable Object> toEvent() {
        Map<String, @Nullable Object> event = new LinkedHashMap<>();
        event.put("type", "error");
        event.put("code", code);
        event.put("message", getMessage());
        event.put("param", field);
        // It is the last.
        event.put("sequence_number", Integer.MAX_VALUE);
        return event;
    }

    /** {@code {"error": "..."}}: what Ollama's clients read. */
    Map<String, Object> toOllamasJson() {
        return Map.of("error", String.valueOf(getMessage()));
    }
}
