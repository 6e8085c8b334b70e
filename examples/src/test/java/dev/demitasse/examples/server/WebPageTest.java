package dev.demitasse.examples.server;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static com.microsoft.playwright.assertions.PlaywrightAssertions.setDefaultAssertionTimeout;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.microsoft.playwright.Browser.NewContextOptions;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** The web page in a real browser, on a desktop and on a phone, in both languages. */
@EnabledIf(value = "browserIsThere", disabledReason = "no chromium found: the tests of the web page were left out")
class WebPageTest {
    private static final String QUESTION = "写一首关于月亮的诗";
    private static final Pattern POEM = Pattern.compile("[\\u4e00-\\u9fff]{5}");
    private static final Path SCREENSHOTS = Path.of("target", "screenshots");

    private static TestServer server;
    private static Browser browser;

    private final List<String> consoleErrors = new ArrayList<>();
    private final List<String> foreignRequests = new ArrayList<>();

    static boolean browserIsThere() {
        Optional<Path> executable = Browser.find();
        if (executable.isEmpty()) {
            System.out.println("No chromium found (apt-get install chromium): the tests of the web page are left out.");
        }
        return executable.isPresent();
    }

    @BeforeAll
    static void start() {
        setDefaultAssertionTimeout(20_000);
        server = new TestServer(new ServerSettings());
        browser = new Browser(Browser.find().orElseThrow());
    }

    @AfterAll
    static void stop() {
        browser.close();
        server.close();
    }

    @AfterEach
    void nothingWentWrongUnnoticed() {
        assertThat(consoleErrors).isEmpty();
        assertThat(foreignRequests).isEmpty();
    }

    private static NewContextOptions window(int width, int height, String locale) {
        return new NewContextOptions()
                .setViewportSize(width, height)
                .setLocale(locale)
                .setPermissions(List.of("clipboard-read", "clipboard-write"));
    }

    private Page open(NewContextOptions options) {
        Page page = browser.open(options);
        page.setDefaultTimeout(15_000);
        page.onConsoleMessage(message -> {
            if (message.type().equals("error")) {
                consoleErrors.add(message.text());
            }
        });
        page.onPageError(consoleErrors::add);
        page.onRequest(request -> {
            if (!request.url().startsWith(server.uri("/").toString())) {
                foreignRequests.add(request.url());
            }
        });
        page.navigate(server.uri("/").toString());
        return page;
    }

    private Page desktop() {
        return open(window(1200, 800, "zh-CN"));
    }

    private static Locator question(Page page) {
        return page.locator("#question");
    }

    private static Locator message(Page page, int index) {
        return page.locator("#messages > li").nth(index);
    }

    private static Locator button(Locator in, String name) {
        return in.getByRole(
                AriaRole.BUTTON, new Locator.GetByRoleOptions().setName(name).setExact(true));
    }

    private static void ask(Page page, String text) {
        question(page).fill(text);
        question(page).press("Enter");
    }

    /** Lets a reply arrive at the speed of a large model, whatever this machine's is. */
    private static void slowDown(Page page) {
        JsonObject conditions = new JsonObject();
        conditions.addProperty("offline", false);
        conditions.addProperty("latency", 0);
        conditions.addProperty("downloadThroughput", 20_000);
        conditions.addProperty("uploadThroughput", -1);
        page.context().newCDPSession(page).send("Network.emulateNetworkConditions", conditions);
    }

    /** Waits until the reply is complete. */
    private static void awaitReply(Page page, int index) {
        assertThat(message(page, index).locator(".tools")).isVisible();
        assertThat(message(page, index)).hasAttribute("aria-busy", "false");
    }

    private static void screenshot(Page page, String name) {
        page.screenshot(new Page.ScreenshotOptions().setPath(SCREENSHOTS.resolve(name + ".png")));
    }

    /** Answers chat requests in the server's place: what the model would never say. */
    private static void replyWith(Page page, String... pieces) {
        page.route(
                "**/v1/chat/completions",
                route -> route.fulfill(new Route.FulfillOptions()
                        .setContentType("text/event-stream")
                        .setBody(stream(pieces))));
    }

