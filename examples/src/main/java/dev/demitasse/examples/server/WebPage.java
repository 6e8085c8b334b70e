package dev.demitasse.examples.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** The parts of the web page: a fixed list of resources, so that no path can lead anywhere else. */
final class WebPage {
    private static final String SCRIPT = "text/javascript; charset=utf-8";
    private static final Map<String, Part> PARTS = Map.of(
            "/", new Part("index.html", "text/html; charset=utf-8"),
            "/style.css", new Part("style.css", "text/css; charset=utf-8"),
            "/icon.svg", new Part("icon.svg", "image/svg+xml"),
            "/app.js", new Part("app.js", SCRIPT),
            "/api.js", new Part("api.js", SCRIPT),
            "/view.js", new Part("view.js", SCRIPT),
            "/markdown.js", new Part("markdown.js", SCRIPT),
            "/highlight.js", new Part("highlight.js", SCRIPT),
            "/store.js", new Part("store.js", SCRIPT),
            "/texts.js", new Part("texts.js", SCRIPT));

    private record Part(String resource, String contentType) {}

    private WebPage() {}

    static boolean isPart(String path) {
        return PARTS.containsKey(path);
    }

    /** What answers each path of the page. */
    static Map<String, Handler> load() {
        Map<String, Handler> handlers = new LinkedHashMap<>();
        PARTS.forEach((path, part) -> {
            byte[] content = read(part.resource());
            handlers.put(path, exchange -> {
                exchange.setHeader("Cache-Control", "no-cache");
                exchange.respond(200, part.contentType(), content);
            });
        });
        return handlers;
    }

    private static byte[] read(String resource) {
        try (InputStream in = WebPage.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException("the jar lacks " + resource + "; build it again");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
