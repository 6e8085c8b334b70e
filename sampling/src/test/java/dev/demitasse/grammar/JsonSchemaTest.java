package dev.demitasse.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonSchemaTest {
    private static final int TEXTS = 300;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "true",
                "{}",
                "{'type':'object','properties':{'name':{'type':'string'},'age':{'type':'integer','minimum':0,'maximum':130}},'required':['name','age']}",
                "{'type':'object','properties':{'a':{'type':'boolean'},'b':{'type':'null'},'c':{'type':'number'}},'required':['b']}",
                "{'type':'object','properties':{'a':{'type':'boolean'},'b':{'type':'null'}},'required':[]}",
                "{'type':'object','properties':{'a':{'type':'boolean'}},'required':['z','a']}",
                "{'type':'object','properties':{'a':{'type':'integer'},'ab':{'type':'null'}},'additionalProperties':{'type':'string'}}",
                "{'type':'object','properties':{'a':{'type':'integer'}},'required':['a'],'additionalProperties':true}",
                "{'type':'object','properties':{'a':{'type':'integer'}},'additionalProperties':false}",
                "{'type':'object','additionalProperties':{'type':'integer'},'minProperties':1,'maxProperties':3}",
                "{'type':'object','additionalProperties':false}",
                "{'properties':{'a':{'enum':['x','月亮',1,null,[1,{'b':true}]]}},'required':['a']}",
                "{'type':['string','null'],'minLength':2,'maxLength':4}",
                "{'type':'string','minLength':3}",
                "{'type':'string','maxLength':0}",
                "{'type':'string','pattern':'^[a-c\\\"\\\\\\\\]{1,3}$'}",
                "{'type':'string','pattern':'x月?'}",
                "{'type':'string','format':'date'}",
                "{'type':'string','format':'time'}",
                "{'type':'string','format':'date-time'}",
                "{'type':'string','format':'uuid'}",
                "{'type':'string','format':'ipv4'}",
                "{'type':'array','items':{'type':'integer'},'minItems':2,'maxItems':3}",
                "{'type':'array','prefixItems':[{'type':'integer'},{'type':'string'}],'items':{'type':'null'}}",
                "{'type':'array','prefixItems':[{'type':'integer'},{'type':'string'}],'minItems':1}",
                "{'type':'array','prefixItems':[{'type':'integer'},{'type':'string'}],'minItems':3,'maxItems':4}",
                "{'type':'array','prefixItems':[{'type':'integer'},{'type':'string'}],'maxItems':1}",
                "{'type':'array','maxItems':0}",
                "{'type':'integer','minimum':-5,'maximum':17}",
                "{'type':'integer','exclusiveMinimum':-1.5,'exclusiveMaximum':1000}",
                "{'type':'integer','minimum':99,'maximum':1001}",
                "{'type':'integer','maximum':-7}",
                "{'type':'integer','minimum':-9223372036854775808,'maximum':9223372036854775807}",
                "{'type':'number','minimum':0,'maximum':1}",
                "{'type':'number','exclusiveMinimum':0,'exclusiveMaximum':1}",
                "{'type':'number','exclusiveMinimum':-3,'maximum':12}",
                "{'type':'number','minimum':-20,'exclusiveMaximum':-3}",
                "{'const':'a\\\"b'}",
                "{'const':{'a':[1,2.5]}}",
                "{'anyOf':[{'type':'integer'},{'type':'object','properties':{'v':{'type':'string'}},'required':['v']}]}",
                "{'type':'object','properties':{'k':{'type':'string'}},'required':['k'],'anyOf':[{'properties':{'x':{'type':'integer'}},'required':['x']},{'properties':{'y':{'type':'null'}},'required':['y']}]}",
                "{'oneOf':[{'type':'object','properties':{'type':{'const':'a'}},'required':['type']},{'type':'object','properties':{'type':{'const':'b'},'n':{'type':'integer'}},'required':['type']}]}",
                "{'allOf':[{'type':['string','integer']},{'type':'integer','minimum':3},{'maximum':8}]}",
                "{'allOf':[{'$ref':'#/$defs/a'},{'properties':{'n':{'maximum':5}}}],'$defs':{'a':{'type':'object','properties':{'n':{'type':'integer','minimum':1}},'required':['n']}}}",
                "{'$ref':'#/$defs/node','$defs':{'node':{'type':'object','properties':{'value':{'type':'integer'},'next':{'anyOf':[{'$ref':'#/$defs/node'},{'type':'null'}]}},'required':['value','next']}}}",
                "{'type':'object','properties':{'name':{'type':'string'},'children':{'type':'array','items':{'$ref':'#'}}},'required':['name','children']}",
                "{'$defs':{'a/b~c':{'type':'boolean'}},'$ref':'#/$defs/a~1b~0c','description':'beside a reference'}",
                "{'type':'array','items':{'type':'array','items':{'type':'array','items':{'enum':['日本','é\\ud83d\\ude00']}}}}",
                "{'title':'t','description':'d','default':1,'examples':[1],'$comment':'c','deprecated':true,'type':'boolean','uniqueItems':false}"
            })
    void everyTextIsValid(String quoted) {
        String schema = quoted.replace('\'', '"');
        Validator validator = new Validator(schema);
        TokenGrammar grammar = Texts.grammar(JsonSchema.expression(Json.read(schema)));
        for (int seed = 0; seed < TEXTS; seed++) {
            String text = Texts.random(grammar, seed, 10 + grammar.shortest() + seed % 60);
            assertThat(validator.errors(text)).as(text).isEmpty();
        }
    }

    @Test
    void jsonAsModelsWriteItIsAccepted() {
        Map<String, List<String>> texts = Map.of(
                "{'type':'object','properties':{'name':{'type':'string'},'n':{'type':'integer'}},'required':['name']}",
                List.of("{'name': 'a', 'n': 12}", "{'name':'a','n':12}", "{'name': '\\u00e9\\n月'}", "{'name':''}"),
                "{}",
                List.of("{'a': [1, 2.5e-3, {'b': null}], 'c': -0.5}", "[]", "{}", "'x'", "12", "[[[]]]"),
                "{'type':'number'}",
                List.of("0", "-0", "1e9", "123456789012345.123456789012345", "-3.25E+2"));
        texts.forEach((schema, examples) -> {
            Expression expression = expression(schema);
            for (String example : examples) {
                assertThat(Texts.accepts(expression, example.replace('\'', '"')))
                        .as(example)
                        .isTrue();
            }
        });
    }

    @Test
    void whiteSpaceIsOneSpaceBehindCommasAndColonsAtMost() {
        Expression any = expression("{}");
        for (String text : List.of(" 1", "1 ", "[ 1]", "[1,  2]", "{\"a\" :1}", "{\n\"a\":1}", "[1 ,2]", "")) {
            assertThat(Texts.accepts(any, text)).as(text).isFalse();
        }
    }

    @Test
    void whatIsNoJsonIsNotAccepted() {
        Expression any = expression("{}");
        for (String text : List.of(
                "01", "1.", ".5", "+1", "\"\\x\"", "\"\n\"", "\"\\ud800\"", "{1:2}", "[1,]", "NaN", "'a'", "tru")) {
            assertThat(Texts.accepts(any, text)).as(text).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'not':{}}",
                "{'type':'array','uniqueItems':true}",
                "{'type':'integer','multipleOf':2}",
                "{'patternProperties':{}}",
                "{'if':{}}",
                "{'contains':{}}",
                "{'propertyNames':{}}",
                "{'dependentRequired':{}}",
                "{'type':'object','properties':{'a':{'type':'string','nullable':true}}}",
                "{'typ':'string'}",
                "{'unevaluatedProperties':false}",
                "{'$dynamicRef':'#a'}",
                "{'$anchor':'a'}",
                "{'minContains':1}"
            })
    void anUnsupportedKeywordIsRefusedByName(String schema) {
        String keyword =
                schema.replaceAll(".*'(\\$?\\w+)':(?:\\{\\}|true|2|false|'#a'|'a'|1|'string')(?:\\}.*)?$", "$1");
        assertThatThrownBy(() -> expression(schema))
                .isInstanceOf(GrammarException.class)
                .hasMessageContaining("not supported")
                .hasMessageContaining(keyword);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1",
                "null",
                "{'type':'text'}",
                "{'type':7}",
                "{'enum':'a'}",
                "{'properties':[]}",
                "{'required':'a'}",
                "{'required':[1]}",
                "{'minLength':-1}",
                "{'minItems':'a'}",
                "{'maximum':'a'}",
                "{'$ref':'http://a/b'}",
                "{'$ref':'#/nowhere'}",
                "{'anyOf':{}}",
                "{'items':[{}]}",
                "{'format':'weather'}",
                "{'pattern':'('}",
                "{'type':'number','minimum':0.5}",
                "{'pattern':'a','maxLength':3}",
                "{'enum':[1],'minimum':0}",
                "{'oneOf':[{'type':'number'},{'type':'integer'}]}",
                "{'oneOf':[{'minLength':1},{'maxLength':3}]}",
                "{'minProperties':2}",
                "{'properties':{'a':{}},'maxProperties':0}",
                "{'$ref':'#/$defs/a','$defs':{'a':{'$ref':'#/$defs/a'}}}",
                "{'allOf':[{'pattern':'a'},{'pattern':'b'}]}",
                "{'allOf':[{'properties':{'a':{}},'additionalProperties':false},{'properties':{'b':{}}}]}"
            })
    void whatIsMalformedOrCannotBeKeptIsRefused(String schema) {
        assertThatThrownBy(() -> Grammar.of(expression(schema)))
                .isInstanceOf(GrammarException.class)
                .hasMessageMatching("(?s).*(found|expected|not supported|no finite text|begins with itself).*");
    }

    @Test
    void aSchemaThatOnlyEndlessTextsSatisfyIsRefused() {
        assertThatThrownBy(() -> Grammar.of(expression("{'properties':{'a':{'$ref':'#'}},'required':['a']}")))
                .hasMessageContaining("no finite text");
        assertThatThrownBy(() -> Grammar.of(expression("{'type':'string','enum':[1,2]}")))
                .hasMessageContaining("no finite text");
        assertThatThrownBy(() -> Grammar.of(expression("false"))).hasMessageContaining("no finite text");
    }

    private static Expression expression(String schema) {
        return JsonSchema.expression(Json.read(schema.replace('\'', '"')));
    }
}