    private static String stream(String... pieces) {
        StringBuilder events = new StringBuilder();
        for (String piece : pieces) {
            events.append("data: ")
                    .append(Json.writeText(java.util.Map.of(
                            "choices",
                            List.of(java.util.Map.of("index", 0, "delta", java.util.Map.of("content", piece))))))
                    .append("\n\n");
        }
        return events + "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
                + "data: {\"choices\":[],\"usage\":{\"completion_tokens\":9}}\n\ndata: [DONE]\n\n";
    }

    @Test
    void aQuestionIsAnsweredWithAPoemAndItsSpeed() {
        Page page = desktop();
        assertThat(page.locator("#model")).hasText("quatrain-demo");
        assertThat(page.locator("#welcome")).isVisible();
        screenshot(page, "welcome");
        ask(page, QUESTION);
        awaitReply(page, 1);
        assertThat(message(page, 0)).containsText(QUESTION);
        assertThat(message(page, 1).locator(".body")).containsText(POEM);
        assertThat(message(page, 1).locator(".body br").first()).isAttached();
        assertThat(message(page, 1).locator(".stats"))
                .containsText(Pattern.compile("首字 .*(ms|s) · \\d+ 个词元 · [\\d.]+ 词元/秒"));
        assertThat(page.locator("#welcome")).isHidden();
        assertThat(page.locator("#status")).containsText(POEM);
        screenshot(page, "chat");
    }

    /** Also the picture of the documentation. */
    @Test
    void aConversationOfTwoTurnsFitsASmallWindow() {
        Page page = open(window(960, 660, "zh-CN"));
        ask(page, "帮我写一首关于春天的七言绝句，要有花和风");
        awaitReply(page, 1);
        ask(page, "再写一首，要有月亮");
        awaitReply(page, 3);
        assertThat(message(page, 3).locator(".stats")).isInViewport();
        screenshot(page, "two-turns");
    }

    @Test
    void theModelIsToldTheWholeConversationAndTheSystemPrompt() {
        Page page = desktop();
        List<String> bodies = new ArrayList<>();
        page.onRequest(request -> {
            if (request.url().endsWith("/chat/completions")) {
                bodies.add(request.postData());
            }
        });
        page.locator("#settings-button").click();
        page.locator("#set-system").fill("你是诗人");
        page.locator("#set-temperature").fill("0.5");
        page.locator("#set-max-tokens").fill("40");
        screenshot(page, "settings");
        page.locator("#settings button[value=save]").click();
        ask(page, QUESTION);
        awaitReply(page, 1);
        ask(page, "再写一首");
        awaitReply(page, 3);
        assertThat(bodies).hasSize(2);
        var second = TestServer.json(bodies.get(1));
        assertThat(second.get("messages")).hasSize(4);
        assertThat(second.at("/messages/0/content").stringValue()).isEqualTo("你是诗人");
        assertThat(second.at("/messages/2/role").stringValue()).isEqualTo("assistant");
        assertThat(second.get("temperature").doubleValue()).isEqualTo(0.5);
        assertThat(second.get("max_tokens").intValue()).isEqualTo(40);
    }

    @Test
    void conversationsAndSettingsOutliveThePage() {
        Page page = desktop();
        ask(page, QUESTION);
        awaitReply(page, 1);
        page.locator("#new").click();
        assertThat(page.locator("#messages > li")).hasCount(0);
        ask(page, "写一首关于梅花的诗");
        awaitReply(page, 1);
        page.reload();
        assertThat(page.locator("#conversations li")).hasCount(2);
        assertThat(message(page, 0)).containsText("梅花");
        page.locator("#conversations .open").nth(1).click();
        assertThat(message(page, 0)).containsText(QUESTION);
        assertThat(message(page, 1).locator(".body")).containsText(POEM);
        page.onDialog(dialog -> dialog.accept());
        page.locator("#conversations li").nth(1).locator(".icon").click();
        assertThat(page.locator("#conversations li")).hasCount(1);
        assertThat(message(page, 0)).containsText("梅花");
    }

