package dev.demitasse.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What names and environment variables mean. */
class ModelNameTest {
    @Test
    void namesOfRepositoriesHaveFourParts() {
        assertThat(ModelName.parse("hf:Qwen/Qwen2.5-0.5B"))
                .isEqualTo(new ModelName.Repository("Qwen", "Qwen2.5-0.5B", "main", null))
                .hasToString("hf:Qwen/Qwen2.5-0.5B");
        assertThat(ModelName.parse("hf:a/b@v1.0/dir/c d.gguf"))
                .isEqualTo(new ModelName.Repository("a", "b", "v1.0", "dir/c d.gguf"))
                .hasToString("hf:a/b@v1.0/dir/c d.gguf");
    }

    @Test
    void aShortNameStandsForALongOne() {
        assertThat(ModelName.parse("Qwen2.5-0.5B"))
                .hasToString("hf:Qwen/Qwen2.5-0.5B-Instruct-GGUF/qwen2.5-0.5b-instruct-q8_0.gguf");
    }

    @Test
    void theCaseOfASchemeDoesNotMatter() {
        assertThat(ModelName.isRemote("HF:a/b")).isTrue();
        assertThat(ModelName.parse("HF:a/b")).isEqualTo(ModelName.parse("hf:a/b"));
        assertThat(ModelName.parse("HTTPS://host/X.gguf")).isEqualTo(ModelName.parse("https://host/X.gguf"));
        assertThat(ModelName.parse("File:///tmp/x.gguf")).isEqualTo(ModelName.parse("file:///tmp/x.gguf"));
    }

    @Test
    void otherTextsArePaths() {
        assertThat(ModelName.parse("models/x.gguf")).isEqualTo(new ModelName.Local(Path.of("models/x.gguf")));
        assertThat(ModelName.parse("file:///tmp/x.gguf")).isEqualTo(new ModelName.Local(Path.of("/tmp/x.gguf")));
        assertThat(ModelName.isRemote("hf:x")).isTrue();
        assertThat(ModelName.isRemote("qwen2.5-0.5b")).isTrue();
        assertThat(ModelName.isRemote("model.gguf")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "hf:",
                "hf:model",
                "hf:/a/b",
                "hf:a/../b",
                "hf:../x/y",
                "hf:a/b/../../c",
                "hf:a/b//c",
                "hf:a/b/",
                "hf:a/b@/c",
                "hf:a/b@../c",
                "hf:a/b/c\\d",
                "hf:a/b/c:d",
                "https:///x.gguf",
                "https://user:secret@host/x.gguf",
                "http://example.org/x.gguf",
                "https://host/x.gguf#sha256=12",
                "https://ho st/x.gguf"
            })
    void whatCouldMeanSomethingElseIsRefused(String name) {
        assertThatThrownBy(() -> ModelName.parse(name))
                .isInstanceOf(IllegalArgumentException.class)
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("secret"));
    }

    @Test
    void theHashBehindAnAddressIsNotSent() {
        ModelName.Web web = (ModelName.Web) ModelName.parse("https://host/x.gguf?a=b#sha256=" + "AB".repeat(32));
        assertThat(web.uri()).isEqualTo(URI.create("https://host/x.gguf?a=b"));
        assertThat(web.sha256()).isEqualTo("ab".repeat(32));
    }

    @Test
    void theCacheIsWhereTheVariablesSay() {
        Path home = Path.of(System.getProperty("user.home"));
        assertThat(HubSettings.of(Map.of()).cache()).isEqualTo(home.resolve(".cache/huggingface/hub"));
        assertThat(HubSettings.of(Map.of("XDG_CACHE_HOME", "/c")).cache()).isEqualTo(Path.of("/c/huggingface/hub"));
        assertThat(HubSettings.of(Map.of("HF_HOME", "~/h", "XDG_CACHE_HOME", "/c"))
                        .cache())
                .isEqualTo(home.resolve("h/hub"));
        assertThat(HubSettings.of(Map.of("HF_HUB_CACHE", "/hub", "HF_HOME", "/h"))
                        .cache())
                .isEqualTo(Path.of("/hub"));
        assertThat(HubSettings.of(Map.of("HF_ENDPOINT", "https://mirror.example/"))
                        .endpoint())
                .isEqualTo(URI.create("https://mirror.example"));
        assertThatThrownBy(() -> HubSettings.of(Map.of("HF_ENDPOINT", "mirror.example")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("HF_ENDPOINT");
        assertThat(HubSettings.of(Map.of("HF_HUB_OFFLINE", "Yes")).offline()).isTrue();
        assertThat(HubSettings.of(Map.of("HF_HUB_OFFLINE", "0")).offline()).isFalse();
    }

    @Test
    void anEndpointEndsWithoutASlashWhereverItIsFrom() {
        assertThat(HubSettings.of(Map.of())
                        .withEndpoint(URI.create("https://mirror.example/hf/"))
                        .endpoint())
                .isEqualTo(URI.create("https://mirror.example/hf"));
    }

    @Test
    void tokensAreStrippedAndMessagesDoNotHoldThem() {
        assertThat(HubSettings.of(Map.of()).withToken(" hf_secret\n").token()).isEqualTo("hf_secret");
        for (String token : List.of("hf_secret\nX: y", "hf secret", "hf_sécret", "")) {
            assertThatThrownBy(() -> HubSettings.of(Map.of()).withToken(token))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("HF_TOKEN")
                    .satisfies(e ->
                            assertThat(e.getMessage()).doesNotContain("secret").doesNotContain("sécret"));
        }
    }

    @Test
    void messagesDoNotHoldPasswordsOfProxies() {
        for (String proxy : List.of(
                "socks5://user:secret@proxy.example:1080",
                "http://user:pa@ss secret@proxy example:3128",
                "user:secret/@proxy example")) {
            EnvironmentProxies proxies = new EnvironmentProxies(Map.of("https_proxy", proxy), null);
            assertThatThrownBy(() -> proxies.select(URI.create("https://huggingface.co")))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("proxy")
                    .satisfies(
                            e -> assertThat(e.toString()).doesNotContain("user").doesNotContain("secret"));
        }
        EnvironmentProxies proxies =
                new EnvironmentProxies(Map.of("https_proxy", "user:pass@proxy.example:3128"), null);
        assertThat(proxies.select(URI.create("https://huggingface.co")))
                .containsExactly(new Proxy(Proxy.Type.HTTP, InetSocketAddress.createUnresolved("proxy.example", 3128)));
    }

    @Test
    void proxiesAreThoseOfTheEnvironment() {
        EnvironmentProxies proxies = new EnvironmentProxies(
                Map.of("HTTPS_PROXY", "http://proxy.example:3128", "no_proxy", "internal.example, .local"), null);
        Proxy proxy = new Proxy(Proxy.Type.HTTP, InetSocketAddress.createUnresolved("proxy.example", 3128));
        assertThat(proxies.select(URI.create("https://huggingface.co/x"))).isEqualTo(List.of(proxy));
        for (String direct : List.of(
                "https://internal.example",
                "https://a.internal.example",
                "https://x.local",
                "http://huggingface.co",
                "https://127.0.0.1",
                "https://localhost:8080")) {
            assertThat(proxies.select(URI.create(direct))).as(direct).isEqualTo(List.of(Proxy.NO_PROXY));
        }
    }
}
