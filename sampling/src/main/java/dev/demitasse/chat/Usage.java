package dev.demitasse.chat;

/** What a reply took, in tokens. */
public final class Usage {
    private final int promptTokens;
    private final int cachedTokens;
    private final int completionTokens;

    Usage(int promptTokens, int cachedTokens, int completionTokens) {
        this.promptTokens = promptTokens;
        this.cachedTokens = cachedTokens;
        this.completionTokens = completionTokens;
    }

    Usage plus(Usage more) {
        return new Usage(
                promptTokens + more.promptTokens,
                cachedTokens + more.cachedTokens,
                completionTokens + more.completionTokens);
    }

    /** Tokens of the whole prompt: system message, history and question. */
    public int promptTokens() {
        return promptTokens;
    }

    /** Tokens of the prompt whose keys and values were still in memory: they cost nothing. */
    public int cachedTokens() {
        return cachedTokens;
    }

    /** Tokens the model generated, the one that ended its turn included. */
    public int completionTokens() {
        return completionTokens;
    }

    @Override
    public String toString() {
        return "Usage[promptTokens=" + promptTokens + ", cachedTokens=" + cachedTokens + ", completionTokens="
                + completionTokens + "]";
    }
}