    @Test
    void enterWhileChineseIsBeingComposedDoesNotSend() {
        Page page = desktop();
        question(page).fill("写一首");
        for (String event : List.of("isComposing: true", "keyCode: 229")) {
            page.evaluate("document.getElementById('question').dispatchEvent(new KeyboardEvent('keydown',"
                    + " {key: 'Enter', bubbles: true, cancelable: true, " + event + "}))");
        }
        question(page).press("Shift+Enter");
        assertThat(page.locator("#messages > li")).hasCount(0);
        assertThat(question(page)).hasValue("写一首\n");
        question(page).press("Enter");
        awaitReply(page, 1);
        assertThat(question(page)).hasValue("");
    }

    @Test
    void aRealInputMethodsCompositionDoesNotSend() {
        Page page = desktop();
        question(page).focus();
        var devTools = page.context().newCDPSession(page);
        JsonObject composition = new JsonObject();
        composition.addProperty("text", "yue");
        composition.addProperty("selectionStart", 3);
        composition.addProperty("selectionEnd", 3);
        devTools.send("Input.imeSetComposition", composition);
        JsonObject enter = new JsonObject();
        enter.addProperty("type", "rawKeyDown");
        enter.addProperty("key", "Enter");
        enter.addProperty("windowsVirtualKeyCode", 229);
        devTools.send("Input.dispatchKeyEvent", enter);
        JsonObject word = new JsonObject();
        word.addProperty("text", "月");
        devTools.send("Input.insertText", word);
        assertThat(question(page)).hasValue("月");
        assertThat(page.locator("#messages > li")).hasCount(0);
    }

    @Test
    void theStopButtonAndEscapeEndAReply() {
        Page page = desktop();
        slowDown(page);
        page.route(
                "**/v1/chat/completions",
                route -> route.resume(new Route.ResumeOptions().setPostData(server.endless(900, true))));
        ask(page, QUESTION);
        assertThat(message(page, 1).locator(".body")).containsText(POEM);
        assertThat(page.locator("#send")).hasAttribute("aria-label", "停止");
        screenshot(page, "streaming");
        page.locator("#send").click();
        awaitReply(page, 1);
        assertThat(message(page, 1).locator(".stats")).containsText("已停止");
        assertThat(page.locator("#send")).hasAttribute("aria-label", "发送");
        ask(page, QUESTION);
        assertThat(message(page, 3).locator(".body")).containsText(POEM);
        page.keyboard().press("Escape");
        awaitReply(page, 3);
        assertThat(message(page, 3).locator(".stats")).containsText("已停止");
    }

    @Test
    void whileNothingHasComeTheModelIsSeenThinking() {
        Page page = desktop();
        List<Route> held = new ArrayList<>();
        page.route("**/v1/chat/completions", held::add);
        ask(page, QUESTION);
        assertThat(message(page, 1).locator(".waiting")).hasText("思考中…");
        assertThat(page.locator("#status")).hasText("模型正在回答。");
        screenshot(page, "thinking");
        held.getFirst()
                .fulfill(new Route.FulfillOptions()
                        .setContentType("text/event-stream")
                        .setBody(stream("好")));
        awaitReply(page, 1);
        assertThat(message(page, 1).locator(".waiting")).hasCount(0);
    }

    @Test
    void aReplyIsMarkdownWithColouredCode() {
        Page page = desktop();
        replyWith(page, """
            ## 标题

            **粗体**、*斜体*、~~删除~~、`code`，以及[链接](https://example.com/a?b=1)。

            """, """
            1. 第一
            2. 第二
               - 内层

            > 引用

            | 名 | 值 |
            |---|---|
            | 甲 | 1 |

            ```java
            // 注释
            String s = "文本"; return 42;
            ```
            最后一行
            """);
        ask(page, "说明");
        awaitReply(page, 1);
        Locator body = message(page, 1).locator(".body");
        assertThat(body.locator("h4")).hasText("标题");
        assertThat(body.locator("strong")).hasText("粗体");
        assertThat(body.locator("em")).hasText("斜体");
        assertThat(body.locator("del")).hasText("删除");
        assertThat(body.locator("a")).hasAttribute("href", "https://example.com/a?b=1");
        assertThat(body.locator("ol > li")).hasCount(2);
        assertThat(body.locator("ol ul > li")).hasText("内层");
        assertThat(body.locator("blockquote")).hasText("引用");
        assertThat(body.locator("td").first()).hasText("甲");
        assertThat(body.locator(".code .comment")).hasText("// 注释");
        assertThat(body.locator(".code .string")).hasText("\"文本\"");
        assertThat(body.locator(".code .keyword")).hasText("return");
        assertThat(body.locator(".code .number")).hasText("42");
        button(body.locator(".code"), "复制代码").click();
        assertThat(page.evaluate("navigator.clipboard.readText()").toString())
                .isEqualTo("// 注释\nString s = \"文本\"; return 42;");
        screenshot(page, "markdown");
    }

