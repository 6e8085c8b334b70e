/**
 * From a grammar to a constraint on tokens. Regular expressions, GBNF and JSON Schemas become an {@code Expression}, that
 * becomes a pushdown automaton over bytes ({@code Grammar}), and that, together with the bytes of a vocabulary's tokens, a
 * {@code TokenGrammar}. Internal to this library.
 */
@NullMarked
package dev.demitasse.grammar;

import org.jspecify.annotations.NullMarked;
