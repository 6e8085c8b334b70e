package dev.demitasse.grammar;

import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.util.List;

/** JSON Schema as somebody else understands it. */
public final class Validator {
    private static final SchemaRegistry REGISTRY =
            SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);

    private final Schema schema;

    /** For a schema of draft 2020-12. */
    public Validator(String schema) {
        this.schema = REGISTRY.getSchema(schema, InputFormat.JSON);
    }

    /** What is wrong with a JSON text; throws if it is none. */
    public List<String> errors(String json) {
        return schema
                .validate(
                        json,
                        InputFormat.JSON,
                        context -> context.executionConfig(config -> config.formatAssertionsEnabled(true)))
                .stream()
                .map(Error::toString)
                .toList();
    }
}