    @Test
    void noReplyAndNoQuestionBringsMarkupOrScriptsIntoThePage() {
        Page page = desktop();
        List<String> attacks = List.of(
                "<script>window.attacked=1</script>",
                "<img src=x onerror=\"window.attacked=1\">",
                "[x](javascript:window.attacked=1)",
                "[x](data:text/html,<script>window.attacked=1</script>)",
                "[x](https://a\" onclick=\"window.attacked=1)",
                "![x](x\" onerror=\"window.attacked=1)",
                "<svg onload=window.attacked=1>",
                "`<img src=x onerror=window.attacked=1>`",
                "```\"><img src=x onerror=window.attacked=1>\n<script>window.attacked=1</script>\n```",
                "| <img src=x onerror=window.attacked=1> | b |\n|---|---|\n| <script>1</script> | d |",
                "<iframe srcdoc=\"<script>parent.attacked=1</script>\">",
                "<a href=\"java&#115;cript:window.attacked=1\">x</a>",
                "# <b onmouseover=window.attacked=1>x</b>");
        for (int i = 0; i < attacks.size(); i++) {
            String attack = attacks.get(i);
            page.unrouteAll();
            replyWith(page, attack);
            ask(page, attack);
            awaitReply(page, 2 * i + 1);
        }
        for (Locator link : page.locator("#messages a").all()) {
            link.dispatchEvent("click");
            assertThat(link.getAttribute("href")).startsWith("https://");
        }
        assertThat(page.locator("#messages")
                        .locator("script, img, iframe, svg[onload], [onerror], [onclick], [onmouseover]"))
                .hasCount(0);
        assertThat(page.evaluate("window.attacked === undefined")).isEqualTo(true);
        assertThat(message(page, 1).locator(".body")).hasText("<script>window.attacked=1</script>");
        page.reload();
        assertThat(message(page, 1).locator(".body")).hasText("<script>window.attacked=1</script>");
        assertThat(page.evaluate("window.attacked === undefined")).isEqualTo(true);
        // Should all of that fail, the browser still runs no script that is not the page's own.
        page.evaluate(
                "document.body.append(Object.assign(document.createElement('script'), {text: 'window.attacked=1'}))");
        assertThat(page.evaluate("window.attacked === undefined")).isEqualTo(true);
        assertThat(consoleErrors).anyMatch(error -> error.contains("Content Security Policy"));
        consoleErrors.clear();
    }

    @Test
    void aReplyIsCopiedWrittenAgainAndItsQuestionChanged() {
        Page page = desktop();
        replyWith(page, "**第一**次");
        ask(page, "问题");
        awaitReply(page, 1);
        button(message(page, 1), "复制").click();
        assertThat(page.evaluate("navigator.clipboard.readText()").toString()).isEqualTo("**第一**次");
        page.unrouteAll();
        replyWith(page, "第二次");
        button(message(page, 1), "重新回答").click();
        assertThat(message(page, 1).locator(".body")).hasText("第二次");
        ask(page, "追问");
        awaitReply(page, 3);
        button(message(page, 0), "修改并重新发送").click();
        Locator editor = message(page, 0).locator("textarea");
        assertThat(editor).hasValue("问题");
        editor.fill("改过的问题");
        page.unrouteAll();
        replyWith(page, "第三次");
        editor.press("Enter");
        assertThat(message(page, 1).locator(".body")).hasText("第三次");
        assertThat(page.locator("#messages > li")).hasCount(2);
        assertThat(message(page, 0).locator(".body")).hasText("改过的问题");
        assertThat(page.locator("#conversations li")).hasCount(1);
    }

