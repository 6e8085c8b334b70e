package dev.demitasse.chat;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The Jinja text of a chat template in a normal form, so that spellings which cannot render differently have the same
 * fingerprint: white space that Jinja drops (with {@code trim_blocks} and {@code lstrip_blocks}, as transformers sets
 * them), comments, white space inside tags, quotes, {@code x['y']} for {@code x.y}. The default system message, which
 * fine-tuned models change, is taken out of the form and kept apart.
 */
final class TemplateSource {
    private static final String SYSTEM_START = "<|im_start|>system\n";
    private static final String SYSTEM_END = "<|im_end|>\n";
    private static final String SYSTEM_PLACE = "{default system message}";

    /** A part of the template: text, or a tag with its tokens. */
    private record Part(Kind kind, List<Token> tokens) {}

    private enum Kind {
        TEXT,
        OUTPUT,
        STATEMENT
    }

    /** A token of a tag, or the text between tags as one literal. */
    private record Token(boolean literal, String value) {}

    private final String source;
    private final List<Part> parts = new ArrayList<>();
    private @Nullable String defaultSystem;

    private TemplateSource(String source) {
        this.source = source;
    }

    /**
     * Brings a template into its normal form.
     *
     * @throws TemplateException if a tag or a string has no end
     */
    static TemplateSource parse(String source) {
        TemplateSource template = new TemplateSource(source.replace("\r\n", "\n"));
        template.split();
        template.defaultSystem = template.findDefaultSystem();
        return template;
    }

    /** What a conversation without a system message begins with, or null if that is nothing. */
    @Nullable
    String defaultSystem() {
        return defaultSystem;
    }

