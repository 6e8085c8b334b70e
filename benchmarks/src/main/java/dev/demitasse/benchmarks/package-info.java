/** JMH benchmarks: kernels beside the machine's own limits, engines and tokenizers beside their peers. */
@NullMarked
package dev.demitasse.benchmarks;

import org.jspecify.annotations.NullMarked;