    @Test
    void aQuestionMayBeChangedWhileItsReplyIsBeingWritten() {
        Page page = desktop();
        slowDown(page);
        page.route(
                "**/v1/chat/completions",
                route -> route.resume(new Route.ResumeOptions().setPostData(server.endless(900, true))));
        ask(page, "问题");
        assertThat(message(page, 1).locator(".body")).containsText(POEM);
        page.unrouteAll();
        replyWith(page, "新的回答");
        button(message(page, 0), "修改并重新发送").click();
        message(page, 0).locator("textarea").fill("新的问题");
        button(message(page, 0), "发送").click();
        awaitReply(page, 1);
        assertThat(message(page, 1).locator(".body")).hasText("新的回答");
        assertThat(page.locator("#messages > li")).hasCount(2);
    }

    @Test
    void clearingForgetsTheConversation() {
        Page page = desktop();
        replyWith(page, "好");
        ask(page, "问题");
        awaitReply(page, 1);
        page.onceDialog(dialog -> dialog.dismiss());
        page.locator("#clear").click();
        assertThat(page.locator("#messages > li")).hasCount(2);
        page.onceDialog(dialog -> dialog.accept());
        page.locator("#clear").click();
        assertThat(page.locator("#messages > li")).hasCount(0);
        assertThat(page.locator("#welcome")).isVisible();
        page.reload();
        assertThat(page.locator("#conversations li")).hasCount(0);
    }

    @Test
    void failuresAreToldInTheReadersLanguageAndCanBeTriedAgain() {
        Page page = desktop();
        question(page).fill("月".repeat(3000));
        question(page).press("Enter");
        assertThat(message(page, 1).getByRole(AriaRole.ALERT)).containsText("对话太长");
        page.locator("#new").click();
        page.route("**/v1/chat/completions", Route::abort);
        ask(page, QUESTION);
        assertThat(message(page, 1).getByRole(AriaRole.ALERT)).containsText("连不上服务器");
        page.unrouteAll();
        button(message(page, 1), "重试").click();
        assertThat(message(page, 1).locator(".body")).containsText(POEM);
        // The browser reports failed requests by itself.
        assertThat(consoleErrors).allMatch(error -> error.startsWith("Failed to load resource"));
        consoleErrors.clear();
    }

    @Test
    void aConversationGoesOnWhileAnotherIsShown() {
        Page page = desktop();
        page.route(
                "**/v1/chat/completions",
                route -> route.resume(new Route.ResumeOptions().setPostData(server.endless(150, true))));
        ask(page, QUESTION);
        assertThat(message(page, 1).locator(".body")).containsText(POEM);
        page.locator("#new").click();
        assertThat(page.locator("#messages > li")).hasCount(0);
        page.locator("#conversations .open").first().click();
        awaitReply(page, 1);
        assertThat(message(page, 1).locator(".stats")).containsText("已到长度上限");
    }

    @Test
    void everythingCanBeReachedAndReadWithoutAMouse() {
        Page page = open(window(1200, 800, "en-US"));
        assertThat(page.locator("html")).hasAttribute("lang", "en");
        for (Locator control :
                page.locator("button:visible, textarea:visible, input:visible").all()) {
            String name = (String) control.evaluate("e => e.getAttribute('aria-label') || e.textContent.trim()");
            assertThat(name).as(String.valueOf(control)).isNotBlank();
        }
        question(page).press("Alt+n");
        assertThat(question(page)).isFocused();
        replyWith(page, "fine");
        page.keyboard().type("hello");
        page.keyboard().press("Enter");
        awaitReply(page, 1);
        assertThat(page.locator("#log")).hasAttribute("role", "log");
        assertThat(message(page, 0).locator(".unseen")).hasText("You: ");
        assertThat(message(page, 1).locator(".unseen")).hasText("Model: ");
        assertThat(page.locator("#status")).hasText("fine");
        page.keyboard().press("Alt+n");
        assertThat(page.locator("#messages > li")).hasCount(0);
        page.locator("#settings-button").focus();
        page.keyboard().press("Enter");
        assertThat(page.getByRole(AriaRole.DIALOG)).isVisible();
        page.keyboard().press("Escape");
        assertThat(page.getByRole(AriaRole.DIALOG)).isHidden();
    }