    /** SHA-256 of the normal form, in hexadecimal. */
    String fingerprint() {
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-256").digest(normalForm().getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** The normal form: a line a part. */
    String normalForm() {
        StringBuilder form = new StringBuilder();
        for (Part part : parts) {
            form.append(part.kind().name().toLowerCase(Locale.ROOT));
            for (Token token : part.tokens()) {
                form.append(' ')
                        .append(token.literal() ? PythonJson.write(withoutSystem(token.value())) : token.value());
            }
            form.append('\n');
        }
        return form.toString();
    }

    private String withoutSystem(String literal) {
        if (defaultSystem == null) {
            return literal;
        }
        if (literal.equals(defaultSystem)) {
            return SYSTEM_PLACE;
        }
        return literal.replace(SYSTEM_START + defaultSystem + SYSTEM_END, SYSTEM_START + SYSTEM_PLACE + SYSTEM_END);
    }

    private @Nullable String findDefaultSystem() {
        for (Part part : parts) {
            for (Token token : part.tokens()) {
                String value = token.value();
                if (token.literal()
                        && value.startsWith(SYSTEM_START)
                        && value.endsWith(SYSTEM_END)
                        && value.length() > SYSTEM_START.length() + SYSTEM_END.length()) {
                    return value.substring(SYSTEM_START.length(), value.length() - SYSTEM_END.length());
                }
            }
        }
        return null;
    }

    private void split() {
        int position = 0;
        String closed = "";
        while (position < source.length()) {
            int tag = nextTag(position);
            text(source.substring(position, tag), closed, tag);
            if (tag == source.length()) {
                return;
            }
            int end = endOfTag(tag);
            switch (source.charAt(tag + 1)) {
                case '{' -> parts.add(new Part(Kind.OUTPUT, tokens(tag, end)));
                case '%' -> parts.add(new Part(Kind.STATEMENT, tokens(tag, end)));
                default -> {} // a comment
            }
            closed = source.substring(end - 3, end);
            position = end;
        }
    }

    private int nextTag(int from) {
        for (int i = from; i + 1 < source.length(); i++) {
            if (source.charAt(i) == '{' && "{%#".indexOf(source.charAt(i + 1)) >= 0) {
                return i;
            }
        }
        return source.length();
    }

    /** Adds the text before the tag at {@code tag}, which ends the source if there is none. */
    private void text(String raw, String closed, int tag) {
        String text = raw;
        if (closed.startsWith("-")) {
            text = text.stripLeading();
        } else if ((closed.endsWith("%}") || closed.endsWith("#}")) && text.startsWith("\n")) {
            text = text.substring(1);
        }
        if (tag == source.length()) {
            text = text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
        } else if (source.startsWith("-", tag + 2)) {
            text = text.stripTrailing();
        } else if (source.charAt(tag + 1) != '{') {
            text = withoutIndentation(text, raw.length() == tag);
        }
        if (!text.isEmpty()) {
            parts.add(new Part(Kind.TEXT, List.of(new Token(true, text))));
        }
    }

    /** Drops spaces between the start of the last line and its end; a line that a tag began has no start here. */
    private static String withoutIndentation(String text, boolean startsSource) {
        int line = text.lastIndexOf('\n');
        boolean wholeLine = line >= 0 || startsSource;
        return wholeLine && text.substring(line + 1).isBlank() ? text.substring(0, line + 1) : text;
    }

    private int endOfTag(int tag) {
        String end = switch (source.charAt(tag + 1)) {
            case '{' -> "}}";
            case '%' -> "%}";
            default -> "#}";
        };
        for (int i = tag + 2; i < source.length(); i++) {
            if (source.startsWith(end, i)) {
                return i + 2;
            }
            if (!end.equals("#}") && isQuote(source.charAt(i))) {
                i = endOfString(i) - 1;
            }
        }
        throw new TemplateException("the chat template is damaged: the tag at character " + tag + " has no end");
    }

    private int endOfString(int start) {
        for (int i = start + 1; i < source.length(); i++) {
            if (source.charAt(i) == '\\') {
                i++;
            } else if (source.charAt(i) == source.charAt(start)) {
                return i + 1;
            }
        }
        throw new TemplateException("the chat template is damaged: the string at character " + start + " has no end");
    }

    private List<Token> tokens(int tag, int end) {
        List<Token> tokens = new ArrayList<>();
        int from = tag + (source.startsWith("-", tag + 2) ? 3 : 2);
        int to = end - (source.startsWith("-", end - 3) ? 3 : 2);
        for (int i = from; i < to; ) {
            char c = source.charAt(i);
            int next = i + 1;
            if (isQuote(c)) {
                next = endOfString(i);
                tokens.add(new Token(true, unescape(source.substring(i + 1, next - 1))));
            } else if (isWord(c)) {
                while (next < to && isWord(source.charAt(next))) {
                    next++;
                }
                tokens.add(new Token(false, source.substring(i, next)));
            } else if (!Character.isWhitespace(c)) {
                tokens.add(new Token(false, String.valueOf(c)));
                joinSubscript(tokens);
            }
            i = next;
        }
        return tokens;
    }

    /** Turns {@code x['y']} at the end of the tokens into {@code x.y}. */
    private static void joinSubscript(List<Token> tokens) {
        int size = tokens.size();
        if (size < 4 || !isOperator(tokens.get(size - 1), "]") || !isOperator(tokens.get(size - 3), "[")) {
            return;
        }
        Token name = tokens.get(size - 2);
        Token owner = tokens.get(size - 4);
        boolean subscript = !owner.literal()
                && (isWord(owner.value().charAt(0)) || owner.value().equals("]"));
        if (subscript
                && name.literal()
                && !name.value().isEmpty()
                && name.value().chars().allMatch(c -> isWord((char) c))) {
            tokens.subList(size - 3, size).clear();
            tokens.add(new Token(false, "."));
            tokens.add(new Token(false, name.value()));
        }
    }

    private static boolean isOperator(Token token, String operator) {
        return !token.literal() && Objects.equals(token.value(), operator);
    }

    private static String unescape(String literal) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < literal.length(); i++) {
            char c = literal.charAt(i);
            if (c != '\\' || i + 1 == literal.length()) {
                text.append(c);
                continue;
            }
            char escaped = literal.charAt(++i);
            switch (escaped) {
                case 'n' -> text.append('\n');
                case 't' -> text.append('\t');
                case 'r' -> text.append('\r');
                case '\\', '\'', '"' -> text.append(escaped);
                // other escapes stay as they are written: no known template has them
                default -> text.append('\\').append(escaped);
            }
        }
        return text.toString();
    }

    private static boolean isQuote(char c) {
        return c == '\'' || c == '"';
    }

    private static boolean isWord(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    }
}
