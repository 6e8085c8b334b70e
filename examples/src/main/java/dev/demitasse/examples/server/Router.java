package dev.demitasse.examples.server;

import dev.demitasse.chat.LanguageModel;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/** Which path is answered by what, and how failures are told. Every request passes here, on a thread of its own. */
final class Router {
    private static final String VERSION = "/v1";
    private static final int CLIENT_CLOSED_REQUEST = 499;

    private final Map<String, Map<String, Handler>> routes = new HashMap<>();
    private final AccessRules rules;
    private final Admission admission;
    private final Metrics metrics = new Metrics();
    private final InFlight inFlight = new InFlight();

    Router(LanguageModel model, ServerSettings settings, Admission admission) {
        this.admission = admission;
        this.rules = new AccessRules(settings);
        metrics.gauge("demitasse_requests_running", "Replies being written.", admission::running);
        metrics.gauge("demitasse_requests_waiting", "Requests in the queue.", admission::waiting);
        metrics.gauge("demitasse_kv_cache_bytes", "Memory of keys and values.", () ->
                (double) model.stats().kvBytes());
        metrics.gauge("demitasse_kv_cache_budget_bytes", "Memory they may take.", () ->
                (double) model.stats().kvBudget());
        ServedModel served = ServedModel.of(model.info());
        Replies replies = new Replies(admission, metrics);
        versioned("POST", "/chat/completions", new ChatCompletions(model, served, replies));
        versioned("POST", "/responses", new Responses(model, served, replies));
        versioned("POST", "/completions", new TextCompletions(model, served, replies));
        versioned(
                "GET",
                "/models",
                exchange -> exchange.respondJson(200, new ServedModel.Listing("list", List.of(served.toJson()))));
        versioned("GET", "/models/" + served.id(), exchange -> exchange.respondJson(200, served.toJson()));
        Embeddings embeddings = new Embeddings(model, served, replies);
        versioned("POST", "/embeddings", embeddings::openAis);
        route("POST", "/api/embed", embeddings::ollamas);
        OllamaApi ollama = new OllamaApi(model, served, replies);
        route("POST", "/api/chat", ollama::chat);
        route("POST", "/api/generate", ollama::generate);
        OllamaModels ollamaModels = new OllamaModels(model, served);
        route("GET", "/api/tags", ollamaModels::tags);
        route("GET", "/api/ps", ollamaModels::running);
        route("POST", "/api/show", ollamaModels::show);
        route("GET", "/api/version", ollamaModels::version);
        versioned("GET", "/health", this::health);
        versioned(
                "GET",
                "/metrics",
                exchange -> exchange.respond(200, "text/plain; version=0.0.4; charset=utf-8", metrics.write()));
        WebPage.load().forEach((path, page) -> route("GET", path, page));
    }

    void countConnections(IntSupplier connections) {
        metrics.gauge("demitasse_connections", "Open connections.", connections);
    }

    private void versioned(String method, String path, Handler handler) {
        route(method, path, handler);
        route(method, VERSION + path, handler);
    }

    private void route(String method, String path, Handler handler) {
        routes.computeIfAbsent(path, _ -> new HashMap<>()).put(method, handler);
    }

    private void health(Exchange exchange) {
        admission.checkOpen();
        exchange.respondJson(200, Map.of("status", "ok"));
    }

    /** Answers a request, whatever happens. */
    void answer(Exchange exchange) {
        inFlight.enter();
        long start = System.nanoTime();
        int status = CLIENT_CLOSED_REQUEST;
        try {
            status = tryToAnswer(exchange);
        } catch (ClientGoneException _) {
            // Nobody is there to be told.
        } finally {
            metrics.answered(knownPath(exchange), status, System.nanoTime() - start);
            inFlight.leave();
        }
    }

    private int tryToAnswer(Exchange exchange) {
        try {
            rules.writeHeaders(exchange);
            rules.check(exchange);
            if (exchange.method().equals("OPTIONS")) {
                rules.preflight(exchange);
            } else {
                handler(exchange).handle(exchange);
            }
        } catch (InterruptedException _) {
            fail(exchange, ApiException.shuttingDown());
        } catch (ClientGoneException gone) {
            throw gone;
        } catch (Throwable failure) {
            fail(exchange, ApiException.of(failure));
        }
        return exchange.status();
    }

    private void fail(Exchange exchange, ApiException failure) {
        // A shutdown interrupts too, and then there is still a client to tell; if it left, sending fails at once.
        boolean _ = Thread.interrupted();
        if (exchange.responded()) {
            exchange.breakOff();
            throw new ClientGoneException();
        }
        failure.headers().forEach(exchange::setHeader);
        boolean ollamas = exchange.path().startsWith("/api/");
        exchange.respondJson(failure.status(), ollamas ? failure.toOllamasJson() : failure.toJson());
    }

    private Handler handler(Exchange exchange) {
        Map<String, Handler> methods = routes.get(exchange.path());
        if (methods == null) {
            throw ApiException.notFound("there is no " + abbreviated(exchange.path()) + " here");
        }
        Handler handler = methods.get(exchange.method().equals("HEAD") ? "GET" : exchange.method());
        if (handler == null) {
            String allowed = String.join(", ", new TreeSet<>(methods.keySet()));
            throw ApiException.methodNotAllowed(exchange.method(), exchange.path(), allowed);
        }
        return handler;
    }

    private static String abbreviated(String path) {
        return path.length() <= 100 ? path : path.substring(0, 100) + "...";
    }

    /** The path if it is one of the routes: a label of a metric must not be the client's invention. */
    private @Nullable String knownPath(Exchange exchange) {
        return routes.containsKey(exchange.path()) ? exchange.path() : null;
    }

    boolean awaitIdle(Duration atMost) {
        return inFlight.awaitNone(atMost);
    }

    void interruptAll() {
        inFlight.interruptAll();
    }
}