    @Test
    void aPhoneShowsEverythingWithin360Pixels() {
        NewContextOptions phone = window(360, 740, "zh-CN")
                .setIsMobile(true)
                .setHasTouch(true)
                .setDeviceScaleFactor(2)
                .setColorScheme(ColorScheme.DARK);
        Page page = open(phone);
        replyWith(
                page,
                "```java\n"
                        + "class AVeryLongClassNameThatDoesNotFit { void andAnEvenLongerMethodName() {} }\n"
                        + "```\n"
                        + "| 一 | 二 | 三 | 四 | 五 | 六 | 七 | 八 | 九 |\n"
                        + "|---|---|---|---|---|---|---|---|---|\n"
                        + "| 长长长长 | b | c | d | e | f | g | h | i |\n\n"
                        + "x".repeat(200));
        ask(page, QUESTION);
        awaitReply(page, 1);
        assertThat(page.evaluate("document.documentElement.scrollWidth")).isEqualTo(360);
        page.unrouteAll();
        ask(page, "写一首关于梅花的诗");
        awaitReply(page, 3);
        assertThat(message(page, 3).locator(".body")).containsText(POEM);
        screenshot(page, "phone-dark");
        assertThat(page.locator("#sidebar")).isHidden();
        page.locator("#menu-button").tap();
        assertThat(page.locator("#new")).isInViewport();
        screenshot(page, "phone-menu");
        page.locator("#shade").tap(new Locator.TapOptions().setPosition(350, 400));
        assertThat(page.locator("#sidebar")).isHidden();
        for (Locator button :
                page.locator("header button:visible, #composer button:visible").all()) {
            assertThat(button.boundingBox().width).isGreaterThanOrEqualTo(36);
        }
    }

    @Test
    void lightAndDarkFollowTheSystemOrTheSettings() {
        String background = "getComputedStyle(document.body).backgroundColor";
        Page light = open(window(1200, 800, "zh-CN").setColorScheme(ColorScheme.LIGHT));
        Page dark = open(window(1200, 800, "zh-CN").setColorScheme(ColorScheme.DARK));
        assertThat(light.evaluate(background)).isEqualTo("rgb(251, 250, 248)");
        assertThat(dark.evaluate(background)).isEqualTo("rgb(27, 26, 24)");
        dark.locator("#settings-button").click();
        dark.locator("#set-theme").selectOption("light");
        dark.locator("#set-language").selectOption("en");
        dark.locator("#settings button[value=save]").click();
        assertThat(dark.locator("#new")).hasText("New chat");
        assertThat(dark.evaluate(background)).isEqualTo("rgb(251, 250, 248)");
        dark.reload();
        assertThat(dark.locator("#new")).hasText("New chat");
        assertThat(dark.evaluate(background)).isEqualTo("rgb(251, 250, 248)");
    }

    @Test
    void damagedStorageIsForgotten() {
        Page page = desktop();
        page.evaluate("localStorage.setItem('demitasse.conversations',"
            + " '[{\"id\":1},{\"id\":\"a\",\"messages\":[{\"role\":\"x\"}]},7]');localStorage.setItem('demitasse.settings',"
            + " '{')");
        page.reload();
        assertThat(page.locator("#welcome")).isVisible();
        assertThat(page.locator("#conversations li")).hasCount(0);
    }

    @Test
    void aServerWithKeysIsUsableFromThePage() {
        try (TestServer guarded = new TestServer(new ServerSettings().apiKeys(List.of("secret")))) {
            Page page = browser.open(window(1200, 800, "zh-CN"));
            page.navigate(guarded.uri("/").toString());
            assertThat(page.locator("#model")).containsText("密钥");
            page.locator("#settings-button").click();
            page.locator("#set-api-key").fill("secret");
            page.locator("#settings button[value=save]").click();
            assertThat(page.locator("#model")).hasText("quatrain-demo");
            ask(page, QUESTION);
            awaitReply(page, 1);
            assertThat(message(page, 1).locator(".body")).containsText(POEM);
            assertThat(page.evaluate("JSON.stringify(localStorage)").toString()).doesNotContain("secret");
        }
    }
}
