package dev.demitasse.hub;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Proxies as {@code https_proxy}, {@code http_proxy}, {@code all_proxy} and {@code no_proxy} name them, in either case;
 * where they name none, the JVM's own ({@code -Dhttps.proxyHost}). This machine is reached without.
 */
final class EnvironmentProxies extends ProxySelector {
    private final Map<String, String> environment;
    private final @Nullable ProxySelector otherwise;

    EnvironmentProxies(Map<String, String> environment, @Nullable ProxySelector otherwise) {
        this.environment = environment;
        this.otherwise = otherwise;
    }

    @Override
    public List<Proxy> select(URI uri) {
        Origin origin = Origin.of(uri);
        if (origin.isLoopback() || isExempt(origin.host())) {
            return List.of(Proxy.NO_PROXY);
        }
        String proxy = variable(origin.scheme() + "_proxy");
        if (proxy.isEmpty()) {
            proxy = variable("all_proxy");
        }
        if (!proxy.isEmpty()) {
            return List.of(new Proxy(Proxy.Type.HTTP, address(proxy)));
        }
        return otherwise == null ? List.of(Proxy.NO_PROXY) : otherwise.select(uri);
    }

    private static InetSocketAddress address(String proxy) {
        // Passwords are of no use here and do not belong in messages.
        String open = proxy.replaceFirst("(?s)^(?:([^:/]*)://)?.*@", "$1://").replaceFirst("^://", "");
        URI uri;
        try {
            uri = new URI(open.contains("://") ? open : "http://" + open);
        } catch (URISyntaxException _) {
            throw unusable(open);
        }
        if (uri.getHost() == null || !uri.getScheme().matches("(?i)https?")) {
            throw unusable(open);
        }
        return InetSocketAddress.createUnresolved(uri.getHost(), uri.getPort() < 0 ? 8080 : uri.getPort());
    }

    private static IllegalArgumentException unusable(String proxy) {
        return new IllegalArgumentException(
                "a proxy is set to " + proxy + "; expected http://host:port (other kinds are not supported)");
    }

    private boolean isExempt(String host) {
        for (String entry : variable("no_proxy").split(",", -1)) {
            String name = entry.strip().toLowerCase(Locale.ROOT).replaceFirst("^\\*?\\.", "");
            if (name.equals("*") || (!name.isEmpty() && (host.equals(name) || host.endsWith("." + name)))) {
                return true;
            }
        }
        return false;
    }

    private String variable(String name) {
        String value = environment.get(name);
        return (value == null ? environment.getOrDefault(name.toUpperCase(Locale.ROOT), "") : value).strip();
    }

    @Override
    public void connectFailed(URI uri, SocketAddress address, IOException failure) {
        if (otherwise != null) {
            otherwise.connectFailed(uri, address, failure);
        }
    }
}
