/** The public face: language models, chat sessions, templates. */
@NullMarked
package dev.demitasse.chat;

import org.jspecify.annotations.NullMarked;
