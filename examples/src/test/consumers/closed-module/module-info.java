/** Opens nothing: what it gets to read is the line that is missing here. */
module com.example.closed {
    requires dev.demitasse.chat;
}
