package dev.demitasse.chat;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The name of a parameter of a {@link Tool}, as the model sees it. Needed only where the compiler did not keep names:
 * with neither {@code -parameters} nor {@code -g}.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.PARAMETER)
public @interface Param {
    /** The name. */
    String value();
}
