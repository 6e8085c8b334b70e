package dev.demitasse.chat;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A method that the model may call.
 *
 * {@snippet :
 * class Shop {
 *     @Tool("Price of a fruit in euros")
 *     double price(String fruit) {
 *         return fruit.equals("apple") ? 0.5 : 1;
 *     }
 * }
 * try (var chat = model.newChat().tools(new Shop()).start()) {
 *     System.out.println(chat.ask("How much are four apples?"));
 * }
 * }
 *
 * <p>Parameters may be of all types that {@link OutputType} lists; those annotated {@code Nullable} and optionals may be
 * left out by the model. {@link Description} tells the model what a parameter means. See {@link ToolHandler} for what a
 * method may return and throw.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface Tool {
    /** What the method does, in words for the model. */
    String value();

    /** What the model calls it by; the method's name if empty. */
    String name() default "";
}
