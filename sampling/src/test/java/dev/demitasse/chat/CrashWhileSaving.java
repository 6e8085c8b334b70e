package dev.demitasse.chat;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/** A process that dies in the middle of saving a session. */
final class CrashWhileSaving {
    static final int EXIT = 42;

    private CrashWhileSaving() {}

    static SavedSession session() {
        return new SavedSession(
                "m", KvType.F16, null, List.of(Message.user("new")), ChatOptions.INHERIT, null, List.of(), new int[] {
                    1, 2, 3
                });
    }

    public static void main(String[] args) {
        SessionFile.write(Path.of(args[0]), session(), 1 << 20, out -> {
            out.write(ByteBuffer.allocate(1 << 19));
            Runtime.getRuntime().halt(EXIT);
        });
    }
}
