package dev.demitasse.hub;

import java.net.http.HttpResponse;

/** What a server's refusal means, and what to do. */
final class Refusals {
    private Refusals() {}

    /** @param what the model or address that was asked for */
    static HubException of(HttpResponse<?> response, String what, HubSettings settings) {
        int status = response.statusCode();
        String found = what + ": " + response.uri().getHost() + " answered with status " + status;
        String reason = response.headers().firstValue("X-Error-Message").orElse("");
        String told = reason.isEmpty() ? "" : " (" + reason + ")";
        return new HubException(
                switch (status) {
                    case 401 ->
                        found + told + ": there is no such repository, or it wants to know who asks. Check the name"
                                + (settings.token() == null
                                        ? "; for a private or gated model set HF_TOKEN"
                                        : "; the token may not see it");
                    case 403 ->
                        found + told + ": the model's terms may have to be accepted first, at its page on "
                                + settings.endpoint() + ", by the owner of the token in HF_TOKEN";
                    case 404 -> found + told + ": there is no such repository, revision or file. Check the name";
                    case 407 ->
                        found + ": the proxy wants a password, which is not supported. Use one that does not, or load"
                                + " the file with another program";
                    default -> found + told + "; expected the file. Try again later, or a mirror with HF_ENDPOINT";
                });
    }
}
